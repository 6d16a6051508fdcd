//! What is kept on the stub, in the shapes of GitLab's API.

use git2::Oid;
use serde_json::{Value, json};

use crate::forge::answer::number_of;
use crate::forge::state::Repo;

/// The address the server gives its own pages.
pub(super) const PAGES: &str = "https://gitlab.example.org";

/// A person as GitLab shows one.
pub(super) fn person(login: &str) -> Value {
    json!({"id": id_of(login), "username": login, "name": login})
}

/// A number of their own for everybody.
pub(super) fn id_of(login: &str) -> u64 {
    let digits = login.bytes().map(u64::from);
    digits.fold(0, |id, byte| (id * 31 + byte) % 1_000_003)
}

/// The same person, kept the way GitHub shows one.
fn person_of(kept: &Value) -> Value {
    kept["login"].as_str().map_or(Value::Null, person)
}

fn people(kept: &Value) -> Value {
    kept.as_array()
        .into_iter()
        .flatten()
        .map(person_of)
        .collect()
}

fn titles(kept: &Value) -> Value {
    let labels = kept.as_array().into_iter().flatten();
    labels.map(|label| label["name"].clone()).collect()
}

impl Repo {
    pub(super) fn gitlab_page(&self) -> String {
        format!("{PAGES}/{}", self.full_name)
    }

    /// The project.
    pub(super) fn gitlab_json(&self) -> Value {
        let level = if self.archived { 20 } else { 30 };
        json!({
            "id": self.id,
            "path_with_namespace": self.full_name,
            "default_branch": self.default_branch,
            "web_url": self.gitlab_page(),
            "archived": self.archived,
            "issues_access_level": "enabled",
            "merge_requests_access_level": "enabled",
            "builds_access_level": "enabled",
            "permissions": {"project_access": {"access_level": level}, "group_access": null},
        })
    }

    /// An issue; a merge request is none.
    pub fn gitlab_issue(&self, number: u64) -> Option<Value> {
        if self.pulls.contains_key(&number) {
            return None;
        }
        let issue = self.issues.get(&number)?;
        let open = issue["state"] == "open";
        Some(json!({
            "id": issue["id"],
            "iid": number,
            "project_id": self.id,
            "title": issue["title"],
            "description": issue["body"],
            "state": if open { "opened" } else { "closed" },
            "created_at": issue["created_at"],
            "updated_at": issue["updated_at"],
            "closed_at": issue["closed_at"],
            "closed_by": if open { Value::Null } else { person("grace") },
            "author": person_of(&issue["user"]),
            "labels": titles(&issue["labels"]),
            "assignees": people(&issue["assignees"]),
            "user_notes_count": issue["comments"],
            "confidential": false,
            "web_url": format!("{}/-/issues/{number}", self.gitlab_page()),
        }))
    }

    /// A merge request.
    pub fn gitlab_merge(&self, number: u64) -> Option<Value> {
        let pull = self.pulls.get(&number)?;
        let state = if pull["merged"] == true {
            "merged"
        } else if pull["state"] == "open" {
            "opened"
        } else {
            "closed"
        };
        let title = pull["title"].as_str().unwrap_or_default();
        Some(json!({
            "id": pull["id"],
            "iid": number,
            "project_id": self.id,
            "title": title,
            "description": pull["body"],
            "state": state,
            "created_at": pull["created_at"],
            "updated_at": pull["updated_at"],
            "merged_at": pull["merged_at"],
            "merge_user": person_of(&pull["merged_by"]),
            "closed_at": if state == "closed" { pull["closed_at"].clone() } else { Value::Null },
            "closed_by": if state == "closed" { person("grace") } else { Value::Null },
            "source_branch": pull["head"]["ref"],
            "target_branch": pull["base"]["ref"],
            "source_project_id": pull["head"]["repo"]["id"],
            "target_project_id": self.id,
            "author": person_of(&pull["user"]),
            "assignees": people(&pull["assignees"]),
            "reviewers": people(&pull["requested_reviewers"]),
            "labels": titles(&pull["labels"]),
            "draft": title.starts_with("Draft:"),
            "milestone": null,
            "sha": pull["head"]["sha"],
            "user_notes_count": pull["comments"],
            "diff_refs": self.range(number).map(|(from, to)| {
                let from = from.to_string();
                json!({"base_sha": from, "start_sha": from, "head_sha": to.to_string()})
            }),
            "merge_commit_sha": pull["merge_commit_sha"],
            "squash_commit_sha": null,
            "web_url": format!("{}/-/merge_requests/{number}", self.gitlab_page()),
        }))
    }

    /// A comment.
    pub fn gitlab_note(&self, id: u64) -> Option<Value> {
        let comment = self.comments.get(&id)?;
        let number = number_of(comment)?;
        let merge = self.pulls.contains_key(&number);
        Some(json!({
            "id": id,
            "body": comment["body"],
            "author": person_of(&comment["user"]),
            "created_at": comment["created_at"],
            "updated_at": comment["updated_at"],
            "system": false,
            "noteable_type": if merge { "MergeRequest" } else { "Issue" },
            "noteable_iid": number,
        }))
    }

    /// One entry of the activity; some of what is kept is none.
    pub(super) fn gitlab_deed(&self, deed: &Value) -> Option<Value> {
        let author = person(deed["by"].as_str()?);
        let mut shown = json!({
            "id": deed["id"],
            "project_id": self.id,
            "author": author,
            "author_username": deed["by"],
            "created_at": deed["at"],
        });
        let number = deed["number"].as_u64();
        let kind = number.map(|number| {
            if self.pulls.contains_key(&number) {
                "MergeRequest"
            } else {
                "Issue"
            }
        });
        let action = match deed["what"].as_str()? {
            "push" if deed["count"].is_u64() => {
                shown["push_data"] = json!({
                    "commit_count": 0,
                    "ref_type": "branch",
                    "ref": null,
                    "ref_count": deed["count"],
                });
                "pushed to"
            }
            "push" => {
                shown["push_data"] = json!({
                    "commit_count": 1,
                    "action": if deed["before"].is_null() { "created" } else { "pushed" },
                    "ref_type": "branch",
                    "commit_from": deed["before"],
                    "commit_to": deed["after"],
                    "ref": deed["branch"],
                    "commit_title": deed["title"],
                    "ref_count": null,
                });
                "pushed to"
            }
            "comment" => {
                shown["note"] = self.gitlab_note(deed["comment"].as_u64()?)?;
                shown["target_type"] = "Note".into();
                "commented on"
            }
            "APPROVED" => "approved",
            what @ ("closed" | "reopened") => what,
            _ => return None,
        };
        if shown["note"].is_null() && number.is_some() {
            shown["target_iid"] = number.into();
            shown["target_type"] = kind.into();
        }
        shown["action_name"] = action.into();
        Some(shown)
    }

    pub(super) fn gitlab_approvals(&self, number: u64) -> Option<Value> {
        self.pulls.get(&number)?;
        let reviews = self.reviews.get(&number).into_iter().flatten();
        let approved: Vec<Value> = reviews
            .filter(|review| review["state"] == "APPROVED")
            .map(|review| {
                json!({"user": person_of(&review["user"]), "approved_at": review["submitted_at"]})
            })
            .collect();
        Some(json!({"approved": !approved.is_empty(), "approved_by": approved}))
    }

    pub(super) fn gitlab_reviewers(&self, number: u64) -> Option<Vec<Value>> {
        self.pulls.get(&number)?;
        let reviews = self.reviews.get(&number).into_iter().flatten();
        let shown = reviews.map(|review| {
            let state = match review["state"].as_str() {
                Some("APPROVED") => "approved",
                Some("CHANGES_REQUESTED") => "requested_changes",
                _ => "reviewed",
            };
            json!({
                "user": person_of(&review["user"]),
                "state": state,
                "created_at": review["submitted_at"],
            })
        });
        Some(shown.collect())
    }

    /// A workflow run as a pipeline. Its name is GitLab's alone, so it has none.
    pub fn gitlab_pipeline(&self, id: u64) -> Option<Value> {
        let run = self.runs.get(&id)?;
        let status = match run["conclusion"].as_str() {
            Some("failure") => "failed",
            Some(_) => "success",
            None => "running",
        };
        Some(json!({
            "id": id,
            "project_id": self.id,
            "name": null,
            "status": status,
            "source": "push",
            "ref": run["head_branch"],
            "sha": run["head_sha"],
            "tag": false,
            "user": person_of(&run["actor"]),
            "created_at": run["run_started_at"],
            "updated_at": run["updated_at"],
            "finished_at": run["updated_at"],
            "web_url": format!("{}/-/pipelines/{id}", self.gitlab_page()),
        }))
    }

    pub(super) fn gitlab_jobs(&self, pipeline: u64) -> Option<Vec<Value>> {
        let attempt = self.runs.get(&pipeline)?["run_attempt"].as_u64()?;
        let jobs = self.jobs.get(&(pipeline, attempt))?.iter();
        let shown = jobs.enumerate().map(|(number, job)| {
            let allowed = job["conclusion"] == "allowed";
            let passed = job["conclusion"] == "success";
            json!({
                "id": job["id"],
                "name": job["name"],
                "status": if passed { "success" } else { "failed" },
                "allow_failure": allowed,
                "duration": 60.0 * f64::from(u32::try_from(number + 1).expect("few")),
                "finished_at": job["completed_at"],
                "web_url": format!("{}/-/jobs/{}", self.gitlab_page(), job["id"]),
            })
        });
        Some(shown.collect())
    }

    pub(super) fn gitlab_statuses(&self, sha: &str) -> Vec<Value> {
        let statuses = self.statuses.iter().filter(|status| status["sha"] == sha);
        statuses
            .map(|status| {
                let state = match status["state"].as_str() {
                    Some("failure" | "error") => "failed",
                    Some("success") => "success",
                    _ => "running",
                };
                json!({
                    "id": status["id"],
                    "sha": sha,
                    "name": status["context"],
                    "status": state,
                    "allow_failure": false,
                    "target_url": status["target_url"],
                })
            })
            .collect()
    }

    pub(super) fn gitlab_releases(&self) -> Vec<Value> {
        let releases = self.releases.iter();
        releases
            .map(|release| {
                let tag = release["tag_name"].as_str().unwrap_or_default();
                json!({
                    "tag_name": tag,
                    "name": release["name"],
                    "description": release["body"],
                    "created_at": release["published_at"],
                    "released_at": release["published_at"],
                    "upcoming_release": false,
                    "author": person_of(&release["author"]),
                    "commit": {"id": self.head("main")},
                    "_links": {"self": format!("{}/-/releases/{tag}", self.gitlab_page())},
                })
            })
            .collect()
    }

    pub(super) fn gitlab_branch(&self, branch: &str) -> Option<Value> {
        let head = self.head(branch)?;
        let commit = self.gitlab_commit_json(Oid::from_str(&head).ok()?);
        Some(json!({"name": branch, "commit": commit, "protected": false}))
    }

    /// A commit.
    pub(super) fn gitlab_commit_json(&self, oid: Oid) -> Value {
        let shown = self.commit_json(oid);
        let commit = self.git.find_commit(oid).expect("a commit");
        let parents: Vec<String> = commit.parent_ids().map(|one| one.to_string()).collect();
        let author = &shown["commit"]["author"];
        let message = shown["commit"]["message"].as_str().unwrap_or_default();
        json!({
            "id": oid.to_string(),
            "parent_ids": parents,
            "title": message.lines().next(),
            "message": message,
            "author_name": author["name"],
            "author_email": author["email"],
            "authored_date": author["date"],
            "committed_date": author["date"],
            "created_at": author["date"],
            "web_url": format!("{}/-/commit/{oid}", self.gitlab_page()),
        })
    }

    /// The commits from one to another, oldest first.
    pub(super) fn gitlab_commits(&self, from: Oid, to: Oid) -> Vec<Value> {
        let between = self.between(from, to);
        between
            .iter()
            .map(|oid| self.gitlab_commit_json(*oid))
            .collect()
    }

    pub(super) fn gitlab_diffs(&self, from: Option<Oid>, to: Oid) -> Vec<Value> {
        let files = self.files(from, to);
        files
            .iter()
            .map(|file| {
                let new = &file["filename"];
                let old = file["previous_filename"].as_str();
                json!({
                    "old_path": old.map_or_else(|| new.clone(), Into::into),
                    "new_path": new,
                    "a_mode": "100644",
                    "b_mode": "100644",
                    "new_file": file["status"] == "added",
                    "renamed_file": file["status"] == "renamed",
                    "deleted_file": file["status"] == "removed",
                    "diff": file["patch"].as_str().unwrap_or_default(),
                    "collapsed": false,
                    "too_large": false,
                })
            })
            .collect()
    }
}
