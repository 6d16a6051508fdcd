//! Payloads recorded by others, against the labels that say what each means.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event::Event;
use perch_core::seam::provider::Provider;
use perch_core::seam::webhook::{Unverified, Webhook};
use perch_integrations::providers::gitea::PROVIDER;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{connection, parse};

fn labelled() -> Vec<(Value, Value)> {
    perch_testkit::labelled::webhooks("gitea")
}

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    list.iter()
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            (name, HeaderValue::from_str(value).expect("a value"))
        })
        .collect()
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
    let hostile = [
        Value::Null,
        json!([]),
        json!({}),
        json!(-1),
        json!(1e300),
        json!(true),
        json!("x\u{202e}../../\u{0}`$(rm)` @@@ <script>"),
    ];
    let connection = connection("https://git.example.org", &[]);
    let rows = labelled();
    let mut read = 0;
    for (row, payload) in &rows {
        for pointer in pointers(payload, 3) {
            for value in &hostile {
                let mut broken = payload.clone();
                *broken.pointer_mut(&pointer).expect("just listed") = value.clone();
                let message = NewDelivery {
                    door: Door::Webhook,
                    kind: row["event_header_value"].as_str().expect("a kind").into(),
                    external_id: None,
                    body: Bytes::from(broken.to_string()),
                };
                let found = parse(&connection, message, Timestamp::UNIX_EPOCH);
                assert!(found.len() <= 1, "{row} {pointer}");
                read += 1;
            }
        }
    }
    assert!(rows.is_empty() || read > 3_000, "{read}");
}

/// Every place of `value` down to `levels`.
fn pointers(value: &Value, levels: usize) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), field))
            .collect(),
        Value::Array(members) => members
            .iter()
            .enumerate()
            .map(|(number, member)| (number.to_string(), member))
            .collect(),
        _ => Vec::new(),
    };
    let mut found = vec![String::new()];
    if levels > 0 {
        for (name, child) in children {
            let below = pointers(child, levels - 1);
            found.extend(below.iter().map(|rest| format!("/{name}{rest}")));
        }
    }
    found
}
