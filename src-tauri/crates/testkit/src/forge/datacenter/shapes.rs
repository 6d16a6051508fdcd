//! What is kept on the stub, in the shapes of Data Center's API.

use git2::Oid;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::forge::answer::number_of;
use crate::forge::state::Repo;

/// The address the server gives its own pages.
const PAGES: &str = "https://bitbucket.example.org";

/// A person as Data Center shows one.
pub(super) fn person(login: &str) -> Value {
    json!({
        "name": login,
        "slug": login,
        "displayName": format!("{login} the person"),
        "emailAddress": format!("{login}@example.org"),
        "id": login.len(),
        "active": true,
        "type": "NORMAL",
    })
}

fn person_of(kept: &Value) -> Value {
    kept["login"].as_str().map_or(Value::Null, person)
}

/// Moments are milliseconds.
pub(super) fn millis(kept: &Value) -> Value {
    let at = kept
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok());
    at.map_or(Value::Null, |at| at.as_millisecond().into())
}

impl Repo {
    /// The repository.
    pub(super) fn datacenter_json(&self) -> Value {
        let (project, slug) = self.full_name.split_once('/').unwrap_or_default();
        let page = format!("{PAGES}/projects/{project}/repos/{slug}/browse");
        json!({
            "id": self.id,
            "slug": slug,
            "name": slug,
            "scmId": "git",
            "state": "AVAILABLE",
            "archived": self.archived,
            "project": {"key": project, "id": 1, "name": project, "type": "NORMAL"},
            "links": {"self": [{"href": page}]},
        })
    }

    fn datacenter_side(&self, side: &Value) -> Value {
        let branch = side["ref"].as_str().unwrap_or_default();
        let mut repository = self.datacenter_json();
        if side["repo"]["id"] != self.id {
            let owner = side["repo"]["owner"]["login"].as_str().unwrap_or_default();
            repository["id"] = side["repo"]["id"].clone();
            repository["project"] = json!({"key": format!("~{owner}"), "type": "PERSONAL"});
        }
        json!({
            "id": format!("refs/heads/{branch}"),
            "displayId": branch,
            "latestCommit": side["sha"],
            "repository": repository,
        })
    }

    /// A pull request.
    pub fn datacenter_pull(&self, number: u64) -> Option<Value> {
        let pull = self.pulls.get(&number)?;
        let state = if pull["merged"] == true {
            "MERGED"
        } else if pull["state"] == "open" {
            "OPEN"
        } else {
            "DECLINED"
        };
        let mut latest: Vec<Value> = Vec::new();
        for review in self.reviews.get(&number).into_iter().flatten().rev() {
            let user = person_of(&review["user"]);
            if latest.iter().any(|one| one["user"] == user) {
                continue;
            }
            let status = match review["state"].as_str() {
                Some("APPROVED") => "APPROVED",
                Some("CHANGES_REQUESTED") => "NEEDS_WORK",
                _ => "UNAPPROVED",
            };
            latest.push(json!({
                "user": user,
                "role": "REVIEWER",
                "approved": status == "APPROVED",
                "status": status,
                "lastReviewedCommit": pull["head"]["sha"],
            }));
        }
        let asked = pull["requested_reviewers"].as_array().into_iter().flatten();
        for user in asked.map(person_of) {
            if !latest.iter().any(|one| one["user"] == user) {
                latest.push(json!({"user": user, "role": "REVIEWER", "approved": false, "status": "UNAPPROVED"}));
            }
        }
        let on_lines = self.line_comments.values();
        let on_lines = on_lines.filter(|(of, _)| *of == number).count();
        let comments = self.comments.values();
        let comments = comments
            .filter(|one| number_of(one) == Some(number))
            .count();
        let deeds = self.deeds.iter();
        // Neither comments nor reviews are changes of the pull request itself.
        let mut changes = deeds.filter(|deed| {
            deed["number"] == number
                && matches!(
                    deed["what"].as_str(),
                    Some("moved" | "edited" | "closed" | "reopened")
                )
        });
        let version = changes.clone().count();
        let updated = changes
            .next_back()
            .map_or(&pull["created_at"], |deed| &deed["at"]);
        let (project, slug) = self.full_name.split_once('/')?;
        let page = format!("{PAGES}/projects/{project}/repos/{slug}/pull-requests/{number}");
        let mut shown = json!({
            "id": number,
            "version": version,
            "title": pull["title"],
            "description": pull["body"],
            "state": state,
            "open": state == "OPEN",
            "closed": state != "OPEN",
            "draft": pull["draft"],
            "createdDate": millis(&pull["created_at"]),
            "updatedDate": millis(updated),
            "fromRef": self.datacenter_side(&pull["head"]),
            "toRef": self.datacenter_side(&pull["base"]),
            "author": {"user": person_of(&pull["user"]), "role": "AUTHOR"},
            "reviewers": latest,
            "participants": [],
            "properties": {"commentCount": comments + on_lines, "openTaskCount": 0},
            "links": {"self": [{"href": page}]},
        });
        if state != "OPEN" {
            shown["closedDate"] = millis(&pull["closed_at"]);
        }
        Some(shown)
    }

    /// A comment.
    pub fn datacenter_comment(&self, id: u64) -> Option<Value> {
        let on_lines = || self.line_comments.get(&id).map(|(_, comment)| comment);
        let comment = self.comments.get(&id).or_else(on_lines)?;
        Some(json!({
            "id": id,
            "version": 0,
            "text": comment["body"],
            "author": person_of(&comment["user"]),
            "createdDate": millis(&comment["created_at"]),
            "updatedDate": millis(&comment["updated_at"]),
            "comments": [],
        }))
    }

    /// The pull request a comment is on.
    pub(super) fn datacenter_comment_of(&self, id: u64) -> Option<u64> {
        let on_lines = || self.line_comments.get(&id).map(|(of, _)| *of);
        let comment = self.comments.get(&id);
        comment.map_or_else(on_lines, number_of)
    }

    /// The comments on lines of a pull request, as they stand among its activities; newest first.
    pub(super) fn datacenter_line_activities(&self, number: u64) -> Vec<Value> {
        let on_lines = self.line_comments.iter().rev();
        let on_lines = on_lines.filter(|(_, (of, _))| *of == number);
        on_lines
            .filter_map(|(id, (_, comment))| {
                Some(json!({
                    "id": self.deeds.len(),
                    "createdDate": millis(&comment["created_at"]),
                    "user": person_of(&comment["user"]),
                    "action": "COMMENTED",
                    "commentAction": "ADDED",
                    "comment": self.datacenter_comment(*id)?,
                    "commentAnchor": {"path": comment["path"], "line": comment["line"]},
                }))
            })
            .collect()
    }

    /// One entry of a pull request's activities; some of what is kept is none.
    pub(super) fn datacenter_activity(&self, deed: &Value) -> Option<Value> {
        let number = deed["number"].as_u64()?;
        let pull = self.pulls.get(&number)?;
        let mut shown = json!({
            "id": deed["id"],
            "createdDate": millis(&deed["at"]),
            "user": person(deed["by"].as_str()?),
        });
        let action = match deed["what"].as_str()? {
            "opened" => "OPENED",
            "comment" => {
                shown["commentAction"] = "ADDED".into();
                shown["comment"] = self.datacenter_comment(deed["comment"].as_u64()?)?;
                "COMMENTED"
            }
            "APPROVED" => "APPROVED",
            "CHANGES_REQUESTED" => "REVIEWED",
            "moved" => "RESCOPED",
            "edited" => "UPDATED",
            "reopened" => "REOPENED",
            "closed" if pull["merged"] == true => {
                shown["commit"] = json!({"id": pull["merge_commit_sha"]});
                "MERGED"
            }
            "closed" => "DECLINED",
            _ => return None,
        };
        shown["action"] = action.into();
        Some(shown)
    }

    /// A commit.
    pub(super) fn datacenter_commit(&self, oid: Oid) -> Value {
        let shown = self.commit_json(oid);
        let commit = self.git.find_commit(oid).expect("a commit");
        let parents: Vec<Value> = commit
            .parent_ids()
            .map(|one| json!({"id": one.to_string()}))
            .collect();
        let author = &shown["commit"]["author"];
        json!({
            "id": oid.to_string(),
            "displayId": oid.to_string().get(..11),
            "author": {"name": author["name"], "emailAddress": author["email"]},
            "authorTimestamp": millis(&author["date"]),
            "committer": {"name": author["name"], "emailAddress": author["email"]},
            "committerTimestamp": millis(&author["date"]),
            "message": shown["commit"]["message"],
            "parents": parents,
        })
    }

    pub(super) fn datacenter_branch(&self, branch: &str) -> Option<Value> {
        Some(json!({
            "id": format!("refs/heads/{branch}"),
            "displayId": branch,
            "type": "BRANCH",
            "latestCommit": self.head(branch)?,
            "isDefault": branch == self.default_branch,
        }))
    }

    /// The latest build of every key on a commit.
    pub(super) fn datacenter_builds(&self, sha: &str) -> Vec<Value> {
        let mut latest: Vec<Value> = Vec::new();
        for status in self.statuses.iter().filter(|status| status["sha"] == sha) {
            if latest.iter().any(|one| one["key"] == status["context"]) {
                continue;
            }
            let state = match status["state"].as_str() {
                Some("failure" | "error") => "FAILED",
                Some("success") => "SUCCESSFUL",
                _ => "INPROGRESS",
            };
            latest.push(json!({
                "state": state,
                "key": status["context"],
                "name": status["context"],
                "url": status["target_url"],
                "description": status["description"],
                "dateAdded": millis(&status["updated_at"]),
            }));
        }
        latest
    }
}
