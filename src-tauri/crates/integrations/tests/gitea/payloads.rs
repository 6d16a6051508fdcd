//! Payloads recorded by others, against the labels that say what each means.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::seam::provider::Provider;
use perch_core::seam::webhook::{Unverified, Webhook};
use perch_integrations::providers::gitea::PROVIDER;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use perch_testkit::scenario::payloads::{self as scenario, headers};

use crate::support::{connection, parse};

fn labelled() -> Vec<(Value, Value)> {
    perch_testkit::labelled::webhooks("gitea")
}

fn signature(secret: &str, content: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.expect("keys may have any length");
    mac.update(content.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn webhook() -> &'static dyn Webhook {
    PROVIDER.webhook().expect("Gitea sends webhooks")
}

/// The payload's events, by the way a webhook comes: signed, verified, read, parsed.
fn events(header: &str, kind: &str, payload: &Value, form: bool) -> Vec<Event> {
    let secrets = [["old", "secret"].join(" "), ["new", "secret"].join(" ")];
    let json = payload.to_string();
    let (content, body) = if form {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &json)
            .finish();
        ("application/x-www-form-urlencoded", body)
    } else {
        ("application/json", json.clone())
    };
    let signature = signature(&secrets[1], &json);
    let headers = headers(&[
        ("content-type", content),
        (header, kind),
        ("x-github-event", "push"),
        ("x-gitea-delivery", "f6266f16-1bf3-46a5-9ea4-602e06ead473"),
        ("x-gitea-signature", &signature),
    ]);
    let body = Bytes::from(body);
    let verify = |secret: &str, body: &[u8]| {
        let secret = SecretString::from(secret);
        webhook().verify(&headers, body, &secret, Timestamp::UNIX_EPOCH)
    };
    // While a secret is being replaced both are tried, each by itself.
    assert_eq!(verify(&secrets[0], &body), Err(Unverified::Wrong));
    assert_eq!(verify(&secrets[1], &body), Ok(()));
    let mut tampered = body.to_vec();
    *tampered.last_mut().expect("a body") ^= 1;
    assert_eq!(verify(&secrets[1], &tampered), Err(Unverified::Wrong));
    let message = webhook().read(&headers, &body).expect("a payload");
    let watched = payload.pointer("/repository/full_name");
    let watched = watched.and_then(Value::as_str).expect("a repository");
    let connection = connection("https://git.example.org", &[watched]);
    assert!(webhook().concerns(&connection, &message), "{kind}");
    parse(&connection, message, Timestamp::UNIX_EPOCH)
}

#[test]
fn every_recorded_payload_means_what_its_label_says() {
    let mut meant = String::new();
    let rows = labelled();
    for (row, payload) in &rows {
        let (header, kind) = (&row["event_header"], &row["event_header_value"]);
        let (header, kind) = (
            header.as_str().expect("a name"),
            kind.as_str().expect("a kind"),
        );
        let found = events(&header.to_ascii_lowercase(), kind, payload, false);
        let form = events(&header.to_ascii_lowercase(), kind, payload, true);
        assert_eq!(found, form, "{row} as a form");
        let types: Vec<Value> = found
            .iter()
            .map(|event| event.event_type.as_str().into())
            .collect();
        let one = types.first().cloned().unwrap_or_default();
        let also = row["also"]
            .as_array()
            .is_some_and(|also| also.contains(&one));
        assert!(
            types.len() <= 1 && (one == row["expect"] || also),
            "{row}: {types:?}"
        );
        for event in &found {
            let mut shown = event.clone();
            let data = shown.data.as_object_mut().expect("an object");
            data.shift_remove("payload");
            meant.push_str(&format!("{} {}\n", row["file"], json!(shown)));
        }
    }
    if !rows.is_empty() {
        insta::assert_snapshot!(meant);
    }
}

#[test]
fn a_connection_hears_only_of_what_it_watches() {
    let message = |payload: Value| {
        let headers = headers(&[("x-gitea-event", "push")]);
        let body = Bytes::from(payload.to_string());
        webhook().read(&headers, &body).expect("an object")
    };
    let push = message(json!({"repository": {"id": 7, "full_name": "Acme/API"}}));
    let run = message(json!({"run": {"repository": {"id": 7, "full_name": "Acme/API"}}}));
    for message in [push, run] {
        let hears = |watch: &[&str]| webhook().concerns(&connection("", watch), &message);
        assert!(hears(&["acme/api"]));
        assert!(hears(&["x/y", "7"]));
        assert!(!hears(&["acme/apis"]));
        assert!(!hears(&[]));
    }
    for payload in [
        json!({}),
        json!({"repository": 7}),
        json!({"repository": {"id": "7"}}),
    ] {
        let message = message(payload);
        assert!(!webhook().concerns(&connection("", &["acme/api", "7"]), &message));
    }
}

#[test]
fn no_missing_field_and_no_other_shape_breaks_the_reading() {
    let rows: Vec<(String, Value)> = labelled()
        .into_iter()
        .map(|(row, payload)| {
            let kind = row["event_header_value"].as_str().expect("a kind");
            (kind.to_owned(), payload)
        })
        .collect();
    let connection = connection("https://git.example.org", &[]);
    let read = scenario::no_other_shape_breaks_the_reading(&PROVIDER, &connection, &rows, 1);
    assert!(rows.is_empty() || read > 3_000, "{read}");
}
