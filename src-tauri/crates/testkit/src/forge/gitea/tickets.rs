//! Gitea's requests about labels, reviewers, texts, dependencies, reviewed lines and runs started again.

use serde_json::{Value, json};

use crate::forge::answer::words;
use crate::forge::answer::{Asked, Reply};
use crate::forge::state::{Repo, World};

impl World {
    pub(super) fn gitea_change_ticket(
        &mut self,
        name: &str,
        rest: &[&str],
        asked: &Asked<'_>,
    ) -> Option<Reply> {
        let login = self.login.clone();
        let body = &asked.body;
        let not_found = || Some(Reply::error(404, "The target couldn't be found."));
        match (asked.method.as_str(), rest) {
            ("POST", ["issues"]) => {
                let labels = self.gitea_labels(&body["labels"])?;
                let text = body["body"].as_str().unwrap_or_default();
                let number = self.open_issue(name, body["title"].as_str()?, text, &login);
                for label in labels {
                    self.label(name, number, label);
                }
                Some(Reply::json(201, &self.repo(name).gitea_issue(number)?))
            }
            ("PATCH", ["issues", number]) => {
                let number = number.parse().ok()?;
                if let Some(state) = body["state"].as_str() {
                    self.set_state(name, number, state);
                }
                if let Some(text) = body["body"].as_str() {
                    self.set_body(name, number, text);
                }
                Some(Reply::json(201, &self.repo(name).gitea_issue(number)?))
            }
            ("POST", ["issues", number, "labels"]) => {
                let number = number.parse().ok()?;
                for label in self.gitea_labels(&body["labels"])? {
                    self.label(name, number, label);
                }
                Some(Reply::json(200, &self.repo(name).issue(number)["labels"]))
            }
            ("DELETE", ["issues", number, "labels", id]) => {
                let number = number.parse().ok()?;
                let label = *self.labels.get(id.parse::<usize>().ok()?.checked_sub(1)?)?;
                self.unlabel(name, number, label);
                Some(Reply::none())
            }
            (method @ ("POST" | "DELETE"), ["pulls", number, "requested_reviewers"]) => {
                let number = number.parse().ok()?;
                let people = words(&body["reviewers"]);
                if let Some(unknown) = people.iter().find(|one| !self.may_review(one)) {
                    let message = format!("user does not exist [uid: 0, name: {unknown}]");
                    return Some(Reply::error(422, &message));
                }
                for login in &people {
                    if method == "POST" {
                        self.ask_to_review(name, number, login);
                    } else {
                        self.ask_no_longer(name, number, login);
                    }
                }
                Some(if method == "POST" {
                    Reply::json(201, &json!([]))
                } else {
                    Reply::none()
                })
            }
            ("POST", ["issues", _, "dependencies"]) if !self.links_issues => not_found(),
            ("POST", ["issues", parent, "dependencies"]) => {
                let parent = parent.parse().ok()?;
                let repo = self.repo(name);
                let part = body["index"].as_u64()?;
                if repo.parts(parent).contains(&part) {
                    return Some(Reply::error(409, "issue dependency does already exist"));
                }
                repo.add_part(parent, part);
                Some(Reply::json(201, &repo.gitea_issue(parent)?))
            }
            ("POST", ["pulls", number, "reviews"]) => {
                let number: u64 = number.parse().ok()?;
                let comment = &body["comments"][0];
                let place = json!({
                    "path": comment["path"].as_str()?,
                    "line": comment["new_position"].as_u64()?,
                    "commit_id": body["commit_id"].as_str()?,
                });
                let text = comment["body"].as_str()?;
                let review = self.review(name, number, &login, "COMMENTED");
                let id = self.comment_on_line(name, number, &login, place, text);
                let repo = self.repo(name);
                let (_, made) = repo.line_comments.get_mut(&id)?;
                made["pull_request_review_id"] = review.into();
                let reviews = repo.reviews.get_mut(&number)?;
                reviews.last_mut()?["body"] = body["body"].clone();
                let shown = repo.gitea_reviews(number).pop()?;
                Some(Reply::json(200, &shown))
            }
            ("DELETE", ["pulls", number, "reviews", id]) => {
                let (number, id): (u64, u64) = (number.parse().ok()?, id.parse().ok()?);
                let repo = self.repo(name);
                let Some(reviews) = repo.reviews.get_mut(&number) else {
                    return not_found();
                };
                let before = reviews.len();
                reviews.retain(|review| review["id"] != id);
                if reviews.len() == before {
                    return not_found();
                }
                repo.line_comments
                    .retain(|_, (_, comment)| comment["pull_request_review_id"] != id);
                Some(Reply::none())
            }
            ("POST", ["actions", "runs", _, "rerun-failed-jobs"]) if !self.runs_again => {
                not_found()
            }
            ("POST", ["actions", "runs", run, "rerun-failed-jobs"]) => {
                let run = run.parse().ok()?;
                if self.repo(name).runs.get(&run)?["status"] != "completed" {
                    return Some(Reply::error(400, "this workflow run is not done"));
                }
                self.run_again(name, run);
                let mut reply = Reply::none();
                reply.status = 201;
                Some(reply)
            }
            _ => not_found(),
        }
    }

    /// The labels of these numbers; nothing if there is none of one.
    fn gitea_labels(&self, ids: &Value) -> Option<Vec<&'static str>> {
        let ids = ids.as_array()?.iter();
        ids.map(|id| {
            let place = usize::try_from(id.as_u64()?).ok()?.checked_sub(1)?;
            self.labels.get(place).copied()
        })
        .collect()
    }

    /// The labels there are, numbered from 1.
    pub(super) fn gitea_label_list(&self) -> Vec<Value> {
        let labels = self.labels.iter().zip(1..);
        labels
            .map(|(name, id)| json!({"id": id, "name": name}))
            .collect()
    }
}

impl Repo {
    pub(super) fn gitea_look_up_ticket(&self, rest: &[&str], asked: &Asked<'_>) -> Option<Reply> {
        match rest {
            ["issues", parent, "dependencies"] => {
                let parts = self.parts(parent.parse().ok()?);
                let shown: Vec<Value> = parts
                    .iter()
                    .filter_map(|part| self.gitea_issue(*part))
                    .collect();
                Some(asked.gitea_page(&shown, None, false))
            }
            _ => None,
        }
    }
}
