//! Issues, pull requests, their comments and reviews.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::cursor::{Head, Pull};
use super::look::Work;
use crate::providers::github::api::{read, unwatchable};
use crate::providers::github::parse::fingerprint;

/// Pages of a hundred read back at most after a time offline.
const PAGES: usize = 30;

impl Work<'_> {
    /// Reads what changed among issues and pull requests; true if anything answered anew.
    pub(super) async fn things(&mut self) -> Result<bool, ProviderError> {
        let list = if self.place.without_issues {
            "pulls"
        } else {
            "issues"
        };
        let url = self.url(&format!(
            "/{list}?state=all&sort=updated&direction=desc&per_page=100"
        ));
        let Some(first) = self.api.get_if_changed(&url).await? else {
            return Ok(false);
        };
        self.wait = self.wait.max(first.poll_interval());
        if first.status == StatusCode::GONE && !self.place.without_issues {
            self.place.without_issues = true;
            return Box::pin(self.things()).await;
        }
        if !first.status.is_success() {
            return Err(unwatchable(&first, self.name));
        }
        let items = self.back_to(&first, self.place.things_until).await?;
        let mut complete = true;
        for item in items.iter().rev() {
            if !self.thing(item).await? {
                complete = false;
                break;
            }
            let updated = moment(item, "updated_at");
            self.place.things_until = self.place.things_until.max(updated);
        }
        let numbers = items.iter().filter_map(|item| item["number"].as_u64());
        if complete {
            self.place.top_number = numbers.fold(self.place.top_number, u64::max);
            self.remember(&url, &first);
        }
        Ok(true)
    }

    /// The items of a list sorted by their last change, newest first, as far back as `until`.
    async fn back_to(
        &mut self,
        first: &crate::http::Answer,
        until: Option<Timestamp>,
    ) -> Result<Vec<Value>, ProviderError> {
        let mut items: Vec<Value> = read(first)?;
        let mut next = first.next_page();
        for _ in 1..PAGES {
            let oldest = items.last().and_then(|item| moment(item, "updated_at"));
            // The first look is content with the newest page.
            let (Some(url), Some(until)) = (next, until) else {
                break;
            };
            if oldest.is_none_or(|oldest| oldest < until) {
                break;
            }
            let answer = self.api.get(&url).await?;
            if !answer.status.is_success() {
                return Err(unwatchable(&answer, self.name));
            }
            items.extend(read::<Vec<Value>>(&answer)?);
            next = answer.next_page();
        }
        // What changed within the same second as the last look is looked at again; it is told only once.
        items.retain(|item| until.is_none_or(|until| moment(item, "updated_at") >= Some(until)));
        Ok(items)
    }

    /// Reads one issue or pull request; false when this poll has asked enough.
    async fn thing(&mut self, item: &Value) -> Result<bool, ProviderError> {
        let Some(number) = item["number"].as_u64() else {
            return Ok(true);
        };
        if self.place.without_issues || item["pull_request"].is_object() {
            return self.pull(number, item).await;
        }
        let created = moment(item, "created_at");
        let open = item["state"] == "open";
        let is_new = number > self.place.top_number;
        if is_new && (open || !self.baseline) {
            let body = json!({"action": "opened", "issue": item, "sender": item["user"]});
            self.deliver("issues", &format!("issue/{number}/opened"), created, body);
        }
        if open {
            if self.place.note_open(number) {
                self.reopened(number, item).await?;
            }
        } else {
            let closed = moment(item, "closed_at");
            if self.is_news(closed) {
                let key = format!("issue/{number}/closed/{}", second(closed));
                let body = json!({"action": "closed", "issue": item, "sender": item["closed_by"]});
                self.deliver("issues", &key, closed, body);
            }
            self.place.note_closed(number);
        }
        Ok(true)
    }

    /// An issue that was closed is open: when that happened stands in its own events.
    async fn reopened(&mut self, number: u64, item: &Value) -> Result<(), ProviderError> {
        let url = self.url(&format!("/issues/{number}/events?per_page=100"));
        let mut issue = item.clone();
        let mut sender = Value::Null;
        if let Some(answer) = self.spend(&url).await? {
            let events: Vec<Value> = read(&answer)?;
            let last = events.iter().rfind(|event| event["event"] == "reopened");
            if let Some(event) = last {
                issue["updated_at"] = event["created_at"].clone();
                sender = event["actor"].clone();
            }
        }
        let at = moment(&issue, "updated_at");
        let key = format!("issue/{number}/reopened/{}", second(at));
        let body = json!({"action": "reopened", "issue": issue, "sender": sender});
        self.deliver("issues", &key, at, body);
        Ok(())
    }

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
    async fn pull(&mut self, number: u64, item: &Value) -> Result<bool, ProviderError> {
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
            if was_open || self.is_news(closed) {
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
            since: (!self.baseline).then(|| self.now()),
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

    /// Reads what changed among comments on issues and pull requests; true if anything answered anew.
    pub(super) async fn comments(&mut self) -> Result<bool, ProviderError> {
        let url = self.url("/issues/comments?sort=updated&direction=desc&per_page=100");
        let Some(first) = self.changed(&url).await? else {
            return Ok(false);
        };
        let items = self.back_to(&first, self.place.comments_until).await?;
        let (top, baseline) = (self.place.top_comment, self.baseline);
        for comment in items.iter().rev() {
            let Some(id) = comment["id"].as_u64() else {
                continue;
            };
            let updated = moment(comment, "updated_at");
            if !baseline && !self.comment(comment, id, top).await? {
                return Ok(true);
            }
            self.place.top_comment = self.place.top_comment.max(id);
            self.place.comments_until = self.place.comments_until.max(updated);
        }
        self.remember(&url, &first);
        Ok(true)
    }

    /// Tells one comment; false when this poll has asked enough.
    async fn comment(&mut self, comment: &Value, id: u64, top: u64) -> Result<bool, ProviderError> {
        let number = comment["issue_url"]
            .as_str()
            .and_then(|url| url.rsplit('/').next())
            .and_then(|number| number.parse::<u64>().ok());
        let Some(number) = number else {
            return Ok(true);
        };
        let (action, key, at) = if id > top {
            let at = moment(comment, "created_at");
            ("created", format!("issue/{number}/comment/{id}"), at)
        } else {
            let at = moment(comment, "updated_at");
            let key = format!("issue/{number}/comment/{id}/{}", second(at));
            ("edited", key, at)
        };
        if self.place.told.contains(&key) {
            return Ok(true);
        }
        if action == "edited" && comment["created_at"] == comment["updated_at"] {
            return Ok(true);
        }
        if !self.purse.spend() {
            return Ok(false);
        }
        let answer = self
            .api
            .get(&self.url(&format!("/issues/{number}")))
            .await?;
        if !answer.status.is_success() {
            return Ok(true);
        }
        let issue: Value = read(&answer)?;
        let body = json!({
            "action": action,
            "issue": issue,
            "comment": comment,
            "sender": comment["user"],
        });
        self.deliver("issue_comment", &key, at, body);
        Ok(true)
    }

    /// True for what happened since the poll before.
    fn is_news(&self, at: Option<Timestamp>) -> bool {
        !self.baseline && at >= self.since && at.is_some()
    }
}

fn moment(value: &Value, name: &str) -> Option<Timestamp> {
    value[name].as_str()?.parse().ok()
}

fn second(at: Option<Timestamp>) -> i64 {
    at.map_or(0, Timestamp::as_second)
}
