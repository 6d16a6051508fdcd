//! Pull requests and their reviews.

use std::collections::BTreeMap;

use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::{Head, Pull};
use super::look::{Work, moment, second};
use crate::providers::github::api::{read, unwatchable};
use crate::providers::github::parse::fingerprint;

impl Work<'_> {
    /// The open pull requests there are when watching begins.
    pub(super) async fn open_pulls(&mut self) -> Result<(), ProviderError> {
        let url = self.url("/pulls?state=open&sort=updated&direction=desc&per_page=100");
        let answer = self.api.get(&url).await?;
        if !answer.status.is_success() {
            return Err(unwatchable(&answer, self.name));
        }
        for pull in read::<Vec<Value>>(&answer)? {
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
                self.place.note_closed(number);
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
        let created = moment(&pull, "created_at");
        let updated = moment(&pull, "updated_at");
        if number > self.place.top_number {
            let mut body = say("opened");
            body["sender"] = pull["user"].clone();
            let key = format!("pull/{number}/opened");
            self.deliver("pull_request", &key, created, body);
        }
        if pull["state"] == "open" {
            if self.place.note_open(number) {
                let key = format!("pull/{number}/reopened/{head}");
                self.deliver("pull_request", &key, updated, say("reopened"));
            }
            self.open_pull(number, &pull, &head);
        } else {
            let merged = moment(&pull, "merged_at");
            let closed = moment(&pull, "closed_at");
            let was_open = self.place.pulls.remove(&number).is_some();
            self.place.heads.retain(|head| head.pull != Some(number));
            if was_open || self.is_closing(number, closed) {
                let mut body = say("closed");
                body["sender"] = pull["merged_by"].clone();
                let key = match merged {
                    Some(_) => format!("pull/{number}/merged"),
                    None => format!("pull/{number}/closed/{}", second(closed)),
                };
                self.deliver("pull_request", &key, closed, body);
            }
            self.place.note_closed(number);
        }
        self.reviews(number, &pull).await?;
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
                    "action": "synchronize",
                    "number": number,
                    "before": known.head,
                    "after": head,
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
        self.place.pulls.insert(
            number,
            Pull {
                head: head.to_owned(),
                mark,
                reviews,
            },
        );
    }

    fn watch_head(&mut self, number: u64, pull: &Value, sha: &str) {
        let text = |pointer: &str| pull.pointer(pointer).and_then(Value::as_str);
        let fork = pull.pointer("/head/repo/id") != pull.pointer("/base/repo/id");
        let branch = text("/head/ref").unwrap_or_default();
        let owner = text("/head/repo/owner/login").or(text("/head/user/login"));
        let head = Head {
            sha: sha.to_owned(),
            branch: if fork {
                format!("{}:{branch}", owner.unwrap_or("unknown"))
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
            current: true,
            ..Head::default()
        };
        self.place.heads.retain(|head| head.pull != Some(number));
        self.place.heads.push(head);
    }

    async fn reviews(&mut self, number: u64, pull: &Value) -> Result<(), ProviderError> {
        let mut next = Some(self.url(&format!("/pulls/{number}/reviews?per_page=100")));
        let mut reviews: Vec<Value> = Vec::new();
        while let Some(url) = next.take() {
            let Some(answer) = self.spend(&url).await? else {
                return Ok(());
            };
            reviews.extend(read::<Vec<Value>>(&answer)?);
            next = answer.next_page();
        }
        let known = self
            .place
            .pulls
            .get(&number)
            .and_then(|pull| pull.reviews.clone());
        let mut seen = BTreeMap::new();
        for review in &reviews {
            let (Some(id), Some(state)) = (review["id"].as_u64(), review["state"].as_str()) else {
                continue;
            };
            // A review that is still being written is nobody else's.
            if state == "PENDING" {
                continue;
            }
            seen.insert(id, state.to_owned());
            let at = moment(review, "submitted_at");
            let before = known.as_ref().and_then(|known| known.get(&id));
            let dismissed = state == "DISMISSED";
            let is_new = match before {
                Some(before) => dismissed && before != "DISMISSED",
                None => known.is_some() || self.is_news(at),
            };
            if self.baseline || !is_new {
                continue;
            }
            let (action, key) = if dismissed {
                ("dismissed", format!("pull/{number}/review/{id}/dismissed"))
            } else {
                ("submitted", format!("pull/{number}/review/{id}"))
            };
            let mut review = review.clone();
            review["state"] = state.to_ascii_lowercase().into();
            let body = json!({
                "action": action,
                "review": review,
                "pull_request": pull,
                "sender": review["user"],
            });
            self.deliver("pull_request_review", &key, at, body);
        }
        if let Some(pull) = self.place.pulls.get_mut(&number) {
            pull.reviews = Some(seen);
        }
        Ok(())
    }
}
