//! What every sender of alerts in the registry must do alike: be believed by its secret alone, tell one incident from its
//! beginning to its end, and take whatever comes without harm.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Delivery, NewDelivery};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::id::{ConnectionId, DeliveryId, UserId};
use perch_core::seam::provider::Provider;
use perch_core::seam::webhook::{Unverified, Webhook};
use perch_integrations::providers::ALL;
use perch_testkit::scenario::payloads::headers;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::forges::{NOW, hmac};

/// A message as it was recorded, with the header that tells its kind where there is one.
type Recorded = (
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

macro_rules! recorded {
    ($($name:literal $(as $header:literal $kind:literal)?),+ $(,)?) => {
        [$(($name, include_str!(concat!("recorded/", $name, ".json")), recorded!(@ $($header $kind)?))),+]
    };
    (@) => { None };
    (@ $header:literal $kind:literal) => { Some(($header, $kind)) };
}

const RECORDED: [Recorded; 16] = recorded![
    "alertmanager-firing",
    "alertmanager-grown",
    "alertmanager-resolved",
    "grafana-firing",
    "grafana-resolved",
    "sentry-issue-created" as "sentry-hook-resource" "issue",
    "sentry-event-alert" as "sentry-hook-resource" "event_alert",
    "sentry-issue-resolved" as "sentry-hook-resource" "issue",
    "sentry-metric-critical" as "sentry-hook-resource" "metric_alert",
    "sentry-metric-resolved" as "sentry-hook-resource" "metric_alert",
    "pagerduty-triggered",
    "pagerduty-acknowledged",
    "pagerduty-resolved",
    "datadog-triggered",
    "datadog-retriggered",
    "datadog-recovered",
];

const SECRET: &str = "a secret of the test";

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("in range")
}

fn provider(id: &str) -> &'static dyn Provider {
    let found = ALL.iter().copied().find(|one| one.id() == id);
    found.expect("the registry has it")
}

fn webhook(id: &str) -> &'static dyn Webhook {
    provider(id).webhook().expect("it sends webhooks")
}

fn sender(recorded: &str) -> &str {
    recorded
        .split('-')
        .next()
        .expect("it begins with its sender")
}

fn connection(id: &str, watch: &str) -> Connection {
    Connection {
        watch: vec![watch.into()],
        ..Connection::new(ConnectionId::new(id), UserId::new("ada"), id, "")
    }
}

/// The headers by which a sender proves that it knows `secret`.
fn signed(id: &str, body: &[u8], secret: &str) -> Vec<(String, String)> {
    let hex = || hex::encode(hmac(secret.as_bytes(), &[body]));
    let header = match id {
        "alertmanager" | "datadog" => ("authorization", format!("Bearer {secret}")),
        "grafana" => ("x-grafana-alerting-signature", hex()),
        "sentry" => ("sentry-hook-signature", hex()),
        "pagerduty" => (
            "x-pagerduty-signature",
            format!("v1={},v1={}", "0".repeat(64), hex()),
        ),
        other => panic!("{other} is not in this table"),
    };
    vec![(header.0.into(), header.1)]
}

fn believes(id: &str, list: &[(String, String)], body: &[u8]) -> Result<(), Unverified> {
    let list: Vec<(&str, &str)> = list
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    webhook(id).verify(&headers(&list), body, &SecretString::from(SECRET), now())
}

fn message((name, body, kind): Recorded) -> NewDelivery {
    let list: Vec<(&str, &str)> = kind.into_iter().collect();
    let body = Bytes::from_static(body.as_bytes());
    let read = webhook(sender(name)).read(&headers(&list), &body);
    read.expect("it can be read")
}

fn events(id: &str, message: NewDelivery) -> Vec<Event> {
    let delivery = Delivery {
        id: DeliveryId::new(now(), &["delivery"]),
        user_id: UserId::new("ada"),
        connection_id: ConnectionId::new(id),
        received_at: now(),
        message,
    };
    provider(id).parse(&connection(id, "*"), &delivery)
}

#[test]
fn every_sender_of_the_registry_is_in_the_tables() {
    let mut senders: Vec<&str> = ALL
        .iter()
        .filter(|one| one.webhook().is_some_and(|hook| hook.family() == one.id()))
        .map(|one| one.id())
        // What a database sends is tested with the database.
        .filter(|id| *id != "supabase")
        .collect();
    senders.sort_unstable();
    let mut known: Vec<&str> = RECORDED.iter().map(|(name, ..)| sender(name)).collect();
    known.sort_unstable();
    known.dedup();
    assert_eq!(senders, known);
}

#[test]
fn only_who_knows_the_secret_is_believed() {
    for (name, body, _) in RECORDED {
        let (id, body) = (sender(name), body.as_bytes());
        assert_eq!(
            believes(id, &signed(id, body, SECRET), body),
            Ok(()),
            "{name}"
        );
        let wrong = Err(Unverified::Wrong);
        assert_eq!(
            believes(id, &signed(id, body, "another"), body),
            wrong,
            "{name}"
        );
        assert_eq!(believes(id, &[], body), Err(Unverified::Missing), "{name}");
        let mut empty = signed(id, body, SECRET);
        empty[0].1 = "x".into();
        assert_eq!(believes(id, &empty, body), wrong, "{name}");
        // A secret in plain says nothing about the body.
        if !matches!(id, "alertmanager" | "datadog") {
            let other = believes(id, &signed(id, body, SECRET), b"{}");
            assert_eq!(other, wrong, "{name}");
        }
    }
}

#[test]
fn alertmanager_may_send_the_secret_as_a_password_and_grafana_sign_the_time() {
    let basic = |pair: &str| {
        vec![(
            "authorization".to_owned(),
            format!("Basic {}", STANDARD.encode(pair)),
        )]
    };
    assert_eq!(
        believes("alertmanager", &basic(&format!("perch:{SECRET}")), b""),
        Ok(())
    );
    for pair in ["perch:another", SECRET, "", ":"] {
        let found = believes("alertmanager", &basic(pair), b"");
        assert_eq!(found, Err(Unverified::Wrong), "{pair}");
    }
    let body = b"{}";
    for (time, expected) in [
        (NOW, Ok(())),
        (NOW - 301, Err(Unverified::Wrong)),
        (NOW + 301, Err(Unverified::Wrong)),
    ] {
        let time = time.to_string();
        let mac = hex::encode(hmac(SECRET.as_bytes(), &[time.as_bytes(), b":", body]));
        let list = vec![
            ("x-grafana-alerting-signature".to_owned(), mac),
            ("x-grafana-alerting-timestamp".to_owned(), time),
        ];
        assert_eq!(believes("grafana", &list, body), expected);
    }
}

#[test]
fn what_was_recorded_means_one_incident_from_its_beginning_to_its_end() {
    let mut page = String::new();
    for recorded in RECORDED {
        let id = sender(recorded.0);
        page.push_str(&format!("{}\n", recorded.0));
        for event in events(id, message(recorded)) {
            page.push_str(&format!(
                "  {} {} {}\n    {} | {}\n    {}\n",
                event.event_type,
                event.at,
                event.dedup_key,
                event.subject.key,
                event.subject.title,
                event.data["incident"],
            ));
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn the_incident_of_a_sender_has_one_subject_and_is_opened_once() {
    for id in ["alertmanager", "grafana", "pagerduty", "datadog"] {
        let all: Vec<Event> = RECORDED
            .iter()
            .filter(|(name, ..)| sender(name) == id)
            .flat_map(|recorded| events(id, message(*recorded)))
            .collect();
        let mut subjects: Vec<&str> = all.iter().map(|event| event.subject.key.as_str()).collect();
        subjects.dedup();
        assert_eq!(subjects.len(), 1, "{id}");
        let mut opened: Vec<&str> = all
            .iter()
            .filter(|event| event.event_type == EventType::INCIDENT_OPENED)
            .map(|event| event.dedup_key.as_str())
            .collect();
        opened.dedup();
        assert_eq!(opened.len(), 1, "{id}");
        let over = all
            .iter()
            .filter(|event| event.event_type == EventType::INCIDENT_RESOLVED);
        assert_eq!(over.count(), 1, "{id}");
    }
}

#[test]
fn only_what_is_watched_concerns_a_connection() {
    for (name, watched) in [
        ("alertmanager-firing", "HighLatency"),
        ("grafana-firing", "disk is *"),
        ("sentry-issue-created", "shop"),
        ("sentry-event-alert", "Many errors*"),
        ("sentry-metric-critical", "Too slow"),
        ("pagerduty-triggered", "checkout"),
        ("datadog-triggered", "Replication lags"),
    ] {
        let recorded = RECORDED.into_iter().find(|(known, ..)| *known == name);
        let message = message(recorded.expect("it is recorded"));
        let id = sender(name);
        for (pattern, expected) in [(watched, true), ("*", true), ("nothing", false)] {
            let found = webhook(id).concerns(&connection(id, pattern), &message);
            assert_eq!(found, expected, "{name} {pattern}");
        }
    }
}

#[test]
fn ten_thousand_alerts_in_one_message_are_one_incident_of_bounded_size() {
    let alerts: Vec<Value> = (0..10_000)
        .map(|number| {
            json!({
                "status": "firing",
                "labels": {"alertname": "Down", "instance": format!("host-{number}:80")},
                "annotations": {"summary": "x".repeat(400)},
                "startsAt": "2026-11-20T15:00:00Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "fingerprint": format!("{number:016x}"),
            })
        })
        .collect();
    let body = json!({
        "status": "firing", "groupKey": "{}", "commonLabels": {"alertname": "Down"}, "alerts": alerts,
    });
    let body = Bytes::from(body.to_string());
    let read = webhook("alertmanager")
        .read(&headers(&[]), &body)
        .expect("it can be read");
    let found = events("alertmanager", read);
    assert_eq!(found.len(), 2, "opened, and what it is made of");
    for event in found {
        assert_eq!(event.data["incident"]["count"], 10_000);
        assert!(event.data.to_string().len() < 20_000);
        assert!(event.dedup_key.len() < 120);
    }
}

#[test]
fn whatever_comes_does_no_harm() {
    for recorded in RECORDED {
        let id = sender(recorded.0);
        let whole: Value = serde_json::from_str(recorded.1).expect("JSON");
        for (number, broken) in broken(&whole).into_iter().enumerate() {
            let mut message = message(recorded);
            message.body = Bytes::from(broken.to_string());
            webhook(id).concerns(&connection(id, "*"), &message);
            let found = events(id, message);
            assert!(found.len() <= 2, "{} {number}", recorded.0);
        }
        for cut in (0..recorded.1.len())
            .step_by(97)
            .filter(|at| recorded.1.is_char_boundary(*at))
        {
            let mut message = message(recorded);
            message.body = Bytes::from(recorded.1[..cut].to_owned());
            assert_eq!(events(id, message), [], "{} cut at {cut}", recorded.0);
        }
        let nothing = webhook(id).read(&headers(&[]), &Bytes::from_static(b"[]"));
        assert!(nothing.is_err(), "{id}");
    }
}

/// `value` with each of its members gone, or something else, in turn.
fn broken(value: &Value) -> Vec<Value> {
    let others = || {
        [
            json!(null),
            json!(7),
            json!("\u{202e}x"),
            json!([]),
            json!({}),
            json!("x".repeat(9_000)),
        ]
    };
    let mut all: Vec<Value> = others().into();
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                for other in broken(field) {
                    let mut changed = fields.clone();
                    changed.insert(key.clone(), other);
                    all.push(Value::Object(changed));
                }
                let mut less = fields.clone();
                less.remove(key);
                all.push(Value::Object(less));
            }
        }
        Value::Array(members) => {
            for (at, member) in members.iter().enumerate() {
                for other in broken(member) {
                    let mut changed = members.clone();
                    changed[at] = other;
                    all.push(Value::Array(changed));
                }
            }
        }
        _ => {}
    }
    all
}
