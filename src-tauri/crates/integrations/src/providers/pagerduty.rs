//! Provider `pagerduty`: incidents, as its webhooks of version 3 tell them.
//!
//! Source: PagerDuty/developer-docs docs/webhooks/04-Signatures.md and the v3 webhook payloads.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Delivery, NewDelivery};
use perch_core::event::Event;
use perch_core::seam::provider::{About, Field};
use perch_core::seam::webhook::{Malformed, Unverified, Webhook};
use secrecy::SecretString;
use serde_json::Value;

use crate::alerts::{Incident, Listener, News, SETTINGS, is_watched, secrets};
use crate::payload::{list, moment, text};
use crate::signed;

/// Signatures, each after `v1=`; several while a secret is exchanged.
const SIGNATURES: &str = "x-pagerduty-signature";

/// Signatures tried of one request.
const MOST: usize = 8;

static SECRETS: [Field; 2] =
    secrets("The secret that was shown once when the webhook subscription was made.");

static ABOUT: About = About {
    name: "PagerDuty",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M4.5 14v-3.5M4.5 8V2.25h4a3 3 0 0 1 0 6z"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "names of services, or * for all",
    secrets: &SECRETS,
    settings: SETTINGS,
    scopes: &[],
    local: false,
};

pub(super) static PROVIDER: Listener = Listener {
    id: "pagerduty",
    about: &ABOUT,
    webhook: &PagerDutyWebhook,
    parse,
};

struct PagerDutyWebhook;

impl Webhook for PagerDutyWebhook {
    fn family(&self) -> &'static str {
        "pagerduty"
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        _now: Timestamp,
    ) -> Result<(), Unverified> {
        let signatures = signed::header(headers, SIGNATURES).ok_or(Unverified::Missing)?;
        signatures
            .split(',')
            .filter_map(|one| one.trim().strip_prefix("v1="))
            .take(MOST)
            .find_map(|one| signed::verify_hex(one, body, secret).ok())
            .ok_or(Unverified::Wrong)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        signed::told_in_body(headers, body, "/event/event_type", Some("/event/id"))
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let Ok(message) = serde_json::from_slice::<Value>(&message.body) else {
            return false;
        };
        let names: Vec<&str> = text(&message, "/event/data/service/summary")
            .into_iter()
            .collect();
        is_watched(connection, &names)
    }
}

fn parse(connection: &Connection, delivery: &Delivery) -> Vec<Event> {
    let Ok(message) = serde_json::from_slice::<Value>(&delivery.message.body) else {
        return Vec::new();
    };
    read(connection, &message).unwrap_or_default()
}

fn read(connection: &Connection, message: &Value) -> Option<Vec<Event>> {
    let event = message.get("event")?;
    let kind = text(event, "/event_type")?;
    let at = moment(event, "/occurred_at")?;
    let data = event
        .get("data")
        .filter(|data| data["type"] == "incident")?;
    let id = text(data, "/id")?;
    let news = match kind {
        "incident.triggered" => News::Open(None),
        "incident.resolved" => News::Over(at),
        "incident.acknowledged"
        | "incident.delegated"
        | "incident.escalated"
        | "incident.priority_updated"
        | "incident.reassigned"
        | "incident.reopened"
        | "incident.unacknowledged" => News::Changed(format!("{kind}/{at}"), at),
        _ => return None,
    };
    let service = text(data, "/service/summary").unwrap_or_default();
    let incident = Incident {
        sender: ABOUT.name,
        identity: id.to_owned(),
        // An incident has an id of its own, and is over once.
        episode: id.to_owned(),
        title: text(data, "/title").unwrap_or("Incident").to_owned(),
        severity: text(data, "/priority/summary")
            .or(text(data, "/urgency"))
            .map(str::to_owned),
        labels: [("service".to_owned(), service.to_owned())].into(),
        started: moment(data, "/created_at").unwrap_or(at),
        url: text(data, "/html_url").map(str::to_owned),
        people: list(data, "/assignees")
            .filter_map(|one| text(one, "/summary"))
            .take(20)
            .map(str::to_owned)
            .collect(),
        count: 1,
        ..Incident::default()
    };
    Some(incident.events(connection, &news))
}
