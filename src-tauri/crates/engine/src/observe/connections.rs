//! What is told of connections themselves: a token that ends soon, a first look that is done. Pure.

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::{Connection, Standing};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::seam::delivery_log::Arrival;
use perch_core::subject::Subject;
use serde_json::json;

/// How long before its end a token is told of.
const BEFORE_END: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That the token of `connection` ends within days, if it does. Known by the end itself, so that it is told once.
pub(super) fn token_ending(
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
