//! Pull requests and their reviews.

use std::collections::BTreeSet;

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::{Head, Pull};
use super::look::{Work, moment, second};
use crate::providers::gitea::api::read;
use crate::providers::gitea::parse::fingerprint;

/// Pages of open pull requests, and of the reviews of one, read at most.
const PAGES: usize = 20;

impl Work<'_> {
    /// The open pull requests there are when watching begins.
    pub(super) async fn open_pulls(&mut self) -> Result<(), ProviderError> {
        let rest = "/pulls?state=open&sort=recentupdate";
        let pulls = self.list(rest, None, PAGES, |_| false).await?;
        for pull in pulls.unwrap_or_default() {
            let (Some(number), Some(head)) = (
                pull["number"].as_u64(),
                pull.pointer("/head/sha").and_then(Value::as_str),
            ) else {
                continue;
            };
            self.open_pull(number, &pull, head);
            let key = format!("pull/{number}/opened");
            let at = moment(&pull, "created_at");
            let body = json!({
                "action": "opened",
                "number": number,
                "pull_request": pull,
                "sender": pull["user"],
            });
            self.deliver("pull_request", &key, at, body);
        }
        Ok(())
    }

    /// Reads one pull request and its reviews; false when this poll has asked enough.
    pub(super) async fn pull(&mut self, number: u64, item: &Value) -> Result<bool, ProviderError> {
        if self.baseline {
            if item["state"] != "open" {
                let closed = second(moment(item, "closed_at"));
                self.place.note_closed(number, closed);
            }
            return Ok(true);
        }
        if !self.purse.spend() {
            return Ok(false);
        }
        let answer = self.api.get(&self.url(&format!("/pulls/{number}"))).await?;
        if !answer.status.is_success() {
            return Ok(true);
        }
        let pull: Value = read(&answer)?;
        let say = |action: &str| json!({"action": action, "number": number, "pull_request": pull});
        let head = pull["head"]["sha"].as_str().unwrap_or_default().to_owned();
        let updated = moment(&pull, "updated_at");
        if number > self.place.top_number {
            let mut body = say("opened");
            body["sender"] = pull["user"].clone();
            let key = format!("pull/{number}/opened");
            self.deliver("pull_request", &key, moment(&pull, "created_at"), body);
        }
        if pull["state"] == "open" {
            if self.place.note_open(number) {
                let key = format!("pull/{number}/reopened/{head}");
                self.deliver("pull_request", &key, updated, say("reopened"));
            }
            self.open_pull(number, &pull, &head);
        } else {
            let closed = moment(&pull, "closed_at");
            self.place.heads.retain(|head| head.pull != Some(number));
            if self.place.note_closed(number, second(closed)) && self.is_news(closed) {
                let mut body = say("closed");
                body["sender"] = pull["merged_by"].clone();
                let key = if pull["merged"] == true {
                    format!("pull/{number}/merged")
                } else {
                    format!("pull/{number}/closed/{}", second(closed))
                };
                self.deliver("pull_request", &key, closed, body);
            }
        }
        self.reviews(number, &pull).await?;
        if pull["state"] != "open" {
            self.place.pulls.remove(&number);
        }
        Ok(true)
    }

    /// What moved in an open pull request since it was last seen.
    fn open_pull(&mut self, number: u64, pull: &Value, head: &str) {
        let updated = moment(pull, "updated_at");
        let mark = fingerprint(pull);
        let known = self.place.pulls.get(&number).cloned();
        if let Some(known) = &known {
            if known.head != head {
                let body = json!({
                    "action": "synchronized",
                    "number": number,
                    "before": known.head,
                    "pull_request": pull,
                });
                let key = format!("pull/{number}/head/{head}");
                self.deliver("pull_request", &key, updated, body);
            }
            if known.mark != mark {
                let body = json!({"action": "edited", "number": number, "pull_request": pull});
                let key = format!("pull/{number}/updated/{mark}");
                self.deliver("pull_request", &key, updated, body);
            }
        }
        if known.as_ref().is_none_or(|known| known.head != head) {
            self.watch_head(number, pull, head);
        }
        let reviews = known.and_then(|known| known.reviews);
        let head = head.to_owned();
        let seen = Pull {
            head,
            mark,
            reviews,
        };
        self.place.pulls.insert(number, seen);
    }

    fn watch_head(&mut self, number: u64, pull: &Value, sha: &str) {
        let text = |pointer: &str| pull.pointer(pointer).and_then(Value::as_str);
        let fork = pull.pointer("/head/repo_id") != pull.pointer("/base/repo_id");
        let branch = text("/head/ref").unwrap_or_default();
        let owner = text("/head/repo/owner/login").unwrap_or("unknown");
        let head = Head {
            sha: sha.to_owned(),
            branch: if fork {
                format!("{owner}:{branch}")
            } else {
                branch.to_owned()
            },
            pull: Some(number),
            author: text("/user/login").map(Into::into),
            base: text("/base/ref").map(Into::into),
            since: if self.baseline {
                moment(pull, "updated_at")
            } else {
                Some(self.now())
            },
            ..Head::default()
        };
        self.place.heads.retain(|head| head.pull != Some(number));
        self.place.heads.push(head);
    }

    async fn reviews(&mut self, number: u64, pull: &Value) -> Result<(), ProviderError> {
        if !self.purse.spend() {
            return Ok(());
        }
        let rest = format!("/pulls/{number}/reviews");
        let Some(reviews) = self.list(&rest, None, PAGES, |_| false).await? else {
            return Ok(());
        };
        let known = self
            .place
            .pulls
            .get(&number)
            .and_then(|pull| pull.reviews.clone());
        let mut seen = BTreeSet::new();
        for review in &reviews {
            let (Some(id), Some(state)) = (review["id"].as_u64(), review["state"].as_str()) else {
                continue;
            };
            let kind = match state {
                "APPROVED" => "pull_request_review_approved",
                "REQUEST_CHANGES" => "pull_request_review_rejected",
                "COMMENT" => "pull_request_review_comment",
                // One that is still being written, or only asked for.
                _ => continue,
            };
            seen.insert(id);
            let at = moment(review, "submitted_at");
            let is_new = match &known {
                Some(known) => !known.contains(&id),
                None => self.is_news(at),
            };
            if !is_new {
                continue;
            }
            let body = json!({
                "action": "reviewed",
                "number": number,
                "pull_request": pull,
                "review": {
                    "type": kind,
                    "content": review["body"],
                    "id": id,
                    "commit_id": review["commit_id"],
                    "submitted_at": review["submitted_at"],
                    "html_url": review["html_url"],
                },
                "sender": review["user"],
            });
            let key = format!("pull/{number}/review/{id}");
            self.deliver("pull_request_review", &key, at, body);
        }
        if let Some(pull) = self.place.pulls.get_mut(&number) {
            pull.reviews = Some(seen);
        }
        Ok(())
    }
}
