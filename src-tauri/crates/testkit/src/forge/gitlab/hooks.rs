//! The webhooks GitLab would send about what happened on the stub, and what it keeps of those it could not deliver.

use serde_json::{Value, json};

use super::shapes::person;
use crate::forge::state::{Repo, World};

impl Repo {
    fn gitlab_project_of_hook(&self) -> Value {
        json!({
            "id": self.id,
            "path_with_namespace": self.full_name,
            "default_branch": self.default_branch,
            "web_url": self.gitlab_page(),
        })
    }

    /// Moments in these webhooks are written the older way.
    fn moment(value: &Value) -> Value {
        let text = value.as_str().unwrap_or_default();
        text.replace('T', " ").replace('Z', " UTC").into()
    }

    fn labels(value: &Value) -> Value {
        let labels = value.as_array().into_iter().flatten();
        labels.map(|label| json!({"title": label})).collect()
    }
}

impl World {
    /// `Merge Request Hook`.
    pub fn gitlab_merge_hook(&mut self, name: &str, action: &str, number: u64, by: &str) -> Value {
        let repo = self.repo(name);
        let merge = repo.gitlab_merge(number).expect("a merge request");
        let labels = Repo::labels(&merge["labels"]);
        json!({
            "object_kind": "merge_request",
            "user": person(by),
            "project": repo.gitlab_project_of_hook(),
            "object_attributes": {
                "id": merge["id"],
                "iid": number,
                "title": merge["title"],
                "description": merge["description"],
                "state": merge["state"],
                "author_id": merge["author"]["id"],
                "created_at": Repo::moment(&merge["created_at"]),
                "updated_at": Repo::moment(&merge["updated_at"]),
                "source_branch": merge["source_branch"],
                "target_branch": merge["target_branch"],
                "source_project_id": merge["source_project_id"],
                "target_project_id": merge["target_project_id"],
                "milestone_id": null,
                "draft": merge["draft"],
                "work_in_progress": merge["draft"],
                "merge_commit_sha": merge["merge_commit_sha"],
                "last_commit": {"id": merge["sha"]},
                "labels": labels,
                "url": merge["web_url"],
                "action": action,
            },
            "labels": labels,
            "assignees": merge["assignees"],
            "reviewers": merge["reviewers"],
        })
    }

    /// `Issue Hook`.
    pub fn gitlab_issue_hook(&mut self, name: &str, action: &str, number: u64) -> Value {
        let repo = self.repo(name);
        let issue = repo.gitlab_issue(number).expect("an issue");
        let mut about = issue.clone();
        about["author_id"] = issue["author"]["id"].clone();
        about["url"] = issue["web_url"].clone();
        about["action"] = action.into();
        for field in ["created_at", "updated_at", "closed_at"] {
            if !about[field].is_null() {
                about[field] = Repo::moment(&issue[field]);
            }
        }
        if let Some(fields) = about.as_object_mut() {
            fields.shift_remove("author");
            fields.shift_remove("labels");
        }
        json!({
            "object_kind": "issue",
            "user": person("grace"),
            "project": repo.gitlab_project_of_hook(),
            "object_attributes": about,
            "labels": Repo::labels(&issue["labels"]),
        })
    }

    /// `Note Hook`.
    pub fn gitlab_note_hook(&mut self, name: &str, id: u64) -> Value {
        let repo = self.repo(name);
        let note = repo.gitlab_note(id).expect("a comment");
        let number = note["noteable_iid"].as_u64().expect("a number");
        let (field, thing) = match repo.gitlab_merge(number) {
            Some(merge) => ("merge_request", merge),
            None => ("issue", repo.gitlab_issue(number).expect("an issue")),
        };
        json!({
            "object_kind": "note",
            "user": note["author"],
            "project": repo.gitlab_project_of_hook(),
            "object_attributes": {
                "id": id,
                "note": note["body"],
                "noteable_type": note["noteable_type"],
                "system": false,
                "created_at": Repo::moment(&note["created_at"]),
                "action": "create",
            },
            field: thing,
        })
    }

    /// `Push Hook`.
    pub fn gitlab_push_hook(
        &mut self,
        name: &str,
        branch: &str,
        before: &str,
        after: &str,
    ) -> Value {
        let now = self.now.to_string();
        let repo = self.repo(name);
        json!({
            "object_kind": "push",
            "ref": format!("refs/heads/{branch}"),
            "before": before,
            "after": after,
            "user_username": "grace",
            "project_id": repo.id,
            "project": repo.gitlab_project_of_hook(),
            "commits": [{"id": after, "message": "Step", "timestamp": now}],
        })
    }

    /// `Pipeline Hook`.
    pub fn gitlab_pipeline_hook(&mut self, name: &str, id: u64, merge: Option<u64>) -> Value {
        let repo = self.repo(name);
        let pipeline = repo.gitlab_pipeline(id).expect("a pipeline");
        let merge = merge.and_then(|number| repo.gitlab_merge(number));
        json!({
            "object_kind": "pipeline",
            "user": pipeline["user"],
            "project": repo.gitlab_project_of_hook(),
            "object_attributes": {
                "id": id,
                "ref": pipeline["ref"],
                "sha": pipeline["sha"],
                "tag": false,
                "status": pipeline["status"],
                "source": pipeline["source"],
                "finished_at": Repo::moment(&pipeline["finished_at"]),
                "url": pipeline["web_url"],
            },
            "merge_request": merge,
            "builds": repo.gitlab_jobs(id),
        })
    }

    /// `Release Hook`.
    pub fn gitlab_release_hook(&mut self, name: &str, tag: &str) -> Value {
        let now = self.now.to_string();
        let repo = self.repo(name);
        json!({
            "object_kind": "release",
            "action": "create",
            "id": 7,
            "tag": tag,
            "name": tag,
            "released_at": Repo::moment(&now.into()),
            "project": repo.gitlab_project_of_hook(),
            "commit": {"id": repo.head("main")},
        })
    }

    /// GitLab sends a webhook and keeps it with what was answered.
    pub fn gitlab_keep(
        &mut self,
        name: &str,
        hook: u64,
        kind: &str,
        status: &str,
        payload: &Value,
    ) {
        let (id, now) = (self.id(), self.now.to_string());
        let repo = self.repo(name);
        let (_, kept) = repo.hooks.get_mut(&hook).expect("the webhook was made");
        kept.push(json!({
            "id": id,
            "trigger": "hooks",
            "request_headers": {"X-Gitlab-Event": kind, "Idempotency-Key": format!("key-{id}")},
            "request_data": payload,
            "response_status": status,
            "created_at": now,
        }));
    }
}
