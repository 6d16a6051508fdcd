//! The 329 payloads published as `@octokit/webhooks-examples`, against a table written from GitHub's
//! documentation before there was a parser.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::seam::provider::Provider;
use perch_core::seam::webhook::Unverified;
use perch_integrations::providers::github::PROVIDER;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use perch_testkit::scenario::payloads as scenario;

use crate::support::{connection, parse, published, repository};

/// Every payload with the name of its event and its number there.
fn examples() -> Vec<(String, String, Value)> {
    let file = published("@octokit/webhooks-examples/api.github.com/index.json");
    let text = std::fs::read(file).expect("readable");
    let all: Value = serde_json::from_slice(&text).expect("JSON");
    let mut found = Vec::new();
    for event in all.as_array().expect("a list") {
        let kind = event["name"].as_str().expect("a name");
        for (number, payload) in event["examples"]
            .as_array()
            .expect("a list")
            .iter()
            .enumerate()
        {
            found.push((format!("{kind}/{number}"), kind.to_owned(), payload.clone()));
        }
    }
    found
}

fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
    list.iter()
        .map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a header's value");
            (HeaderName::from_static(name), value)
        })
        .collect()
}

/// The payload's events, by the way a webhook comes: signed, verified, read, parsed.
fn events(kind: &str, payload: &Value, form: bool) -> Vec<Event> {
    let secret = ["a", "secret"].join(" ");
    let json = payload.to_string();
    let (content, body) = if form {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &json)
            .finish();
        ("application/x-www-form-urlencoded", body)
    } else {
        ("application/json", json)
    };
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("keys may have any length");
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let headers = headers(&[
        ("content-type", content),
        ("x-github-event", kind),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("x-hub-signature-256", &signature),
    ]);
    let (body, secret) = (Bytes::from(body), SecretString::from(secret));
    let webhook = PROVIDER.webhook().expect("GitHub sends webhooks");
    webhook
        .verify(&headers, &body, &secret, Timestamp::UNIX_EPOCH)
        .expect("it was signed");
    let mut tampered = body.to_vec();
    tampered[0] ^= 1;
    assert_eq!(
        webhook.verify(&headers, &tampered, &secret, Timestamp::UNIX_EPOCH),
        Err(Unverified::Wrong)
    );
    let message = webhook.read(&headers, &body).expect("a payload");
    let watched = payload
        .pointer("/repository/full_name")
        .and_then(Value::as_str);
    let connection = connection("https://api.github.com", &[watched.unwrap_or("acme/api")]);
    assert_eq!(
        webhook.concerns(&connection, &message),
        watched.is_some() || kind == "ping",
        "{kind}"
    );
    parse(&connection, message, Timestamp::UNIX_EPOCH)
}

#[test]
fn every_published_payload_means_what_the_table_says() {
    let table = std::fs::read_to_string(repository().join("tests/fixtures/github/events.tsv"))
        .expect("the table is there");
    let expected: Vec<(&str, &str)> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').expect("two columns"))
        .collect();
    let examples = examples();
    assert_eq!(expected.len(), 329);
    assert_eq!(examples.len(), 329);
    let mut meant = String::new();
    for ((name, kind, payload), (row, expected)) in examples.iter().zip(expected) {
        assert_eq!(name, row);
        let found = events(kind, payload, false);
        assert_eq!(found, events(kind, payload, true), "{name} as a form");
        let types: Vec<&str> = found
            .iter()
            .map(|event| event.event_type.as_str())
            .collect();
        assert_eq!(types.first().copied().unwrap_or("-"), expected, "{name}");
        for event in &found {
            let mut shown = event.clone();
            shown
                .data
                .as_object_mut()
                .expect("an object")
                .shift_remove("payload");
            meant.push_str(&format!("{name} {}\n", json!(shown)));
        }
    }
    insta::assert_snapshot!(meant);
}

#[test]
fn a_connection_hears_only_of_what_it_watches() {
    let webhook = PROVIDER.webhook().expect("GitHub sends webhooks");
    let message = |kind: &str, payload: Value| {
        let headers = headers(&[("x-github-event", kind)]);
        webhook
            .read(&headers, &Bytes::from(payload.to_string()))
            .expect("an object")
    };
    let push = message(
        "push",
        json!({"repository": {"id": 7, "full_name": "Acme/API"}}),
    );
    let hears =
        |watch: &[&str]| webhook.concerns(&connection("https://api.github.com", watch), &push);
    assert!(hears(&["acme/api"]));
    assert!(hears(&["x/y", "7"]));
    assert!(!hears(&["acme/apis"]));
    assert!(!hears(&[]));
    for payload in [
        json!({}),
        json!({"repository": 7}),
        json!({"repository": {"id": "7"}}),
    ] {
        let message = message("push", payload);
        assert!(!webhook.concerns(&connection("", &["acme/api", "7"]), &message));
    }
}

#[test]
fn no_missing_field_and_no_other_shape_breaks_the_reading() {
    let mut payloads: Vec<(String, Value)> = Vec::new();
    for (_, kind, payload) in examples() {
        let rare = !matches!(
            kind.as_str(),
            "check_run"
                | "issue_comment"
                | "issues"
                | "pull_request"
                | "pull_request_review"
                | "pull_request_review_comment"
                | "push"
                | "release"
                | "status"
                | "workflow_run"
        );
        // One payload with an event of each kind stands for all of its kind.
        let known = payloads.last().is_some_and(|(last, _)| *last == kind);
        if !rare && !known && !events(&kind, &payload, false).is_empty() {
            payloads.push((kind, payload));
        }
    }
    let connection = connection("https://api.github.com", &[]);
    let read = scenario::no_other_shape_breaks_the_reading(&PROVIDER, &connection, &payloads, 1);
    assert!(read > 5_000, "{read}");
}
