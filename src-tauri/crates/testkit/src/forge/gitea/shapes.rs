//! What is kept on the stub, in the shapes of Gitea's API.

use git2::Oid;
use serde_json::{Value, json};

use crate::forge::answer::number_of;
use crate::forge::state::{Repo, person};

/// The address the server gives its own pages.
const PAGES: &str = "https://git.example.org";

impl Repo {
    /// The repository.
    pub fn gitea_json(&self) -> Value {
        let mut shown = self.json();
        shown["html_url"] = format!("{PAGES}/{}", self.full_name).into();
        shown["has_issues"] = true.into();
        shown["has_pull_requests"] = true.into();
        shown
    }

    /// An issue, or a pull request as the list of issues shows it.
    pub fn gitea_issue(&self, number: u64) -> Option<Value> {
        let mut issue = self.issues.get(&number)?.clone();
        let pull = self.pulls.get(&number);
        issue["pull_request"] = pull.map_or(
            Value::Null,
            |pull| json!({"merged": pull["merged"], "merged_at": pull["merged_at"]}),
        );
        let kind = if pull.is_some() { "pulls" } else { "issues" };
        issue["html_url"] = format!("{PAGES}/{}/{kind}/{number}", self.full_name).into();
        Some(issue)
    }

    /// A pull request by itself.
    pub fn gitea_pull(&self, number: u64) -> Option<Value> {
        let mut pull = self.pulls.get(&number)?.clone();
        for side in ["head", "base"] {
            pull[side]["repo_id"] = pull[side]["repo"]["id"].clone();
        }
        pull["html_url"] = format!("{PAGES}/{}/pulls/{number}", self.full_name).into();
        // Empty lists are null, and there are no teams.
        if pull["requested_reviewers"] == json!([]) {
            pull["requested_reviewers"] = Value::Null;
        }
        pull.as_object_mut()?.shift_remove("requested_teams");
        pull.as_object_mut()?.shift_remove("draft");
        Some(pull)
    }

    /// The reviews of a pull request.
    pub fn gitea_reviews(&self, number: u64) -> Vec<Value> {
        let head = &self.pulls[&number]["head"]["sha"];
        let reviews = self.reviews.get(&number).into_iter().flatten();
        reviews
            .map(|review| {
                let mut review = review.clone();
                let state = review["state"].as_str().unwrap_or_default();
                let dismissed = state == "DISMISSED";
                review["state"] = match state {
                    "CHANGES_REQUESTED" => "REQUEST_CHANGES",
                    "COMMENTED" => "COMMENT",
                    _ => "APPROVED",
                }
                .into();
                review["dismissed"] = dismissed.into();
                review["commit_id"] = head.clone();
                review
            })
            .collect()
    }

    /// A comment.
    pub fn gitea_comment(&self, id: u64) -> Option<Value> {
        let mut comment = self.comments.get(&id)?.clone();
        let number = number_of(&comment)?;
        let (mut issue, mut pull) = (String::new(), String::new());
        let page = if self.pulls.contains_key(&number) {
            pull = format!("{PAGES}/{}/pulls/{number}", self.full_name);
            &pull
        } else {
            issue = format!("{PAGES}/{}/issues/{number}", self.full_name);
            &issue
        };
        comment["html_url"] = format!("{page}#issuecomment-{id}").into();
        comment["issue_url"] = issue.into();
        comment["pull_request_url"] = pull.into();
        Some(comment)
    }

    /// A run of Actions.
    pub fn gitea_run(&self, id: u64) -> Option<Value> {
        let run = self.runs.get(&id)?;
        let branch = run["head_branch"].as_str().unwrap_or_default();
        Some(json!({
            "id": id,
            "run_number": id,
            "run_attempt": run["run_attempt"].as_u64().unwrap_or(1) - 1,
            "path": format!("ci.yaml@refs/heads/{branch}"),
            "display_title": "Step",
            "event": run["event"],
            "status": run["status"],
            "conclusion": run["conclusion"],
            "head_branch": branch,
            "head_sha": run["head_sha"],
            "html_url": format!("{PAGES}/{}/actions/runs/{id}", self.full_name),
            "started_at": run["run_started_at"],
            "completed_at": run["updated_at"],
            "actor": run["actor"],
            "trigger_actor": run["triggering_actor"],
        }))
    }

    /// The latest status of every context of a commit; jobs of Actions report theirs too.
    pub(super) fn gitea_statuses(&self, sha: &str) -> Vec<Value> {
        let mut latest: Vec<Value> = Vec::new();
        for status in self.statuses.iter().filter(|status| status["sha"] == sha) {
            if !latest.iter().any(|one| one["context"] == status["context"]) {
                latest.push(self.gitea_status(status));
            }
        }
        let of_actions = |check: &&Value| {
            check["head_sha"] == sha && check.pointer("/app/slug") == Some(&json!("github-actions"))
        };
        for check in self.checks.iter().filter(of_actions) {
            let job = check["name"].as_str().unwrap_or_default();
            latest.push(json!({
                "id": check["id"],
                "context": format!("ci.yaml / {job} (push)"),
                "status": check["conclusion"],
                "target_url": format!("/{}/actions/runs/7/jobs/0", self.full_name),
                "created_at": check["started_at"],
                "updated_at": check["completed_at"],
            }));
        }
        latest
    }

    fn gitea_status(&self, status: &Value) -> Value {
        let mut shown = status.clone();
        shown["status"] = status["state"].clone();
        shown["creator"] = person("grace");
        if let Some(fields) = shown.as_object_mut() {
            fields.shift_remove("state");
            fields.shift_remove("sha");
        }
        shown
    }

    /// A commit, with the paths it touches.
    pub(super) fn gitea_commit(&self, oid: Oid) -> Value {
        let mut shown = self.commit_json(oid);
        let commit = self.git.find_commit(oid).expect("a commit");
        let parents: Vec<Value> = commit
            .parent_ids()
            .map(|parent| json!({"sha": parent.to_string()}))
            .collect();
        let files: Vec<Value> = self
            .files(commit.parent_id(0).ok(), oid)
            .iter()
            .map(|file| json!({"filename": file["filename"], "status": file["status"]}))
            .collect();
        shown["parents"] = parents.into();
        shown["files"] = files.into();
        shown
    }

    pub(super) fn gitea_branch(&self, branch: &str) -> Option<Value> {
        let head = self.head(branch)?;
        Some(json!({"name": branch, "commit": {"id": head}, "protected": false}))
    }

    pub(super) fn gitea_refs(&self) -> Value {
        let mut walked = self.branches();
        walked.sort();
        walked
            .iter()
            .map(|branch| {
                json!({
                    "ref": format!("refs/heads/{branch}"),
                    "object": {"type": "commit", "sha": self.head(branch)},
                })
            })
            .collect()
    }
}
