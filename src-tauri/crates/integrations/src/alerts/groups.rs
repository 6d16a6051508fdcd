//! Groups of alerts as Alertmanager sends them, and Grafana after it. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::NewDelivery;
use perch_core::event::Event;
use serde_json::Value;

use super::{INSTANCES, Incident, News, is_watched, texts};
use crate::payload::{list, moment, text};

/// The events of a message about a group.
pub(crate) fn parse(connection: &Connection, sender: &'static str, body: &[u8]) -> Vec<Event> {
    let Ok(message) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let Some(incident) = incident(sender, &message) else {
        return Vec::new();
    };
    let news = if text(&message, "/status") == Some("resolved") {
        News::Over(ended(&message).unwrap_or(incident.started))
    } else {
        News::Open((incident.count > 1).then(|| state(&message)))
    };
    incident.events(connection, &news)
}

/// True when a name of one of its alerts is watched.
pub(crate) fn concerns(connection: &Connection, message: &NewDelivery) -> bool {
    let Ok(message) = serde_json::from_slice::<Value>(&message.body) else {
        return false;
    };
    let common = text(&message, "/commonLabels/alertname");
    let names: Vec<&str> = match common {
        Some(name) => vec![name],
        None => list(&message, "/alerts")
            .filter_map(|alert| text(alert, "/labels/alertname"))
            .collect(),
    };
    is_watched(connection, &names)
}

fn incident(sender: &'static str, message: &Value) -> Option<Incident> {
    let alerts: Vec<&Value> = list(message, "/alerts").collect();
    let first = alerts.first()?;
    let open = text(message, "/status") != Some("resolved");
    let told: Vec<&&Value> = alerts
        .iter()
        .filter(|alert| !open || text(alert, "/status") != Some("resolved"))
        .collect();
    let started = alerts
        .iter()
        .filter_map(|alert| moment(alert, "/startsAt"))
        .min()?;
    let labels = texts(message, "/commonLabels");
    let annotations = texts(message, "/commonAnnotations");
    let one = |pointer: &str| text(first, pointer).map(str::to_owned);
    let left_out = usize::try_from(message["truncatedAlerts"].as_u64().unwrap_or(0)).unwrap_or(0);
    Some(Incident {
        sender,
        identity: text(message, "/groupKey")
            .or(text(first, "/fingerprint"))?
            .to_owned(),
        episode: started.as_second().to_string(),
        title: title(message, &labels, &annotations, first),
        severity: labels.get("severity").cloned().or_else(|| {
            let most = told
                .iter()
                .filter_map(|alert| text(alert, "/labels/severity"));
            most.min_by_key(|severity| rank(severity))
                .map(str::to_owned)
        }),
        runbook: annotations
            .get("runbook_url")
            .cloned()
            .or_else(|| one("/annotations/runbook_url")),
        dashboard: one("/panelURL")
            .or_else(|| one("/dashboardURL"))
            .or_else(|| one("/generatorURL")),
        instances: told
            .iter()
            .take(INSTANCES)
            .map(|alert| (name(alert), moment(alert, "/startsAt").unwrap_or(started)))
            .collect(),
        count: told.len() + left_out,
        started,
        url: text(message, "/externalURL").map(str::to_owned),
        labels,
        annotations,
        people: Vec::new(),
    })
}

/// The more severe, the lower.
fn rank(severity: &str) -> usize {
    ["critical", "error", "high", "warning", "info"]
        .iter()
        .position(|known| severity.eq_ignore_ascii_case(known))
        .unwrap_or(usize::MAX)
}

fn title(
    message: &Value,
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
    first: &Value,
) -> String {
    let name = labels
        .get("alertname")
        .map(String::as_str)
        .or(text(first, "/labels/alertname"))
        .unwrap_or("Alert");
    let said = annotations.get("summary").map(String::as_str);
    let group: Vec<&str> = message["groupLabels"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != "alertname")
        .filter_map(|(_, value)| value.as_str())
        .collect();
    match (said, group.as_slice()) {
        (Some(said), _) => format!("{name}: {said}"),
        (None, []) => name.to_owned(),
        (None, group) => format!("{name} {}", group.join(" ")),
    }
}

/// What tells an alert from the others of its group.
fn name(alert: &Value) -> String {
    let labels = ["instance", "pod", "host", "service", "job"];
    labels
        .iter()
        .find_map(|label| text(alert, &format!("/labels/{label}")))
        .or(text(alert, "/fingerprint"))
        .unwrap_or("alert")
        .to_owned()
}

/// Which alerts stand, in no order.
fn state(message: &Value) -> String {
    let mut standing: Vec<&str> = list(message, "/alerts")
        .filter(|alert| text(alert, "/status") != Some("resolved"))
        .filter_map(|alert| text(alert, "/fingerprint"))
        .collect();
    standing.sort_unstable();
    standing.join(",")
}

/// When the last of them ended.
fn ended(message: &Value) -> Option<Timestamp> {
    list(message, "/alerts")
        .filter_map(|alert| moment(alert, "/endsAt"))
        .max()
}
