//! The webhooks GitHub would send about what happened on the stub.

use serde_json::{Value, json};

use super::state::{World, person};

impl World {
    fn signed(&mut self, name: &str, mut payload: Value) -> Value {
        payload["repository"] = self.repo(name).json();
        if payload["sender"].is_null() {
            payload["sender"] = person("grace");
        }
        payload
    }

    /// `pull_request`.
    pub fn pull_payload(&mut self, name: &str, action: &str, number: u64) -> Value {
        let pull = self.repo(name).pull(number);
        let payload = json!({"action": action, "number": number, "pull_request": pull});
        self.signed(name, payload)
    }

    /// `pull_request_review`. In a webhook the pull request is short, and states are in small letters.
    pub fn review_payload(&mut self, name: &str, action: &str, number: u64, id: u64) -> Value {
        let repo = self.repo(name);
        let pull = repo.pull(number);
        let reviews = &repo.reviews[&number];
        let mut review = reviews
            .iter()
            .find(|review| review["id"] == id)
            .cloned()
            .unwrap_or_default();
        let state = review["state"].as_str().unwrap_or_default();
        review["state"] = state.to_lowercase().into();
        let payload = json!({"action": action, "pull_request": pull, "review": review});
        self.signed(name, payload)
    }

    /// `issues`.
    pub fn issue_payload(&mut self, name: &str, action: &str, number: u64) -> Value {
        let issue = self.repo(name).issues[&number].clone();
        self.signed(name, json!({"action": action, "issue": issue}))
    }

    /// `issue_comment`.
    pub fn comment_payload(&mut self, name: &str, action: &str, number: u64, id: u64) -> Value {
        let repo = self.repo(name);
        let (issue, comment) = (repo.issues[&number].clone(), repo.comments[&id].clone());
        let payload = json!({"action": action, "issue": issue, "comment": comment});
        self.signed(name, payload)
    }

    /// `push`.
    pub fn push_payload(&mut self, name: &str, branch: &str, before: &str, after: &str) -> Value {
        let created = before.bytes().all(|digit| digit == b'0');
        let payload = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before,
            "after": after,
            "created": created,
            "deleted": false,
            "forced": false,
            "commits": [],
            "head_commit": {"id": after, "message": "Step", "timestamp": self.now.to_string()},
        });
        self.signed(name, payload)
    }

    /// `status`.
    pub fn status_payload(&mut self, name: &str, id: u64) -> Value {
        let statuses = &self.repo(name).statuses;
        let status = statuses.iter().find(|status| status["id"] == id);
        let mut payload = status.cloned().unwrap_or_default();
        payload["branches"] = json!([]);
        self.signed(name, payload)
    }

    /// `check_run`.
    pub fn check_payload(&mut self, name: &str, id: u64) -> Value {
        let checks = &self.repo(name).checks;
        let check = checks.iter().find(|check| check["id"] == id).cloned();
        self.signed(name, json!({"action": "completed", "check_run": check}))
    }

    /// `workflow_run`.
    pub fn run_payload(&mut self, name: &str, id: u64) -> Value {
        let run = self.repo(name).runs[&id].clone();
        self.signed(name, json!({"action": "completed", "workflow_run": run}))
    }

    /// `release`.
    pub fn release_payload(&mut self, name: &str, id: u64) -> Value {
        let releases = &self.repo(name).releases;
        let release = releases.iter().find(|release| release["id"] == id).cloned();
        self.signed(name, json!({"action": "published", "release": release}))
    }
}
