//! What is kept on the stub, in the shapes of Bitbucket Cloud's API.

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::forge::answer::number_of;
use crate::forge::state::Repo;

/// The address the server gives its own pages.
pub(super) const PAGES: &str = "https://bitbucket.org";

/// What stands for a number where Bitbucket has a UUID.
pub(super) fn uuid(number: u64) -> String {
    format!("{{00000000-0000-4000-8000-{number:012x}}}")
}

/// A person as Bitbucket shows one.
pub(super) fn person(login: &str) -> Value {
    json!({
        "type": "user",
        "display_name": format!("{login} the person"),
        "nickname": login,
        "account_id": format!("557058:{login}"),
        "uuid": uuid(login.bytes().map(u64::from).sum()),
    })
}

fn person_of(kept: &Value) -> Value {
    kept["login"].as_str().map_or(Value::Null, person)
}

/// Moments as Bitbucket writes them.
pub(super) fn date(kept: &Value) -> Value {
    let Some(text) = kept.as_str() else {
        return Value::Null;
    };
    match text.strip_suffix('Z') {
        Some(text) => format!("{text}.000000+00:00").into(),
        None => text.into(),
    }
}

/// Whole seconds between two moments.
fn seconds(from: &Value, to: &Value) -> Value {
    let at = |value: &Value| -> Option<Timestamp> { value.as_str()?.parse().ok() };
    match (at(from), at(to)) {
        (Some(from), Some(to)) => (to.as_second() - from.as_second()).into(),
        _ => Value::Null,
    }
}

fn cut(hash: &Value) -> Value {
    let hash = hash.as_str().unwrap_or_default();
    hash.get(..12).unwrap_or(hash).into()
}

/// A change of an issue's state.
pub(super) fn change(event: &Value) -> Value {
    let (old, new) = match event["event"].as_str() {
        Some("closed") => ("new", "resolved"),
        _ => ("resolved", "open"),
    };
    json!({
        "type": "issue_change",
        "created_on": date(&event["created_at"]),
        "user": person_of(&event["actor"]),
        "changes": {"state": {"old": old, "new": new}},
    })
}

/// The paths that changed.
pub(super) fn diffstat(files: &[Value]) -> Vec<Value> {
    files
        .iter()
        .map(|file| {
            let new = &file["filename"];
            let old = file["previous_filename"].as_str();
            json!({
                "type": "diffstat",
                "status": file["status"],
                "old": old.map(|path| json!({"path": path})).unwrap_or(json!({"path": new})),
                "new": {"path": new},
            })
        })
        .collect()
}

impl Repo {
    pub(super) fn bitbucket_page(&self) -> String {
        format!("{PAGES}/{}", self.full_name)
    }

    /// The repository.
    pub(super) fn bitbucket_json(&self) -> Value {
        json!({
            "type": "repository",
            "uuid": uuid(self.id),
            "full_name": self.full_name,
            "name": self.full_name.split('/').next_back(),
            "mainbranch": {"type": "branch", "name": self.default_branch},
            "is_private": true,
            "has_issues": true,
            "links": {"html": {"href": self.bitbucket_page()}},
        })
    }

    fn bitbucket_side(&self, side: &Value) -> Value {
        let repo = &side["repo"];
        let own = repo["id"] == self.id;
        let owner = repo["owner"]["login"].as_str().unwrap_or_default();
        let (_, name) = self.full_name.split_once('/').unwrap_or_default();
        let full_name = if own {
            self.full_name.clone()
        } else {
            format!("{owner}/{name}")
        };
        json!({
            "branch": {"name": side["ref"]},
            "commit": {"hash": cut(&side["sha"])},
            "repository": {
                "type": "repository",
                "uuid": uuid(repo["id"].as_u64().unwrap_or_default()),
                "full_name": full_name,
            },
        })
    }

    /// A pull request.
    pub fn bitbucket_pull(&self, number: u64) -> Option<Value> {
        let pull = self.pulls.get(&number)?;
        let state = if pull["merged"] == true {
            "MERGED"
        } else if pull["state"] == "open" {
            "OPEN"
        } else {
            "DECLINED"
        };
        let closed = if state == "OPEN" {
            Value::Null
        } else {
            person("grace")
        };
        let merge = match pull["merge_commit_sha"].as_str() {
            Some(_) => json!({"hash": cut(&pull["merge_commit_sha"])}),
            None => Value::Null,
        };
        let reviews = self.reviews.get(&number).into_iter().flatten();
        let participants: Vec<Value> = reviews
            .map(|review| {
                let state = match review["state"].as_str() {
                    Some("APPROVED") => json!("approved"),
                    Some("CHANGES_REQUESTED") => json!("changes_requested"),
                    _ => Value::Null,
                };
                json!({
                    "type": "participant",
                    "user": person_of(&review["user"]),
                    "role": "REVIEWER",
                    "approved": state == "approved",
                    "state": state,
                    "participated_on": date(&review["submitted_at"]),
                })
            })
            .collect();
        let asked = pull["requested_reviewers"].as_array();
        let reviewers: Vec<Value> = asked.into_iter().flatten().map(person_of).collect();
        Some(json!({
            "type": "pullrequest",
            "id": number,
            "title": pull["title"],
            "description": pull["body"],
            "state": state,
            "draft": pull["draft"],
            "author": person_of(&pull["user"]),
            "source": self.bitbucket_side(&pull["head"]),
            "destination": self.bitbucket_side(&pull["base"]),
            "merge_commit": merge,
            "closed_by": closed,
            "reviewers": reviewers,
            "participants": participants,
            "created_on": date(&pull["created_at"]),
            "updated_on": date(&pull["updated_at"]),
            "links": {"html": {"href": format!("{}/pull-requests/{number}", self.bitbucket_page())}},
        }))
    }

    /// An issue; a pull request is none.
    pub fn bitbucket_issue(&self, number: u64) -> Option<Value> {
        if self.pulls.contains_key(&number) {
            return None;
        }
        let issue = self.issues.get(&number)?;
        let open = issue["state"] == "open";
        Some(json!({
            "type": "issue",
            "id": number,
            "title": issue["title"],
            "content": {"raw": issue["body"]},
            "reporter": person_of(&issue["user"]),
            "assignee": null,
            "kind": "bug",
            "priority": "major",
            "state": match issue["state_reason"].as_str() {
                _ if open => "new",
                Some(reason) => reason,
                None => "resolved",
            },
            "created_on": date(&issue["created_at"]),
            "updated_on": date(&issue["updated_at"]),
            "links": {"html": {"href": format!("{}/issues/{number}", self.bitbucket_page())}},
        }))
    }

    /// A comment.
    pub fn bitbucket_comment(&self, id: u64) -> Option<Value> {
        let comment = self.comments.get(&id)?;
        let number = number_of(comment)?;
        let kind = if self.pulls.contains_key(&number) {
            "pull-requests"
        } else {
            "issues"
        };
        let page = format!("{}/{kind}/{number}#comment-{id}", self.bitbucket_page());
        Some(json!({
            "id": id,
            "content": {"raw": comment["body"]},
            "user": person_of(&comment["user"]),
            "deleted": false,
            "created_on": date(&comment["created_at"]),
            "updated_on": date(&comment["updated_at"]),
            "links": {"html": {"href": page}},
        }))
    }

    /// One entry of the pull requests' activity; some of what is kept is none.
    pub(super) fn bitbucket_activity(&self, deed: &Value) -> Option<Value> {
        let number = deed["number"].as_u64()?;
        let pull = self.bitbucket_pull(number)?;
        let by = person(deed["by"].as_str()?);
        let at = date(&deed["at"]);
        let about = json!({"type": "pullrequest", "id": number, "title": pull["title"]});
        let (name, what) = match deed["what"].as_str()? {
            "comment" => (
                "comment",
                self.bitbucket_comment(deed["comment"].as_u64()?)?,
            ),
            "APPROVED" => ("approval", json!({"date": at, "user": by})),
            "CHANGES_REQUESTED" => ("changes_requested", json!({"date": at, "user": by})),
            "opened" | "moved" | "edited" | "closed" => (
                "update",
                json!({
                    "date": at,
                    "author": by,
                    "state": pull["state"],
                    "title": pull["title"],
                    "source": pull["source"],
                    "destination": pull["destination"],
                }),
            ),
            _ => return None,
        };
        Some(json!({"pull_request": about, name: what}))
    }

    /// A commit.
    pub(super) fn bitbucket_commit_json(&self, oid: Oid) -> Value {
        let shown = self.commit_json(oid);
        let commit = self.git.find_commit(oid).expect("a commit");
        let parents: Vec<Value> = commit
            .parent_ids()
            .map(|one| json!({"type": "commit", "hash": one.to_string()}))
            .collect();
        let author = &shown["commit"]["author"];
        let name = author["name"].as_str().unwrap_or_default();
        let email = author["email"].as_str().unwrap_or_default();
        json!({
            "type": "commit",
            "hash": oid.to_string(),
            "date": date(&author["date"]),
            "message": shown["commit"]["message"],
            "author": {"raw": format!("{name} <{email}>"), "user": person(name)},
            "parents": parents,
            "links": {"html": {"href": format!("{}/commits/{oid}", self.bitbucket_page())}},
        })
    }

    /// A workflow run as a pipeline.
    pub(super) fn bitbucket_pipeline(&self, id: u64) -> Option<Value> {
        let run = self.runs.get(&id)?;
        let result = if run["conclusion"] == "failure" {
            "FAILED"
        } else {
            "SUCCESSFUL"
        };
        let over = run["status"] == "completed";
        let state = if over {
            json!({"name": "COMPLETED", "result": {"name": result}})
        } else {
            json!({"name": "PENDING"})
        };
        Some(json!({
            "type": "pipeline",
            "uuid": uuid(id),
            "build_number": id,
            "creator": person_of(&run["actor"]),
            "target": {
                "type": "pipeline_ref_target",
                "ref_type": "branch",
                "ref_name": run["head_branch"],
                "commit": {"type": "commit", "hash": run["head_sha"]},
            },
            "trigger": {"name": "PUSH"},
            "state": state,
            "created_on": date(&run["created_at"]),
            "completed_on": if over { date(&run["updated_at"]) } else { Value::Null },
            "duration_in_seconds": seconds(&run["run_started_at"], &run["updated_at"]),
        }))
    }

    pub(super) fn bitbucket_steps(&self, run: u64) -> Option<Vec<Value>> {
        let attempt = self.runs.get(&run)?["run_attempt"].as_u64()?;
        let jobs = self.jobs.get(&(run, attempt))?.iter();
        let shown = jobs.map(|job| {
            let passed = job["conclusion"] == "success";
            json!({
                "type": "pipeline_step",
                "uuid": uuid(job["id"].as_u64().unwrap_or_default()),
                "name": job["name"],
                "state": {
                    "name": "COMPLETED",
                    "result": {"name": if passed { "SUCCESSFUL" } else { "FAILED" }},
                },
                "started_on": date(&job["started_at"]),
                "completed_on": date(&job["completed_at"]),
                "duration_in_seconds": seconds(&job["started_at"], &job["completed_at"]),
            })
        });
        Some(shown.collect())
    }

    /// The latest status of every key on a commit; pipelines report theirs too.
    pub(super) fn bitbucket_statuses(&self, sha: &str) -> Vec<Value> {
        let mut latest: Vec<Value> = Vec::new();
        for status in self.statuses.iter().filter(|status| status["sha"] == sha) {
            if !latest.iter().any(|one| one["key"] == status["context"]) {
                latest.push(self.bitbucket_status(status));
            }
        }
        let runs = self.runs.iter().filter(|(_, run)| run["head_sha"] == sha);
        latest.extend(runs.map(|(id, _)| self.bitbucket_run_status(*id)));
        latest
    }

    pub(super) fn bitbucket_status(&self, status: &Value) -> Value {
        let state = match status["state"].as_str() {
            Some("failure" | "error") => "FAILED",
            Some("success") => "SUCCESSFUL",
            _ => "INPROGRESS",
        };
        let sha = status["sha"].as_str().unwrap_or_default();
        json!({
            "type": "build",
            "key": status["context"],
            "name": status["context"],
            "description": status["description"],
            "state": state,
            "url": status["target_url"],
            "refname": null,
            "created_on": date(&status["created_at"]),
            "updated_on": date(&status["updated_at"]),
            "links": {"commit": {"href": self.bitbucket_commit_link(sha)}},
        })
    }

    pub(super) fn bitbucket_run_status(&self, id: u64) -> Value {
        let run = &self.runs[&id];
        let branch = run["head_branch"].as_str().unwrap_or_default();
        let sha = run["head_sha"].as_str().unwrap_or_default();
        let failed = run["conclusion"] == "failure";
        json!({
            "type": "build",
            "key": format!("pipeline-{id}"),
            "name": format!("Pipeline #{id} for {branch}"),
            "description": "",
            "state": if failed { "FAILED" } else { "SUCCESSFUL" },
            "url": format!("{}/pipelines/results/{id}", self.bitbucket_page()),
            "refname": branch,
            "created_on": date(&run["created_at"]),
            "updated_on": date(&run["updated_at"]),
            "links": {"commit": {"href": self.bitbucket_commit_link(sha)}},
        })
    }

    fn bitbucket_commit_link(&self, sha: &str) -> String {
        let name = &self.full_name;
        format!("https://api.bitbucket.org/2.0/repositories/{name}/commit/{sha}")
    }
}
