//! Issues, and the list that tells of pull requests too.

use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, behind, moment, second};
use crate::providers::gitea::api::{has_next, members, page_of, unwatchable};

/// Pages read at most after a time offline.
const PAGES: usize = 100;

impl Work<'_> {
    /// Reads what changed among issues and pull requests; true if anything did.
    pub(super) async fn things(&mut self) -> Result<bool, ProviderError> {
        let mut items = self.changed_things().await?;
        // Sorted by when they were made; what is read last must be what changed last.
        items.sort_by_key(|item| moment(item, "updated_at"));
        items.retain(|item| {
            let known = item["number"]
                .as_u64()
                .and_then(|number| self.place.lately.get(&number).copied());
            known.is_none() || known != moment(item, "updated_at")
        });
        let changed = !items.is_empty();
        for item in items {
            if !self.thing(&item).await? {
                // The next poll goes on from here; what is new by its number stays new until then.
                self.forget();
                return Ok(true);
            }
            let updated = moment(&item, "updated_at");
            self.place.things_until = self.place.things_until.max(updated);
            if let (Some(number), Some(updated)) = (item["number"].as_u64(), updated) {
                self.place.seen_number = self.place.seen_number.max(number);
                self.place.lately.insert(number, updated);
                self.listed.insert(number, item);
            }
        }
        self.forget();
        self.place.top_number = self.place.seen_number;
        Ok(changed)
    }

    async fn changed_things(&mut self) -> Result<Vec<Value>, ProviderError> {
        let since = match behind(self.place.things_until) {
            Some(since) => format!("&since={}", stamp(since)),
            None => String::new(),
        };
        let url = self.url(&format!("/issues?state=all{since}"));
        let mut items: Vec<Value> = Vec::new();
        // The first look is content with the newest page.
        let pages = if self.baseline { 1 } else { PAGES };
        for page in 1..=pages {
            let answer = self.api.get(&page_of(&url, page)).await?;
            if !answer.status.is_success() {
                return Err(unwatchable(&answer, self.name));
            }
            if self.baseline {
                // From here on, by the server's own clock.
                let date = answer.header("date").unwrap_or_default();
                self.place.things_until = jiff::fmt::rfc2822::parse(date)
                    .ok()
                    .map(|date| date.timestamp());
                self.place.comments_until = self.place.things_until;
                self.place.begun = self.place.things_until;
            }
            let read = members(&answer, None)?;
            let on_page = read.len();
            items.extend(read);
            if !has_next(&answer, items.len(), on_page) {
                break;
            }
        }
        Ok(items)
    }

    /// Of the things read only those are remembered that the next poll is told of again.
    fn forget(&mut self) {
        let from = behind(self.place.things_until);
        self.place.lately.retain(|_, at| Some(*at) >= from);
    }

    /// Reads one issue or pull request; false when this poll has asked enough.
    async fn thing(&mut self, item: &Value) -> Result<bool, ProviderError> {
        let Some(number) = item["number"].as_u64() else {
            return Ok(true);
        };
        if item["pull_request"].is_object() {
            return self.pull(number, item).await;
        }
        let open = item["state"] == "open";
        if number > self.place.top_number && (open || !self.baseline) {
            let created = moment(item, "created_at");
            let body = json!({"action": "opened", "issue": item, "sender": item["user"]});
            self.deliver("issues", &format!("issue/{number}/opened"), created, body);
        }
        if open {
            if self.place.note_open(number) {
                self.reopened(number, item).await?;
            }
        } else {
            let closed = moment(item, "closed_at");
            let key = format!("issue/{number}/closed/{}", second(closed));
            if self.place.note_closed(number, second(closed)) && self.is_news(closed) {
                let body = json!({"action": "closed", "issue": item});
                self.deliver("issues", &key, closed, body);
            }
        }
        Ok(true)
    }

    /// An issue that was closed is open: when that happened stands in its timeline.
    async fn reopened(&mut self, number: u64, item: &Value) -> Result<(), ProviderError> {
        let mut issue = item.clone();
        let mut sender = Value::Null;
        let since = self.since.map(stamp).unwrap_or_default();
        let url = self.url(&format!("/issues/{number}/timeline?since={since}&limit=50"));
        if let Some(answer) = self.spend(&url).await? {
            let entries = members(&answer, None)?;
            if let Some(entry) = entries.iter().rfind(|entry| entry["type"] == "reopen") {
                issue["updated_at"] = entry["created_at"].clone();
                sender = entry["user"].clone();
            }
        }
        let at = moment(&issue, "updated_at");
        let key = format!("issue/{number}/reopened/{}", second(at));
        let body = json!({"action": "reopened", "issue": issue, "sender": sender});
        self.deliver("issues", &key, at, body);
        Ok(())
    }
}

/// A moment as a parameter: whole seconds, in UTC.
pub(super) fn stamp(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.to_string()
}
