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
        let repository = payload.get("repository")?;
        let id = number(repository, "/id")?;
        let host = super::api::host(&connection.base_url);
        Some(Self {
            payload,
            prefix: format!("github/{host}/{id}"),
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
