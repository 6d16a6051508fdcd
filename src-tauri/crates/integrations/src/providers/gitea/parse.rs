//! What a delivery means: payloads of Gitea and Forgejo read into Perch's words. Pure.
//!
//! Servers name one message differently in their headers (`X-Gitea-Event`, `X-Gitea-Event-Type`) and over their
//! versions, so it is what a payload holds that tells what it is. What a poll found is shaped like the webhook
//! about the same thing, and keys are made only from what both doors know.

pub(super) mod builds;
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
    let kind = kind.strip_prefix("poll/").unwrap_or(kind);
    let found = match kind {
        "push" => pushes::push(&reading),
        "release" => pushes::release(&reading),
        "status" => builds::status(&reading),
        _ if kind == "workflow_run" || kind.starts_with("action_run") => builds::run(&reading),
        _ if kind.starts_with("pull_request") || kind.starts_with("issue") => {
            if reading.get("comment").is_some() {
                issues::comment(&reading)
            } else if reading.get("review").is_some() {
                pulls::review(&reading)
            } else if reading.get("pull_request").is_some() {
                pulls::pull_request(&reading)
            } else {
                issues::issue(&reading)
            }
        }
        _ => None,
    }?;
    Some(reading.finish(found))
}

/// The repository a payload is about. Forgejo puts it into the run of a finished action.
pub(super) fn repository(payload: &Value) -> Option<&Value> {
    payload
        .get("repository")
        .filter(|repository| repository.is_object())
        .or_else(|| payload.pointer("/run/repository"))
}

/// The payload with the repository it is about.
fn reading<'a>(
    connection: &Connection,
    payload: &'a Value,
    received_at: Timestamp,
) -> Option<Reading<'a>> {
    let repository = repository(payload)?;
    Some(Reading::new(
        payload,
        &format!("gitea/{}", super::api::host(&connection.base_url)),
        number(repository, "/id")?.to_string(),
        text(repository, "/full_name")?,
        text(repository, "/default_branch"),
        received_at,
    ))
}
