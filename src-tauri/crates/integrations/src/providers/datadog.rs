//! Provider `datadog`: monitors' alerts, sent by its webhooks integration with the payload `docs/guide/datadog.md` gives.
//!
//! It signs nothing; the secret is sent as a custom header. Source: docs.datadoghq.com/integrations/webhooks.

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
use crate::payload::text;
use crate::signed;

static SECRETS: [Field; 2] =
    secrets("What the custom header `Authorization` sends after `Bearer`.");

static ABOUT: About = About {
    name: "Datadog",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M3 3.5v9h4a4.5 4.5 0 0 0 0-9zm8.5 1.5h2m-1 3h1.5m-2.5 3h2"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "names of monitors, or * for all",
    secrets: &SECRETS,
    settings: SETTINGS,
    scopes: &[],
    local: false,
};

pub(super) static PROVIDER: Listener = Listener {
    id: "datadog",
    about: &ABOUT,
    webhook: &DatadogWebhook,
    parse,
};

struct DatadogWebhook;

impl Webhook for DatadogWebhook {
    fn family(&self) -> &'static str {
        "datadog"
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        _body: &[u8],
        secret: &SecretString,
        _now: Timestamp,
    ) -> Result<(), Unverified> {
        signed::verify_authorization(headers, secret)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        signed::told_in_body(headers, body, "/transition", Some("/id"))
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let Ok(message) = serde_json::from_slice::<Value>(&message.body) else {
            return false;
        };
        let title = text(&message, "/title").map(name);
        is_watched(connection, &title.into_iter().collect::<Vec<_>>())
    }
}

/// The monitor's name: the title without what Datadog puts before it.
fn name(title: &str) -> &str {
    let mut rest = title.trim();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        rest = after.trim_start();
    }
    rest
}

fn parse(connection: &Connection, delivery: &Delivery) -> Vec<Event> {
    let Ok(message) = serde_json::from_slice::<Value>(&delivery.message.body) else {
        return Vec::new();
    };
    read(connection, &message, delivery.received_at).unwrap_or_default()
}

fn read(connection: &Connection, message: &Value, received: Timestamp) -> Option<Vec<Event>> {
    let at = text(message, "/date")
        .and_then(|date| date.parse().ok())
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .unwrap_or(received);
    let transition = text(message, "/transition")?;
    let news = match transition {
        "Triggered" | "Warn" | "No Data" => News::Open(None),
        "Re-Triggered" | "Re-Warn" | "Re-No Data" | "Renotify" => {
            News::Changed(format!("{transition}/{at}"), at)
        }
        "Recovered" => News::Over(at),
        _ => return None,
    };
    let monitor = text(message, "/monitor")?;
    let tags = text(message, "/tags").unwrap_or_default();
    let labels = tags
        .split(',')
        .filter_map(|tag| tag.trim().split_once(':'))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let incident = Incident {
        sender: ABOUT.name,
        identity: format!("{monitor}/{}", text(message, "/scope").unwrap_or_default()),
        // The same from the first alert to the recovery.
        episode: text(message, "/cycle").unwrap_or(monitor).to_owned(),
        title: name(text(message, "/title").unwrap_or("Monitor")).to_owned(),
        severity: text(message, "/priority").map(str::to_owned),
        labels,
        annotations: text(message, "/body")
            .map(|said| ("summary".to_owned(), said.to_owned()))
            .into_iter()
            .collect(),
        started: at,
        url: text(message, "/link").map(str::to_owned),
        count: 1,
        ..Incident::default()
    };
    Some(incident.events(connection, &news))
}
