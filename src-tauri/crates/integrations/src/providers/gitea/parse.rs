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
use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value};

pub(super) use self::pulls::fingerprint;
use crate::payload::{PEOPLE, bounded, login, number, text};

/// The event of a delivery, if it means one.
pub(super) fn parse(connection: &Connection, delivery: &Delivery) -> Option<Event> {
    let payload: Value = serde_json::from_slice(&delivery.message.body).ok()?;
    let kind = &delivery.message.kind;
    let reading = Reading::new(connection, &payload, delivery.received_at)?;
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

/// A payload and the repository it is about.
struct Reading<'a> {
    payload: &'a Value,
    /// The beginning of every key: provider, host and the repository's number.
    prefix: String,
    /// The repository's number.
    id: u64,
    /// `owner/name`.
    full_name: &'a str,
    default_branch: Option<&'a str>,
    received_at: Timestamp,
}

/// What a payload means, before it is an event.
struct Found {
    event_type: EventType,
    /// The key after the prefix.
    key: String,
    subject: Subject,
    at: Option<Timestamp>,
    actor: Option<String>,
    involves: Vec<String>,
    /// What analysers read, by name.
    data: Map<String, Value>,
}

impl<'a> Reading<'a> {
    fn new(connection: &Connection, payload: &'a Value, received_at: Timestamp) -> Option<Self> {
        let repository = repository(payload)?;
        let id = number(repository, "/id")?;
        let host = super::api::host(&connection.base_url);
        Some(Self {
            payload,
            prefix: format!("gitea/{host}/{id}"),
            id,
            full_name: text(repository, "/full_name")?,
            default_branch: text(repository, "/default_branch"),
            received_at,
        })
    }

    fn action(&self) -> &'a str {
        text(self.payload, "/action").unwrap_or_default()
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.payload.get(name).filter(|value| value.is_object())
    }

    fn sender(&self) -> Option<String> {
        self.payload.get("sender").and_then(login)
    }

    /// A subject in this repository.
    fn subject(&self, key: String, title: &str) -> Subject {
        Subject {
            repository: self.full_name.to_owned(),
            repository_key: self.id.to_string(),
            key,
            title: title.to_owned(),
            ..Subject::default()
        }
    }

    fn finish(&self, found: Found) -> Event {
        let mut data = found.data;
        data.insert("payload".into(), bounded(self.payload));
        let mut involves: Vec<String> = Vec::new();
        for person in found.involves {
            let known = involves.iter().any(|one| one.eq_ignore_ascii_case(&person));
            if !known && involves.len() < PEOPLE {
                involves.push(person);
            }
        }
        Event {
            event_type: found.event_type,
            dedup_key: format!("{}/{}", self.prefix, found.key),
            subject: found.subject,
            at: found.at.unwrap_or(self.received_at),
            actor: found.actor,
            involves,
            data: data.into(),
        }
    }
}
