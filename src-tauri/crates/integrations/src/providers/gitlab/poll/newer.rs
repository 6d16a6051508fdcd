//! A list ordered by last change, read on from where the last poll stopped.
//!
//! At rest the newest page is asked for by an address that never changes, so that its validators stay good. What
//! does not fit it is read oldest first, by moment and not by page: whatever changes meanwhile moves to the end of
//! the list and would make page numbers skip something. So a poll may stop anywhere and the next goes on there.

use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::look::{Work, moment};
use crate::providers::gitlab::api::read;
use crate::seen::Until;

/// Members of the page asked for at rest.
const NEWEST: usize = 20;

/// Members of a page when catching up.
const PAGE: usize = 100;

/// What is new in a list.
pub(super) struct Newer {
    /// What changed since, oldest change first.
    pub(super) items: Vec<Value>,
    /// True when nothing is left for the next poll.
    pub(super) whole: bool,
}

impl Work<'_> {
    /// What changed in the list at `rest`, which has a query already; nothing if nothing did.
    pub(super) async fn newer(
        &mut self,
        rest: &str,
        until: &Until,
    ) -> Result<Option<Newer>, ProviderError> {
        let ordered = format!("{rest}&order_by=updated_at");
        let url = self.url(&format!("{ordered}&sort=desc&per_page={NEWEST}"));
        let Some(answer) = self.changed(&url).await? else {
            return Ok(None);
        };
        let mut items: Vec<Value> = read(&answer)?;
        let fits = items.len() < NEWEST
            || self.baseline
            || until
                .at
                .is_some_and(|at| items.last().and_then(updated).is_some_and(|last| last < at));
        if fits {
            items.reverse();
            self.remember(&url, &answer);
            items.retain(|item| !until.knows(item, updated(item)));
            return Ok(Some(Newer { items, whole: true }));
        }
        let mut newer = self.catch_up(&ordered, until.at).await?;
        newer.items.retain(|item| !until.knows(item, updated(item)));
        Ok(Some(newer))
    }

    async fn catch_up(
        &mut self,
        ordered: &str,
        since: Option<Timestamp>,
    ) -> Result<Newer, ProviderError> {
        let mut since = since;
        let mut items = Vec::new();
        let mut next = None;
        loop {
            let url = next.take().unwrap_or_else(|| {
                let from = since.map_or_else(String::new, |at| format!("&updated_after={at}"));
                self.url(&format!("{ordered}&sort=asc&per_page={PAGE}{from}"))
            });
            if !self.purse.spend() {
                return Ok(Newer {
                    items,
                    whole: false,
                });
            }
            let answer = self.api.get(&url).await?;
            if !answer.status.is_success() {
                return Ok(Newer {
                    items,
                    whole: false,
                });
            }
            let page: Vec<Value> = read(&answer)?;
            let (count, last) = (page.len(), page.last().and_then(updated));
            items.extend(page);
            if count < PAGE {
                return Ok(Newer { items, whole: true });
            }
            if last > since {
                since = last;
            } else {
                // A whole page of one moment: only here its number must do.
                next = answer.next_page();
                if next.is_none() {
                    return Ok(Newer { items, whole: true });
                }
            }
        }
    }
}

/// When it last changed.
pub(super) fn updated(item: &Value) -> Option<Timestamp> {
    moment(item, "updated_at")
}
