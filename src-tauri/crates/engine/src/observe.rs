//! `observe`: what nobody sends but time brings about. Pure: stored state and `now` in, deliveries out.
//!
//! A pull request nobody moved for long is stale; a token ends within days. What a provider itself can see (a stale
//! branch) it sends.

use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::{Event, EventRow};
use perch_core::event_type::EventType;
use perch_core::id::UserId;
use perch_core::seam::delivery_log::Arrival;
use perch_store::db::StoreError;
use perch_store::table::{deliveries, events};

use perch_core::connection::{Connection, Standing};
use perch_core::subject::Subject;
use perch_store::table::connections;
use serde_json::json;

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

/// How long before its end a token is told of.
const BEFORE_END: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That the token of `connection` ends within days, if it does. Known by the end itself, so that it is told once.
fn token_ending(
    connection: &Connection,
    forge: &str,
    standing: &Standing,
    now: Timestamp,
) -> Option<NewDelivery> {
    let ends = standing.token_ends?;
    if ends <= now || ends.duration_since(now) > BEFORE_END {
        return None;
    }
    let watches = match connection.watch.as_slice() {
        [one] => format!("`{one}`"),
        many => format!("{} repositories", many.len()),
    };
    let data = json!({"token": {
        "connection": connection.id,
        "provider": connection.provider,
        "forge": forge,
        "watches": watches,
        "ends": ends,
    }});
    let key = format!("schedule/{}/token/{}", connection.id, ends.as_second());
    Some(told(
        connection,
        EventType::TOKEN_ENDING,
        key,
        "token",
        data,
        now,
    ))
}

/// That the first look of `connection` is done: `found` things were there already.
pub(crate) fn baseline_taken(
    connection: &Connection,
    standing: &Standing,
    found: u32,
    now: Timestamp,
) -> Arrival {
    let data = json!({"baseline": {
        "repositories": connection.watch.len(),
        "found": found,
        "hurdles": standing.hurdles,
    }});
    let key = format!("schedule/{}/baseline/{}", connection.id, now.as_second());
    Arrival {
        user_id: connection.user_id.clone(),
        connection_id: connection.id.clone(),
        message: told(
            connection,
            EventType::BASELINE_TAKEN,
            key,
            "baseline",
            data,
            now,
        ),
    }
}

/// Something about a connection itself, as a delivery.
fn told(
    connection: &Connection,
    event_type: EventType,
    dedup_key: String,
    subject: &str,
    data: serde_json::Value,
    now: Timestamp,
) -> NewDelivery {
    let event = Event {
        event_type,
        dedup_key: dedup_key.clone(),
        subject: Subject {
            repository: connection.id.to_string(),
            repository_key: connection.id.to_string(),
            key: subject.to_owned(),
            title: connection.id.to_string(),
            ..Subject::default()
        },
        at: now,
        actor: None,
        involves: Vec::new(),
        data,
    };
    NewDelivery {
        door: Door::Observe,
        kind: event_type.as_str().into(),
        external_id: Some(dedup_key),
        body: serde_json::to_vec(&event)
            .expect("texts and numbers have a JSON")
            .into(),
    }
}

impl Engine {
    /// What time brought about for the connections of `user` themselves.
    async fn observe_connections(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<Arrival>, StoreError> {
        let setup = self.setup();
        let mut arrivals = Vec::new();
        for connection in setup.connections_of(user) {
            let id = connection.id.clone();
            let row = self.db.read(move |db| connections::get(db, &id)).await?;
            let forge = self
                .provider(&connection.provider)
                .map_or(connection.provider.as_str(), |provider| {
                    provider.about().name
                });
            let message = row.and_then(|row| token_ending(connection, forge, &row.standing, now));
            arrivals.extend(message.map(|message| Arrival {
                user_id: user.clone(),
                connection_id: connection.id.clone(),
                message,
            }));
        }
        Ok(arrivals)
    }

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
        let mut arrivals = self.observe_connections(user, now).await?;
        let stale = latest.iter().flat_map(|row| {
            observe(std::slice::from_ref(row), stale_days, now)
                .into_iter()
                .map(|message| Arrival {
                    user_id: row.user_id.clone(),
                    connection_id: row.connection_id.clone(),
                    message,
                })
        });
        arrivals.extend(stale);
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
