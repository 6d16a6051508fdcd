//! A payload being read, and what it was found to mean. Pure.

use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::subject::Subject;
use serde_json::{Map, Value};

use crate::payload::{PEOPLE, bounded, login, text};

/// Bytes of a name at most; git and forges allow less.
const NAME: usize = 1_000;

/// Characters of a title kept.
const TITLE: usize = 1_000;

/// Bytes of a key that are kept as they are.
const KEY: usize = 600;

/// A payload and the repository it is about.
pub(crate) struct Reading<'a> {
    pub(crate) payload: &'a Value,
    /// The beginning of every key: provider, host and the repository's own number.
    prefix: String,
    /// What the repository keeps when it is renamed.
    pub(crate) id: String,
    /// Its name for people.
    full_name: &'a str,
    pub(crate) default_branch: Option<&'a str>,
    received_at: Timestamp,
}

/// What a payload means, before it is an event.
pub(crate) struct Found {
    pub(crate) event_type: EventType,
    /// The key after the prefix.
    pub(crate) key: String,
    pub(crate) subject: Subject,
    pub(crate) at: Option<Timestamp>,
    pub(crate) actor: Option<String>,
    pub(crate) involves: Vec<String>,
    /// What analysers read, by name.
    pub(crate) data: Map<String, Value>,
}

impl<'a> Reading<'a> {
    /// A payload about the repository `id`, called `full_name`, of `server`: `gitlab/git.acme.com`.
    pub(crate) fn new(
        payload: &'a Value,
        server: &str,
        id: String,
        full_name: &'a str,
        default_branch: Option<&'a str>,
        received_at: Timestamp,
    ) -> Self {
        Self {
            payload,
            prefix: format!("{server}/{id}"),
            id,
            full_name,
            default_branch,
            received_at,
        }
    }

    /// What is told to have been done, where that stands at the top.
    pub(crate) fn action(&self) -> &'a str {
        text(self.payload, "/action").unwrap_or_default()
    }

    /// A part of the payload that is an object.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.payload.get(name).filter(|value| value.is_object())
    }

    /// Who set it off, where that stands at the top.
    pub(crate) fn sender(&self) -> Option<String> {
        self.payload.get("sender").and_then(login)
    }

    /// A subject in this repository.
    pub(crate) fn subject(&self, key: String, title: &str) -> Subject {
        Subject {
            repository: self.full_name.to_owned(),
            repository_key: self.id.clone(),
            key,
            title: title.to_owned(),
            ..Subject::default()
        }
    }

    /// The event of what was found.
    pub(crate) fn finish(&self, found: Found) -> Event {
        let data = found.data.into_iter();
        let mut data: Map<String, Value> =
            data.map(|(name, field)| (name, bounded(&field))).collect();
        data.insert("payload".into(), bounded(self.payload));
        let mut involves: Vec<String> = Vec::new();
        for person in found.involves {
            let known = involves.iter().any(|one| one.eq_ignore_ascii_case(&person));
            if !known && involves.len() < PEOPLE && person.len() <= NAME {
                involves.push(person);
            }
        }
        Event {
            event_type: found.event_type,
            dedup_key: format!("{}/{}", self.prefix, key(&found.key)),
            subject: within_bounds(found.subject),
            at: found.at.unwrap_or(self.received_at),
            actor: found.actor.filter(|name| name.len() <= NAME),
            involves,
            data: data.into(),
        }
    }
}

/// A key that is short enough to be one: of a longer one a part, and what tells it from all others.
fn key(key: &str) -> String {
    if key.len() <= KEY {
        return key.to_owned();
    }
    let kept: String = key.chars().take(KEY / 8).collect();
    format!("{kept}~{}", short_hash(key, 32))
}

/// The subject without what no forge would let be so long.
fn within_bounds(subject: Subject) -> Subject {
    let name = |name: Option<String>| name.filter(|name| name.len() <= NAME);
    let mut title = subject.title;
    if let Some((end, _)) = title.char_indices().nth(TITLE) {
        title.truncate(end);
        title.push('…');
    }
    Subject {
        title,
        key: key(&subject.key),
        branch: name(subject.branch),
        base_branch: name(subject.base_branch),
        commit: name(subject.commit),
        before: name(subject.before),
        url: name(subject.url),
        ..subject
    }
}
