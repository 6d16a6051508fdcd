//! The webhooks Gitea would send about what happened on the stub.

use serde_json::{Value, json};

use crate::forge::state::World;

impl World {
    /// Any webhook: with what is said of its repository and of who set it off.
    pub fn gitea_hook(&mut self, name: &str, mut payload: Value) -> Value {
        payload["repository"] = self.repo(name).gitea_json();
        payload["sender"] = json!({"login": "grace"});
        payload
    }

    /// `pull_request`.
    pub fn gitea_pull_hook(&mut self, name: &str, action: &str, number: u64) -> Value {
        let pull = self.repo(name).gitea_pull(number);
        let payload = json!({"action": action, "number": number, "pull_request": pull});
        self.gitea_hook(name, payload)
    }

    /// `pull_request_approved`.
    pub fn gitea_approved_hook(&mut self, name: &str, number: u64) -> Value {
        let mut payload = self.gitea_pull_hook(name, "reviewed", number);
        let kind = "pull_request_review_approved";
        payload["review"] = json!({"type": kind, "content": "Looked at it"});
        payload
    }

    /// `issues`.
    pub fn gitea_issue_hook(&mut self, name: &str, action: &str, number: u64) -> Value {
        let issue = self.repo(name).gitea_issue(number);
        let payload = json!({"action": action, "number": number, "issue": issue});
        self.gitea_hook(name, payload)
    }

    /// `issue_comment`, on an issue or a pull request.
    pub fn gitea_comment_hook(&mut self, name: &str, action: &str, number: u64, id: u64) -> Value {
        let repo = self.repo(name);
        let (issue, comment) = (repo.gitea_issue(number), repo.gitea_comment(id));
        let payload = json!({"action": action, "issue": issue, "comment": comment});
        self.gitea_hook(name, payload)
    }

    /// `push`.
    pub fn gitea_push_hook(
        &mut self,
        name: &str,
        branch: &str,
        before: &str,
        after: &str,
    ) -> Value {
        let payload = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before,
            "after": after,
            "commits": [],
            "head_commit": {"id": after, "message": "Step"},
        });
        self.gitea_hook(name, payload)
    }

    /// `workflow_run`.
    pub fn gitea_run_hook(&mut self, name: &str, id: u64) -> Value {
        let run = self.repo(name).gitea_run(id);
        self.gitea_hook(name, json!({"action": "completed", "workflow_run": run}))
    }
}
