//! Provider `sentry`: issues and alerts, as an internal integration's webhooks tell them.
//!
//! Source: docs.sentry.io, integration platform, webhooks. It waits a second for the answer; its time header is not signed.

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

use crate::alerts::{Incident, Listener, News, SETTINGS, is_watched, secrets, texts};
use crate::payload::{list, moment, text};
use crate::signed;

static SECRETS: [Field; 2] = secrets("The client secret of the internal integration.");

static ABOUT: About = About {
    name: "Sentry",
    icon: concat!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" "#,
        r#"stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">"#,
        r#"<path d="M2 13h3.5a7 7 0 0 0-3-5l2-3.5a10.5 10.5 0 0 1 5 8.5H14L8 2.5 6.5 5"/></svg>"#,
    ),
    default_base_url: "",
    watch_hint: "projects, names of alert rules, or * for all",
    secrets: &SECRETS,
    settings: SETTINGS,
    scopes: &[],
    local: false,
};

pub(super) static PROVIDER: Listener = Listener {
    id: "sentry",
    about: &ABOUT,
    webhook: &SentryWebhook,
    parse,
};

struct SentryWebhook;

impl Webhook for SentryWebhook {
    fn family(&self) -> &'static str {
        "sentry"
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        _now: Timestamp,
    ) -> Result<(), Unverified> {
        let signature =
            signed::header(headers, "sentry-hook-signature").ok_or(Unverified::Missing)?;
        signed::verify_hex(&signature, body, secret)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        signed::event(headers, body, "sentry-hook-resource", "request-id")
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let Ok(message) = serde_json::from_slice::<Value>(&message.body) else {
            return false;
        };
        let names: Vec<&str> = [
            "/data/issue/project/slug",
            "/data/issue/project/name",
            "/data/event/project_slug",
            "/data/triggered_rule",
            "/data/metric_alert/alert_rule/name",
        ]
        .iter()
        .filter_map(|pointer| text(&message, pointer))
        .chain(list(&message, "/data/metric_alert/projects").filter_map(Value::as_str))
        .collect();
        is_watched(connection, &names)
    }
}

fn parse(connection: &Connection, delivery: &Delivery) -> Vec<Event> {
    let Ok(message) = serde_json::from_slice::<Value>(&delivery.message.body) else {
        return Vec::new();
    };
    let told = match delivery.message.kind.as_str() {
        "issue" => issue(&message),
        "event_alert" => event_alert(&message, delivery.received_at),
        "metric_alert" => metric_alert(&message, delivery.received_at),
        _ => None,
    };
    told.map(|(incident, news)| incident.events(connection, &news))
        .unwrap_or_default()
}

fn issue(message: &Value) -> Option<(Incident, News)> {
    let issue = message.pointer("/data/issue")?;
    let first = moment(issue, "/firstSeen")?;
    let last = moment(issue, "/lastSeen").unwrap_or(first);
    let news = match text(message, "/action")? {
        "created" => News::Open(None),
        "resolved" | "archived" | "ignored" => News::Over(last),
        // It is back after it was resolved.
        "unresolved" => News::Changed(format!("back/{last}"), last),
        _ => return None,
    };
    let project = text(issue, "/project/slug").unwrap_or_default();
    let incident = Incident {
        title: text(issue, "/title").unwrap_or("Issue").to_owned(),
        severity: text(issue, "/level").map(str::to_owned),
        labels: [("project".to_owned(), project.to_owned())].into(),
        annotations: text(issue, "/culprit")
            .map(|place| ("summary".to_owned(), format!("in {place}")))
            .into_iter()
            .collect(),
        started: first,
        url: text(issue, "/web_url")
            .or(text(issue, "/permalink"))
            .map(str::to_owned),
        ..of_issue(text(issue, "/id")?)
    };
    Some((incident, news))
}

fn event_alert(message: &Value, received: Timestamp) -> Option<(Incident, News)> {
    let event = message.pointer("/data/event")?;
    let at = moment(event, "/datetime").unwrap_or(received);
    let rule = text(message, "/data/triggered_rule").unwrap_or_default();
    let incident = Incident {
        title: text(event, "/title").unwrap_or("Alert").to_owned(),
        severity: text(event, "/level").map(str::to_owned),
        labels: [("rule".to_owned(), rule.to_owned())].into(),
        annotations: text(event, "/culprit")
            .map(|place| ("summary".to_owned(), format!("in {place}")))
            .into_iter()
            .collect(),
        started: at,
        url: text(event, "/web_url").map(str::to_owned),
        ..of_issue(text(event, "/issue_id").or(text(event, "/event_id"))?)
    };
    Some((incident, News::Open(Some(at.to_string()))))
}

/// The same whether an issue or an alert on it tells of it.
fn of_issue(id: &str) -> Incident {
    Incident {
        sender: ABOUT.name,
        identity: format!("issue/{id}"),
        episode: id.to_owned(),
        count: 1,
        ..Incident::default()
    }
}

fn metric_alert(message: &Value, received: Timestamp) -> Option<(Incident, News)> {
    let alert = message.pointer("/data/metric_alert")?;
    let started = moment(alert, "/date_started").unwrap_or(received);
    let action = text(message, "/action")?;
    let news = match action {
        "critical" | "warning" => News::Open(Some(action.to_owned())),
        "resolved" => News::Over(moment(alert, "/date_closed").unwrap_or(received)),
        _ => return None,
    };
    let id = alert.get("id")?.to_string();
    let name = text(alert, "/alert_rule/name").or(text(alert, "/title"));
    let incident = Incident {
        sender: ABOUT.name,
        identity: format!("metric_alert/{id}"),
        episode: started.as_second().to_string(),
        title: text(message, "/data/description_title")
            .or(name)
            .unwrap_or("Alert")
            .to_owned(),
        severity: (action != "resolved").then(|| action.to_owned()),
        labels: texts(alert, "/alert_rule"),
        annotations: text(message, "/data/description_text")
            .map(|said| ("summary".to_owned(), said.to_owned()))
            .into_iter()
            .collect(),
        started,
        url: text(message, "/data/web_url").map(str::to_owned),
        count: 1,
        ..Incident::default()
    };
    Some((incident, news))
}
