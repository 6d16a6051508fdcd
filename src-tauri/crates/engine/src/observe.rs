//! `observe`: what nobody sends but time brings about. Pure: stored state and `now` in, deliveries out.
//!
//! A pull request nobody moved for long is stale. What a provider itself can see (a stale branch) it sends.

use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::{Event, EventRow};
use perch_core::event_type::EventType;
use perch_core::id::UserId;
use perch_core::seam::delivery_log::Arrival;
use perch_store::db::StoreError;
use perch_store::table::{deliveries, events};

use crate::engine::Engine;
use crate::log;

/// Stale pull requests among `latest`, the newest event of each pull request, as deliveries.
pub(crate) fn observe(latest: &[EventRow], stale_days: u32, now: Timestamp) -> Vec<NewDelivery> {
    let limit = SignedDuration::from_hours(24 * i64::from(stale_days));
    latest
        .iter()
        .filter(|row| {
            matches!(
                row.event.event_type,
                EventType::PR_OPENED | EventType::PR_UPDATED
            )
        })
        .filter(|row| now.duration_since(row.event.at) >= limit)
        .filter_map(|row| {
            let moved = row.event.at;
            let event = Event {
                event_type: EventType::PR_STALE,
                dedup_key: stale_key(&row.event),
                at: moved + limit,
                actor: None,
                ..row.event.clone()
            };
            Some(NewDelivery {
                door: Door::Observe,
                kind: EventType::PR_STALE.as_str().into(),
                external_id: Some(event.dedup_key.clone()),
                body: serde_json::to_vec(&event).ok()?.into(),
            })
        })
        .collect()
}

impl Engine {
    /// Looks at the store for what only time brought about. Returns how many deliveries are new.
    pub(crate) async fn step_observe(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        if !self.observation_is_due(user, now) {
            return Ok(0);
        }
        let stale_days = self.setup().preferences.stale_days;
        let of = user.clone();
        let latest = self
            .db
            .read(move |db| events::latest_of_pulls(db, &of))
            .await?;
        let arrivals: Vec<Arrival> = latest
            .iter()
            .flat_map(|row| {
                observe(std::slice::from_ref(row), stale_days, now)
                    .into_iter()
                    .map(|message| Arrival {
                        user_id: row.user_id.clone(),
                        connection_id: row.connection_id.clone(),
                        message,
                    })
            })
            .collect();
        if arrivals.is_empty() {
            return Ok(0);
        }
        self.db
            .write(move |db| {
                let mut added = 0;
                for (number, arrival) in arrivals.into_iter().enumerate() {
                    let receipt =
                        deliveries::insert(db, &log::delivery(arrival, now, number), false)?;
                    added += usize::from(!receipt.repeat);
                }
                Ok(added)
            })
            .await
    }
}

/// The key of "nobody moved it since": a later movement makes another.
fn stale_key(event: &Event) -> String {
    let thing: Vec<&str> = event.dedup_key.splitn(4, '/').collect();
    let repository = thing
        .get(..3)
        .map_or_else(|| event.dedup_key.clone(), |parts| parts.join("/"));
    format!(
        "{repository}/{}/stale/{}",
        event.subject.key,
        event.at.as_second()
    )
}
