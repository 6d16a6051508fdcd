//! Issues, by their last change, and what was said and done on each that changed.

use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::{Value, json};

use super::look::{Work, moment};
use crate::http::address::part;
use crate::providers::bitbucket::parse::is_closed;

/// Issues of the page asked for at rest.
const NEWEST: usize = 50;

/// Issues of a page when catching up.
const PAGE: usize = 100;

/// Issues of the last moment before watching whose comments are asked for.
const EDGE: usize = 3;

/// Looks after which a repository without issues is asked for them again.
const ASK_AGAIN: u64 = 24;

impl Work<'_> {
    pub(super) async fn issues(&mut self) -> Result<(), ProviderError> {
        if self.place.no_issues && !self.round.is_multiple_of(ASK_AGAIN) {
            return Ok(());
        }
        let url = self.url(&format!("/issues?sort=-updated_on&pagelen={NEWEST}"));
        let Some((mut items, further)) = self.list(&url).await? else {
            self.place.no_issues = true;
            return Ok(());
        };
        self.place.no_issues = false;
        let mut until = self.place.issues.clone();
        let reached = items.last().is_some_and(|last| updated(last) < until.at);
        let mut whole = true;
        if further.is_none() || reached || self.baseline {
            items.reverse();
        } else {
            (items, whole) = self.catch_up(until.at).await?;
        }
        items.retain(|issue| !until.knows(issue, updated(issue)));
        let newest = items.iter().filter_map(updated).max();
        let edge: Vec<Value> = items
            .iter()
            .filter(|issue| self.baseline && updated(issue) == newest)
            .cloned()
            .collect();
        for issue in items {
            let Some(number) = issue["id"].as_u64() else {
                continue;
            };
            if !self.issue(number, &issue, &until).await? {
                whole = false;
                break;
            }
            until.read(&issue, updated(&issue));
            until.seen = until.seen.max(number);
        }
        if whole {
            until.settle();
        }
        self.place.issues = until;
        if self.baseline {
            // The list is read again from this moment on; what was said in it is no news then.
            for issue in edge.iter().take(EDGE) {
                let number = issue["id"].as_u64().unwrap_or_default();
                self.issue_comments(number, issue, newest).await?;
            }
        }
        Ok(())
    }

    /// What changed since, oldest change first, and whether it is all. What changes meanwhile moves to the end of the
    /// list and would make pages skip something, so it is read on by moment.
    async fn catch_up(
        &mut self,
        since: Option<Timestamp>,
    ) -> Result<(Vec<Value>, bool), ProviderError> {
        let mut since = since;
        let mut items = Vec::new();
        let mut next = None;
        loop {
            let url = next.take().unwrap_or_else(|| {
                let condition = since.map_or_else(String::new, |since| {
                    format!("&q={}", part(&format!("updated_on>=\"{since}\"")))
                });
                self.url(&format!(
                    "/issues?sort=updated_on&pagelen={PAGE}{condition}"
                ))
            });
            if !self.may() {
                return Ok((items, false));
            }
            let Some((page, further)) = self.list(&url).await? else {
                return Ok((items, false));
            };
            let last = page.last().and_then(updated);
            items.extend(page);
            if further.is_none() {
                return Ok((items, true));
            }
            if last > since {
                since = last;
            } else {
                // A whole page of one moment: only here its address must do.
                next = further;
            }
        }
    }

    /// What an issue shows that it did not show before; false when this look has asked enough.
    async fn issue(
        &mut self,
        number: u64,
        issue: &Value,
        until: &crate::seen::Until,
    ) -> Result<bool, ProviderError> {
        let closed = issue["state"].as_str().is_some_and(is_closed);
        let (created, changed) = (moment(issue, "created_on"), updated(issue));
        let is_new = number > until.top && (until.whole.is_none() || created >= until.whole);
        if self.baseline {
            if closed {
                self.place.note_closed(number);
            } else {
                self.issue_opened(number, issue);
            }
            return Ok(true);
        }
        if is_new {
            self.issue_opened(number, issue);
        }
        if closed != self.place.closed.contains(&number) {
            if !self.state(number, issue, closed, until.whole).await? {
                return Ok(false);
            }
            if closed {
                self.place.note_closed(number);
            } else {
                self.place.note_open(number);
            }
        }
        if is_new && created == changed {
            return Ok(true);
        }
        self.issue_comments(number, issue, until.whole).await
    }

    fn issue_opened(&mut self, number: u64, issue: &Value) {
        let body = json!({"actor": issue["reporter"], "issue": issue});
        let at = moment(issue, "created_on");
        self.deliver("issue:created", &format!("issue/{number}/opened"), at, body);
    }

    /// An issue was closed or opened again: when, and by whom, stands in its changes.
    async fn state(
        &mut self,
        number: u64,
        issue: &Value,
        closed: bool,
        since: Option<Timestamp>,
    ) -> Result<bool, ProviderError> {
        if !self.may() {
            return Ok(false);
        }
        let rest = format!("/issues/{number}/changes?sort=-created_on&pagelen=50");
        let Some((changes, _)) = self.list(&self.url(&rest)).await? else {
            return Ok(true);
        };
        let state = |change: &Value, side: &str| {
            let state = change.pointer(&format!("/changes/state/{side}"));
            state.and_then(Value::as_str).map(is_closed)
        };
        let change = changes.iter().find(|change| {
            state(change, "old") == Some(!closed) && state(change, "new") == Some(closed)
        });
        let Some(change) = change else {
            return Ok(true);
        };
        let at = moment(change, "created_on");
        // One that was closed before watching began, or long ago, is no news.
        if at < since {
            return Ok(true);
        }
        let body = json!({
            "actor": change["user"],
            "issue": issue,
            "changes": {"status": change["changes"]["state"]},
            "comment": {"created_on": change["created_on"]},
        });
        let done = if closed { "closed" } else { "reopened" };
        let second = at.map_or(0, Timestamp::as_second);
        let key = format!("issue/{number}/{done}/{second}");
        self.deliver("issue:updated", &key, at, body);
        Ok(true)
    }

    async fn issue_comments(
        &mut self,
        number: u64,
        issue: &Value,
        since: Option<Timestamp>,
    ) -> Result<bool, ProviderError> {
        let condition = since.map_or_else(String::new, |since| {
            format!("&q={}", part(&format!("created_on>=\"{since}\"")))
        });
        let rest = format!("/issues/{number}/comments?sort=created_on&pagelen=100{condition}");
        let mut next = Some(self.url(&rest));
        while let Some(url) = next.take() {
            if !self.may() {
                return Ok(false);
            }
            let Some((comments, further)) = self.list(&url).await? else {
                break;
            };
            for comment in comments {
                let Some(id) = comment["id"].as_u64() else {
                    continue;
                };
                let body = json!({"actor": comment["user"], "issue": issue, "comment": comment});
                let key = format!("issue/{number}/comment/{id}");
                if self.baseline {
                    self.place.told.tell(&key);
                    continue;
                }
                let at = moment(&comment, "created_on");
                self.deliver("issue:comment_created", &key, at, body);
            }
            next = further;
        }
        Ok(true)
    }
}

/// When it last changed.
fn updated(issue: &Value) -> Option<Timestamp> {
    moment(issue, "updated_on")
}
