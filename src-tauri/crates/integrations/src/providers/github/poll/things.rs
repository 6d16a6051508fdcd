//! Issues, and the list that tells of pull requests too.

use http::StatusCode;
use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment, second};
use crate::providers::github::api::{read, unwatchable};

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
        let Some(first) = self.ask(&url).await? else {
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
        for item in items.into_iter().rev() {
            if !self.thing(&item).await? {
                // The next poll goes on from here; what is new by its number stays new until then.
                return Ok(true);
            }
            self.place.things_until = self.place.things_until.max(moment(&item, "updated_at"));
            if let Some(number) = item["number"].as_u64() {
                self.place.seen_number = self.place.seen_number.max(number);
                self.listed.insert(number, item);
            }
        }
        self.place.top_number = self.place.seen_number;
        self.remember(&url, &first);
        Ok(true)
    }

    /// The items of a list sorted by their last change, newest first, as far back as `until`.
    pub(super) async fn back_to(
        &mut self,
        first: &crate::http::Answer,
        until: Option<Timestamp>,
    ) -> Result<Vec<Value>, ProviderError> {
        let mut items: Vec<Value> = read(first)?;
        let mut next = first.next_page();
        for _ in 1..PAGES {
            let oldest = items.last().and_then(|item| moment(item, "updated_at"));
            // The first look is content with the newest page; where there was nothing then, everything is new.
            let Some(url) = next.filter(|_| !self.baseline) else {
                break;
            };
            if until.is_some_and(|until| oldest.is_none_or(|oldest| oldest < until)) {
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
            if self.is_closing(number, closed) {
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

    /// True if the closing of `number` at this moment was not there before the last poll.
    pub(super) fn is_closing(&self, number: u64, at: Option<Timestamp>) -> bool {
        // Moments are as fine as seconds: within the last one only what was open then is news.
        let known = at == self.since && self.place.closed.contains(&number);
        self.is_news(at) && !known
    }

    /// True for what happened since the poll before.
    pub(super) fn is_news(&self, at: Option<Timestamp>) -> bool {
        !self.baseline && at >= self.since && at.is_some()
    }
}
