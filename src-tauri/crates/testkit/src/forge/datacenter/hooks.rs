//! The webhooks Data Center would send about what happened on the stub.

use serde_json::{Value, json};

use super::shapes::person;
use crate::forge::answer::number_of;
use crate::forge::state::World;

/// The hash that stands for no commit.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl World {
    fn datacenter_hook(&mut self, by: &str, mut payload: Value) -> Value {
        // An offset without a colon, as there.
        let date = self.now.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string();
        payload["date"] = date.into();
        payload["actor"] = person(by);
        payload
    }

    /// `pr:…`. Webhooks tell nothing that is counted.
    pub fn datacenter_pull_hook(&mut self, name: &str, number: u64, by: &str) -> Value {
        let repo = self.repo(name);
        let merged = repo.pull(number)["merge_commit_sha"].clone();
        let mut pull = repo.datacenter_pull(number).expect("a pull request");
        pull["properties"] = match merged.as_str() {
            Some(_) => json!({"mergeCommit": {"id": merged}}),
            None => Value::Null,
        };
        self.datacenter_hook(by, json!({"pullRequest": pull}))
    }

    /// `pr:reviewer:…`.
    pub fn datacenter_review_hook(&mut self, name: &str, number: u64, by: &str) -> Value {
        let mut payload = self.datacenter_pull_hook(name, number, by);
        let reviewers = payload["pullRequest"]["reviewers"].as_array();
        let who = person(by);
        let found = reviewers.and_then(|all| all.iter().find(|one| one["user"] == who).cloned());
        payload["participant"] = found.unwrap_or_default();
        payload["previousStatus"] = "UNAPPROVED".into();
        payload
    }

    /// `pr:comment:added`.
    pub fn datacenter_comment_hook(&mut self, name: &str, id: u64) -> Value {
        let repo = self.repo(name);
        let comment = repo.datacenter_comment(id).expect("a comment");
        let number = number_of(&repo.comments[&id]).expect("a number");
        let by = comment["author"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let mut payload = self.datacenter_pull_hook(name, number, &by);
        payload["comment"] = comment;
        payload
    }

    /// `repo:refs_changed` of one branch; without `before` a new one.
    pub fn datacenter_push_hook(
        &mut self,
        name: &str,
        branch: &str,
        before: Option<&str>,
        after: &str,
    ) -> Value {
        let reference = format!("refs/heads/{branch}");
        let change = json!({
            "ref": {"id": reference, "displayId": branch, "type": "BRANCH"},
            "refId": reference,
            "fromHash": before.unwrap_or(NOTHING),
            "toHash": after,
            "type": if before.is_some() { "UPDATE" } else { "ADD" },
        });
        let repository = self.repo(name).datacenter_json();
        self.datacenter_hook(
            "grace",
            json!({"repository": repository, "changes": [change]}),
        )
    }
}
