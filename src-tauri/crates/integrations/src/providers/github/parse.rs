//! What a delivery means: GitHub's payloads read into Perch's words. Pure.
//!
//! Unknown fields, missing ones and values GitHub invents later never break it: what is not understood is no
//! event. What a poll found is shaped like the webhook about the same thing, so there is one way to read both,
//! and keys are made only from what both doors know.

mod builds;
mod issues;
mod pulls;
mod pushes;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use serde_json::Value;

pub(super) use self::pulls::fingerprint;
use crate::payload::{number, text};
use crate::reading::{Found, Reading};

/// The event of a delivery, if it means one.
pub(super) fn parse(connection: &Connection, delivery: &Delivery) -> Option<Event> {
    let payload: Value = serde_json::from_slice(&delivery.message.body).ok()?;
    let kind = &delivery.message.kind;
    let reading = reading(connection, &payload, delivery.received_at)?;
    let found = match kind.strip_prefix("poll/").unwrap_or(kind) {
        "pull_request" => pulls::pull_request(&reading),
        "pull_request_review" => pulls::review(&reading),
        "pull_request_review_comment" => pulls::review_comment(&reading),
        "push" => pushes::push(&reading),
        "release" => pushes::release(&reading),
        "workflow_run" => builds::workflow_run(&reading),
        "check_run" => builds::check_run(&reading),
        "status" => builds::status(&reading),
        "issues" => issues::issue(&reading),
        "issue_comment" => issues::comment(&reading),
        _ => None,
    }?;
    Some(reading.finish(found))
}

/// The payload with the repository it is about.
fn reading<'a>(
    connection: &Connection,
    payload: &'a Value,
    received_at: Timestamp,
) -> Option<Reading<'a>> {
    let repository = payload.get("repository")?;
    Some(Reading::new(
        payload,
        &format!("github/{}", super::api::host(&connection.base_url)),
        number(repository, "/id")?.to_string(),
        text(repository, "/full_name")?,
        text(repository, "/default_branch"),
        received_at,
    ))
}
