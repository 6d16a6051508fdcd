//! GitHub's requests about labels, reviewers, texts, sub-issues, commented lines and runs started again.

use serde_json::{Value, json};

use super::{Asked, Reply};
use crate::forge::state::{Repo, World};

impl World {
    pub(super) fn change_ticket(
        &mut self,
        name: &str,
        rest: &[&str],
        asked: &Asked<'_>,
    ) -> Option<Reply> {
        let login = self.login.clone();
        let body = &asked.body;
        let not_found = || Some(Reply::error(404, "Not Found"));
        match (asked.method.as_str(), rest) {
            ("POST", ["issues"]) => {
                let text = body["body"].as_str().unwrap_or_default();
                let number = self.open_issue(name, body["title"].as_str()?, text, &login);
                for label in words(&body["labels"]) {
                    self.label(name, number, &label);
                }
                Some(Reply::json(201, &self.repo(name).issue(number)))
            }
            ("PATCH", ["issues", number]) => {
                let number = number.parse().ok()?;
                if !self.repo(name).issues.contains_key(&number) {
                    return not_found();
                }
                if let Some(state) = body["state"].as_str() {
                    self.set_state(name, number, state);
                    for thing in self.repo(name).things(number) {
                        thing["state_reason"] = body["state_reason"].clone();
                    }
                }
                if let Some(text) = body["body"].as_str() {
                    self.set_body(name, number, text);
                }
                Some(Reply::json(200, &self.repo(name).issue(number)))
            }
            ("POST", ["issues", number, "labels"]) => {
                let number = number.parse().ok()?;
                for label in words(&body["labels"]) {
                    self.label(name, number, &label);
                }
                Some(Reply::json(200, &self.repo(name).issue(number)["labels"]))
            }
            ("DELETE", ["issues", number, "labels", label]) => {
                let number = number.parse().ok()?;
                if !self.unlabel(name, number, label) {
                    return Some(Reply::error(404, "Label does not exist"));
                }
                Some(Reply::json(200, &self.repo(name).issue(number)["labels"]))
            }
            (method @ ("POST" | "DELETE"), ["pulls", number, "requested_reviewers"]) => {
                let number = number.parse().ok()?;
                let people = words(&body["reviewers"]);
                if method == "POST" && people.iter().any(|one| !self.may_review(one)) {
                    let message = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the acme/api repository.";
                    return Some(Reply::error(422, message));
                }
                for login in &people {
                    if method == "POST" {
                        self.ask_to_review(name, number, login);
                    } else {
                        self.ask_no_longer(name, number, login);
                    }
                }
                let status = if method == "POST" { 201 } else { 200 };
                Some(Reply::json(status, &self.repo(name).pull(number)))
            }
            ("POST", ["issues", _, "sub_issues"]) if !self.links_issues => not_found(),
            ("POST", ["issues", parent, "sub_issues"]) => {
                let parent = parent.parse().ok()?;
                let repo = self.repo(name);
                let part = repo.issue_with_id(body["sub_issue_id"].as_u64()?)?;
                if repo.parts(parent).contains(&part) {
                    return Some(Reply::error(
                        422,
                        "Issue may not contain duplicate sub-issues",
                    ));
                }
                repo.add_part(parent, part);
                Some(Reply::json(201, &repo.issue(parent)))
            }
            ("POST", ["pulls", number, "comments"]) => {
                let number = number.parse().ok()?;
                let repo = self.repo(name);
                let (from, to) = repo.range(number)?;
                let path = body["path"].as_str()?;
                let files = repo.files(Some(from), to);
                if !files.iter().any(|file| file["filename"] == path) {
                    let message = "Validation Failed: pull_request_review_thread.path is not part of the diff";
                    return Some(Reply::error(422, message));
                }
                let place = json!({
                    "path": path,
                    "line": body["line"].as_u64()?,
                    "start_line": body["start_line"],
                    "commit_id": body["commit_id"].as_str()?,
                });
                let text = body["body"].as_str()?;
                let id = self.comment_on_line(name, number, &login, place, text);
                Some(Reply::json(201, &self.repo(name).line_comments[&id].1))
            }
            ("DELETE", ["pulls", "comments", id]) => {
                let gone = self.repo(name).line_comments.remove(&id.parse().ok()?);
                gone.map_or_else(not_found, |_| Some(Reply::none()))
            }
            ("POST", ["actions", "runs", run, "rerun-failed-jobs"]) => {
                let run = run.parse().ok()?;
                if self.repo(name).runs.get(&run)?["status"] != "completed" {
                    return Some(Reply::error(403, "This workflow is already running"));
                }
                self.run_again(name, run);
                Some(Reply::json(201, &json!({})))
            }
            _ => not_found(),
        }
    }
}

impl Repo {
    pub(super) fn look_up_ticket(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        match rest {
            ["issues", parent, "sub_issues"] => {
                let parts = self.parts(parent.parse().ok()?);
                let shown: Vec<Value> = parts.iter().map(|part| self.issue(*part)).collect();
                Some(asked.page(&shown, None))
            }
            ["pulls", number, "comments"] => {
                let number: u64 = number.parse().ok()?;
                let of = self.line_comments.values().rev();
                let of = of.filter(|(pull, _)| *pull == number);
                let of: Vec<Value> = of.map(|(_, comment)| comment.clone()).collect();
                Some(asked.page(&of, None))
            }
            ["actions", "runs", id] => Some(Reply::json(200, self.runs.get(&id.parse().ok()?)?)),
            _ => None,
        }
    }
}

/// The texts of a list.
pub(in crate::forge) fn words(list: &Value) -> Vec<String> {
    let members = list.as_array().into_iter().flatten();
    members.filter_map(Value::as_str).map(Into::into).collect()
}
