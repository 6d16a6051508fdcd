//! What senders of alerts have in common: how an incident is told as events, who is watched, and a provider that only
//! listens.

pub(crate) mod groups;

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::id::short_hash;
use perch_core::seam::provider::{
    About, Batch, Budget, Context, Cursor, Field, Probe, Provider, ProviderError,
};
use perch_core::seam::webhook::Webhook;
use perch_core::subject::Subject;
use perch_core::wildcard;
use serde_json::{Value, json};

use crate::facts::lacking;
use crate::series;

/// Instances kept of an incident.
pub(crate) const INSTANCES: usize = 50;

/// Characters kept of one text.
const TEXT: usize = 2_000;

/// Labels or annotations kept.
const LABELS: usize = 40;

/// The setting every sender has.
pub(crate) const SETTINGS: &[Field] = &[Field {
    key: series::REPOSITORY_KEY,
    label: "Repository",
    help: "The repository its alerts are about, as another connection watches it.",
    required: false,
}];

/// The secret every sender has; `webhook_secret_next` is tried too, so that it can be changed without a gap.
pub(crate) const fn secrets(help: &'static str) -> [Field; 2] {
    [
        Field {
            key: "webhook_secret",
            label: "Webhook secret",
            help,
            required: true,
        },
        Field {
            key: "webhook_secret_next",
            label: "Next webhook secret",
            help: "Believed beside the first, while you change it at the sender.",
            required: false,
        },
    ]
}

/// An incident as its sender tells it.
#[derive(Debug, Default)]
pub(crate) struct Incident {
    /// The sender's name for people.
    pub(crate) sender: &'static str,
    /// What tells it from other incidents of this connection, over and over again.
    pub(crate) identity: String,
    /// What tells this time from the next.
    pub(crate) episode: String,
    /// Its title.
    pub(crate) title: String,
    /// As the sender writes it.
    pub(crate) severity: Option<String>,
    /// What tells where it is.
    pub(crate) labels: BTreeMap<String, String>,
    /// What explains it.
    pub(crate) annotations: BTreeMap<String, String>,
    /// Its parts: a name and when each began; at most [`INSTANCES`].
    pub(crate) instances: Vec<(String, Timestamp)>,
    /// How many parts there are.
    pub(crate) count: usize,
    /// When it began.
    pub(crate) started: Timestamp,
    /// Where people look at it.
    pub(crate) url: Option<String>,
    /// What to do about it.
    pub(crate) runbook: Option<String>,
    /// A picture of it.
    pub(crate) dashboard: Option<String>,
    /// Who is on it.
    pub(crate) people: Vec<String>,
}

/// What is told of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// It stands; with a mark of its state, so that the same state is told once, if it may have changed since.
    Open(Option<String>),
    /// It changed.
    Changed(String, Timestamp),
    /// It is over.
    Over(Timestamp),
}

impl Incident {
    /// The events that `news` of it means.
    pub(crate) fn events(&self, connection: &Connection, news: &News) -> Vec<Event> {
        let event = |event_type: EventType, at: Timestamp, last: &str| {
            let place = format!(
                "{}\n{}\n{}",
                connection.id, connection.base_url, self.identity
            );
            let key = short_hash(&place, 16);
            let name = |text: &str| text.chars().take(TEXT).collect::<String>();
            let repository = series::repository(connection);
            Event {
                event_type,
                dedup_key: format!(
                    "{}/incident/{key}/{}/{last}",
                    connection.provider,
                    short_hash(&self.episode, 12)
                ),
                subject: Subject {
                    repository: repository
                        .clone()
                        .unwrap_or_else(|| connection.id.to_string()),
                    repository_key: connection.id.to_string(),
                    key: format!("incident/{key}"),
                    title: self.title.chars().take(200).collect(),
                    url: self.url.clone(),
                    ..Subject::default()
                },
                at,
                actor: None,
                involves: self.people.clone(),
                data: json!({"incident": {
                    "sender": self.sender,
                    "severity": self.severity,
                    "labels": few(&self.labels),
                    "annotations": few(&self.annotations),
                    "instances": self.instances.iter().take(INSTANCES).map(|(instance, since)| json!({
                        "name": name(instance),
                        "since": since,
                    })).collect::<Vec<_>>(),
                    "count": self.count,
                    "started_at": self.started,
                    "runbook": self.runbook,
                    "dashboard": self.dashboard,
                    "repository": repository,
                }}),
            }
        };
        match news {
            News::Open(state) => {
                let opened = event(EventType::INCIDENT_OPENED, self.started, "opened");
                let latest = self.instances.iter().map(|(_, since)| *since).max();
                let changed = state.as_ref().map(|state| {
                    let last = format!("updated/{}", short_hash(state, 12));
                    event(
                        EventType::INCIDENT_UPDATED,
                        latest.unwrap_or(self.started),
                        &last,
                    )
                });
                [opened].into_iter().chain(changed).collect()
            }
            News::Changed(state, at) => {
                let last = format!("updated/{}", short_hash(state, 12));
                vec![event(EventType::INCIDENT_UPDATED, *at, &last)]
            }
            News::Over(at) => vec![event(EventType::INCIDENT_RESOLVED, *at, "resolved")],
        }
    }
}

fn few(map: &BTreeMap<String, String>) -> BTreeMap<&String, String> {
    map.iter()
        .take(LABELS)
        .map(|(key, value)| (key, value.chars().take(TEXT).collect()))
        .collect()
}

/// The texts of an object.
pub(crate) fn texts(value: &Value, pointer: &str) -> BTreeMap<String, String> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// True if one of `names` is watched, by the patterns in `watch`.
pub(crate) fn is_watched(connection: &Connection, names: &[&str]) -> bool {
    connection
        .watch
        .iter()
        .any(|pattern| pattern == "*" || names.iter().any(|name| wildcard::is_named(pattern, name)))
}

/// A provider that asks nobody and only listens to what is sent.
pub(crate) struct Listener {
    pub(crate) id: &'static str,
    pub(crate) about: &'static About,
    pub(crate) webhook: &'static dyn Webhook,
    pub(crate) parse: fn(&Connection, &Delivery) -> Vec<Event>,
}

#[async_trait]
impl Provider for Listener {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static About {
        self.about
    }

    fn check(&self, connection: &Connection) -> Result<(), String> {
        check(connection, self.about)
    }

    async fn poll(
        &self,
        _ctx: &Context<'_>,
        cursor: Option<&Cursor>,
    ) -> Result<Batch, ProviderError> {
        Ok(Batch {
            cursor: json!(null),
            baseline: cursor.is_none(),
            wait: Some(SignedDuration::from_hours(24)),
            ..Batch::default()
        })
    }

    fn parse(&self, connection: &Connection, delivery: &Delivery) -> Vec<Event> {
        (self.parse)(connection, delivery)
    }

    async fn gather(
        &self,
        _ctx: &Context<'_>,
        _event: &Event,
        wants: &[Want],
        _budget: Budget,
        facts: &mut Facts,
    ) -> Result<(), ProviderError> {
        lacking(
            wants,
            "the sender of the alert keeps nothing of the kind",
            facts,
        );
        Ok(())
    }

    async fn probe(&self, ctx: &Context<'_>) -> Result<Probe, ProviderError> {
        Ok(vec![listens(ctx.connection, self.about)].into())
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(self.webhook)
    }
}

/// Where a connection listens, in words.
pub(crate) fn listens(connection: &Connection, about: &About) -> String {
    format!(
        "{} is to send to /webhooks/{} of the listener; nothing is asked there",
        about.name, connection.id
    )
}

/// Says what is wrong with a connection to a sender of alerts.
pub(crate) fn check(connection: &Connection, about: &About) -> Result<(), String> {
    series::known_settings(connection, about)?;
    match connection.watch.iter().find(|name| name.trim().is_empty()) {
        Some(_) => Err("`watch` holds an empty name; `*` stands for all alerts".into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use perch_core::id::{ConnectionId, UserId};

    use super::*;

    #[test]
    fn alerts_are_watched_by_names_with_patterns() {
        let mut connection = Connection::new(
            ConnectionId::new("alerts"),
            UserId::new("ada"),
            "alertmanager",
            "",
        );
        for (pattern, expected) in [
            ("*", true),
            ("HighLatency", true),
            ("high*", true),
            ("Low*", false),
            ("High", false),
        ] {
            connection.watch = vec![pattern.into()];
            assert_eq!(
                is_watched(&connection, &["HighLatency"]),
                expected,
                "{pattern}"
            );
        }
    }
}
