//! The webhooks Bitbucket Cloud would send about what happened on the stub.

use serde_json::{Value, json};

use super::shapes::{date, person};
use crate::forge::answer::number_of;
use crate::forge::state::World;

impl World {
    fn bitbucket_hook(&mut self, name: &str, by: &str, mut payload: Value) -> Value {
        let mut repository = self.repo(name).bitbucket_json();
        if let Some(fields) = repository.as_object_mut() {
            // Webhooks tell less of a repository than the API.
            fields.shift_remove("mainbranch");
        }
        payload["repository"] = repository;
        payload["actor"] = person(by);
        payload
    }

    /// `pullrequest:…`.
    pub fn bitbucket_pull_hook(&mut self, name: &str, number: u64, by: &str) -> Value {
        let pull = self.repo(name).bitbucket_pull(number);
        self.bitbucket_hook(name, by, json!({"pullrequest": pull}))
    }

    /// `pullrequest:approved`, or another review by its name in the payload.
    pub fn bitbucket_review_hook(
        &mut self,
        name: &str,
        number: u64,
        by: &str,
        field: &str,
    ) -> Value {
        let mut payload = self.bitbucket_pull_hook(name, number, by);
        let now = date(&self.now.to_string().into());
        payload[field] = json!({"date": now, "user": person(by)});
        payload
    }

    /// `pullrequest:comment_created` or `issue:comment_created`.
    pub fn bitbucket_comment_hook(&mut self, name: &str, id: u64) -> Value {
        let repo = self.repo(name);
        let comment = repo.bitbucket_comment(id).expect("a comment");
        let number = number_of(&repo.comments[&id]).expect("a number");
        let by = repo.comments[&id]["user"]["login"].clone();
        let about = match repo.bitbucket_pull(number) {
            Some(pull) => json!({"pullrequest": pull, "comment": comment}),
            None => json!({"issue": repo.bitbucket_issue(number), "comment": comment}),
        };
        self.bitbucket_hook(name, by.as_str().unwrap_or("grace"), about)
    }

    /// `issue:created`.
    pub fn bitbucket_issue_hook(&mut self, name: &str, number: u64) -> Value {
        let issue = self.repo(name).bitbucket_issue(number);
        self.bitbucket_hook(name, "grace", json!({"issue": issue}))
    }

    /// `issue:updated` about a state.
    pub fn bitbucket_state_hook(&mut self, name: &str, number: u64, old: &str) -> Value {
        let now = date(&self.now.to_string().into());
        let issue = self.repo(name).bitbucket_issue(number).expect("an issue");
        let payload = json!({
            "changes": {"status": {"old": old, "new": issue["state"]}},
            "comment": {"id": 1, "content": {"raw": ""}, "created_on": now},
            "issue": issue,
        });
        self.bitbucket_hook(name, "grace", payload)
    }

    /// `repo:push` of one branch; without `before` a new one.
    pub fn bitbucket_push_hook(
        &mut self,
        name: &str,
        branch: &str,
        before: Option<&str>,
        after: &str,
    ) -> Value {
        let repo = self.repo(name);
        let side = |hash: &str| json!({"type": "branch", "name": branch, "target": {"hash": hash}});
        let mut new = repo.bitbucket_branch(branch).unwrap_or_default();
        new["target"]["hash"] = after.into();
        let change = json!({
            "new": new,
            "old": before.map(side),
            "created": before.is_none(),
            "closed": false,
            "forced": false,
            "truncated": false,
            "commits": [new["target"]],
        });
        self.bitbucket_hook(name, "grace", json!({"push": {"changes": [change]}}))
    }

    /// `repo:commit_status_updated` of another system.
    pub fn bitbucket_status_hook(&mut self, name: &str, id: u64) -> Value {
        let repo = self.repo(name);
        let status = repo.statuses.iter().find(|status| status["id"] == id);
        let status = repo.bitbucket_status(status.expect("a status"));
        self.bitbucket_hook(name, "grace", json!({"commit_status": status}))
    }

    /// `repo:commit_status_updated` of a pipeline.
    pub fn bitbucket_pipeline_hook(&mut self, name: &str, id: u64) -> Value {
        let status = self.repo(name).bitbucket_run_status(id);
        self.bitbucket_hook(name, "grace", json!({"commit_status": status}))
    }
}
