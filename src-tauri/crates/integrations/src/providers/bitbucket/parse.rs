//! What a delivery means: Bitbucket's payloads read into Perch's words. Pure.
//!
//! Unknown fields, missing ones and values Bitbucket invents later never break it: what is not understood is no event.
//! What a poll found is shaped like the webhook about the same thing, so there is one way to read both, and keys are
//! made only from what both doors know.

mod builds;
mod issues;
mod pulls;
mod pushes;
mod shape;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use serde_json::Value;

pub(super) use self::builds::build_number;
pub(super) use self::issues::is_closed;
pub(super) use self::pulls::fingerprint;
pub(super) use self::shape::name;
use super::api::bare;
use crate::payload::text;
use crate::reading::Reading;

/// The events of a delivery.
pub(super) fn parse(connection: &Connection, delivery: &Delivery) -> Vec<Event> {
    let Ok(payload) = serde_json::from_slice::<Value>(&delivery.message.body) else {
        return Vec::new();
    };
    let Some(reading) = reading(connection, &payload, delivery.received_at) else {
        return Vec::new();
    };
    let kind = &delivery.message.kind;
    let (family, what) = kind
        .strip_prefix("poll/")
        .unwrap_or(kind)
        .split_once(':')
        .unwrap_or_default();
    let found = match (family, what) {
        ("pullrequest", "comment_created") => pulls::comment(&reading).into_iter().collect(),
        ("pullrequest", what) => pulls::pull_request(&reading, what).into_iter().collect(),
        ("issue", what) => issues::issue(&reading, what),
        ("repo", "push") => pushes::push(&reading),
        ("repo", "commit_status_created" | "commit_status_updated") => {
            builds::status(&reading).into_iter().collect()
        }
        ("repo", "pipeline") => builds::pipeline(&reading).into_iter().collect(),
        _ => Vec::new(),
    };
    found
        .into_iter()
        .map(|found| reading.finish(found))
        .collect()
}

/// The payload with the repository it is about.
fn reading<'a>(
    connection: &Connection,
    payload: &'a Value,
    received_at: Timestamp,
) -> Option<Reading<'a>> {
    Some(Reading::new(
        payload,
        &format!("bitbucket/{}", super::api::host(&connection.base_url)),
        bare(text(payload, "/repository/uuid")?).to_owned(),
        text(payload, "/repository/full_name")?,
        text(payload, "/repository/mainbranch/name"),
        received_at,
    ))
}
