//! What a delivery means: Data Center's payloads read into Perch's words. Pure.
//!
//! Unknown fields, missing ones and values invented later never break it: what is not understood is no event. What a
//! poll found is shaped like the webhook about the same thing, and keys are made only from what both doors know.
//! Builds have no webhook; a poll shapes what is reported of them.

mod builds;
mod pulls;
mod pushes;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use serde_json::Value;

pub(super) use self::pulls::{fingerprint, head_branch};
use super::api::full_name;
use crate::payload::{mentions_with, number, text};
use crate::reading::Reading;

/// The events of a delivery.
pub(super) fn parse(connection: &Connection, delivery: &Delivery) -> Vec<Event> {
    let Ok(payload) = serde_json::from_slice::<Value>(&delivery.message.body) else {
        return Vec::new();
    };
    let repository = repository(&payload);
    let name = repository.and_then(full_name);
    let (Some(repository), Some(name)) = (repository, name) else {
        return Vec::new();
    };
    let Some(id) = number(repository, "/id") else {
        return Vec::new();
    };
    let reading = Reading::new(
        &payload,
        &format!("bitbucket-dc/{}", super::api::host(&connection.base_url)),
        id.to_string(),
        &name,
        text(&payload, "/defaultBranch"),
        delivery.received_at,
    );
    let kind = &delivery.message.kind;
    let kind = kind.strip_prefix("poll/").unwrap_or(kind);
    let found = match kind {
        "pr:comment:added" => pulls::comment(&reading).into_iter().collect(),
        "repo:refs_changed" => pushes::push(&reading),
        "build" => builds::build(&reading).into_iter().collect(),
        _ => match kind.strip_prefix("pr:") {
            Some(what) => pulls::pull_request(&reading, what).into_iter().collect(),
            None => Vec::new(),
        },
    };
    found
        .into_iter()
        .map(|found| reading.finish(found))
        .collect()
}

/// The repository a payload is about; of a pull request it is where that goes.
pub(super) fn repository(payload: &Value) -> Option<&Value> {
    payload
        .get("repository")
        .filter(|repository| repository.is_object())
        .or_else(|| payload.pointer("/pullRequest/toRef/repository"))
        .or_else(|| payload.get("new"))
}

/// The name of a person.
fn name(person: &Value) -> Option<String> {
    text(person, "/name")
        .or(text(person, "/slug"))
        .map(Into::into)
}

/// Who set it off.
fn actor(reading: &Reading<'_>) -> Option<String> {
    reading.payload.get("actor").and_then(name)
}

/// Names in a text; they may hold dots and underscores.
fn mentioned(words: &str) -> Vec<String> {
    mentions_with(words, &['.', '_'])
}

/// When a webhook was sent. It writes the offset without a colon.
fn sent(reading: &Reading<'_>) -> Option<Timestamp> {
    let text = text(reading.payload, "/date")?;
    text.parse().ok().or_else(|| {
        let (rest, minutes) = text.split_at_checked(text.len().checked_sub(2)?)?;
        format!("{rest}:{minutes}").parse().ok()
    })
}

/// True for the default branch. Webhooks do not name it; then the names it usually has must do.
fn is_default(reading: &Reading<'_>, branch: &str) -> bool {
    match reading.default_branch {
        Some(default) => default == branch,
        None => matches!(branch, "main" | "master"),
    }
}
