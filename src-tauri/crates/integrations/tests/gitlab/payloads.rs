//! Payloads recorded by others, against the labels that say what each means; and who signed them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::provider::Provider;
use perch_core::seam::webhook::{Unverified, Webhook};
use perch_integrations::providers::gitlab::PROVIDER;
use perch_testkit::labelled;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use perch_testkit::scenario::payloads::{self as scenario, headers};

use crate::support::{connection, parse};

fn webhook() -> &'static dyn Webhook {
    PROVIDER.webhook().expect("GitLab sends webhooks")
}

#[test]
fn every_recorded_payload_means_what_its_label_says() {
    let mut meant = String::new();
    let rows = labelled::webhooks("gitlab");
    for (row, payload) in &rows {
        let name = row["file"].as_str().expect("a name");
        let (header, kind) = (&row["event_header"], &row["event_header_value"]);
        let headers = headers(&[(
            header.as_str().expect("a header"),
            kind.as_str().expect("a kind"),
        )]);
        let body = Bytes::from(payload.to_string());
        let message = webhook().read(&headers, &body).expect("a payload");
        let watched = payload["project"]["path_with_namespace"].as_str();
        let connection = connection("https://gitlab.com", &[watched.unwrap_or("acme/api")]);
        assert_eq!(
            webhook().concerns(&connection, &message),
            watched.is_some(),
            "{name}"
        );
        let found = parse(&connection, message, Timestamp::UNIX_EPOCH);
        let types: Vec<&str> = found
            .iter()
            .map(|event| event.event_type.as_str())
            .collect();
        let expected: Vec<&str> = row["expect"].as_str().into_iter().collect();
        assert_eq!(types, expected, "{name}");
        for event in &found {
            let mut shown = event.clone();
            let data = shown.data.as_object_mut().expect("an object");
            data.shift_remove("payload");
            meant.push_str(&format!("{name} {:#}\n", json!(shown)));
        }
    }
    if !rows.is_empty() {
        assert_eq!(rows.len(), 22);
        insta::assert_snapshot!(meant);
    }
}

/// A signing token for the tests, put together here so that nothing in the source looks like one.
fn signing(byte: u8) -> (SecretString, Vec<u8>) {
    let key = vec![byte; 32];
    let token = format!("whsec_{}", STANDARD.encode(&key));
    (token.into(), key)
}

fn sign(key: &[u8], id: &str, time: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys may have any length");
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[test]
fn each_secret_is_used_one_way_and_neither_stands_in_for_the_other() {
    const NOW: i64 = 1_750_000_000;
    let body: &[u8] = br#"{"text":"a \u0026 b"}"#;
    let (token, key) = signing(7);
    let (_, stranger) = signing(8);
    let secret_token = SecretString::from(["a", "secret"].join(" "));
    let good = sign(&key, "id", NOW, body);
    let late = sign(&key, "id", NOW - 301, body);
    let foreign = sign(&stranger, "id", NOW, body);
    let time = NOW.to_string();
    let early = (NOW - 301).to_string();
    let whsec = secrecy::ExposeSecret::expose_secret(&token).to_owned();
    let rotated = format!("{foreign} {good}");
    let signed = |signature: &str, time: &str| {
        headers(&[
            ("webhook-id", "id"),
            ("webhook-timestamp", time),
            ("webhook-signature", signature),
        ])
    };
    let plain = |value: &str| headers(&[("x-gitlab-token", value)]);
    let (missing, wrong) = (Err(Unverified::Missing), Err(Unverified::Wrong));
    let short: SecretString = format!("whsec_{}", STANDARD.encode([7; 24])).into();
    let short_key = sign(&[7; 24], "id", NOW, body);
    let cases = [
        ("signed", signed(&good, &time), &token, Ok(())),
        ("among others", signed(&rotated, &time), &token, Ok(())),
        ("by a stranger", signed(&foreign, &time), &token, wrong),
        ("replayed", signed(&late, &early), &token, wrong),
        ("not signed", headers(&[]), &token, missing),
        // The token itself in the other header proves nothing about the body.
        ("the signing token in plain", plain(&whsec), &token, missing),
        ("too short a key", signed(&short_key, &time), &short, wrong),
        ("the secret token", plain("a secret"), &secret_token, Ok(())),
        ("another", plain("a secre"), &secret_token, wrong),
        ("none", headers(&[]), &secret_token, missing),
        (
            "only a signature",
            signed(&good, &time),
            &secret_token,
            missing,
        ),
        ("an empty secret", plain(""), &SecretString::from(""), wrong),
    ];
    let now = Timestamp::from_second(NOW).expect("in range");
    for (what, headers, secret, expected) in cases {
        assert_eq!(
            webhook().verify(&headers, body, secret, now),
            expected,
            "{what}"
        );
    }
    let tampered = br#"{"text":"a & b"}"#;
    let headers = signed(&good, &time);
    assert_eq!(webhook().verify(&headers, tampered, &token, now), wrong);
}

#[test]
fn while_a_secret_is_replaced_old_and_new_are_both_believed() {
    let (old, old_key) = signing(1);
    let (new, new_key) = signing(2);
    let now = Timestamp::from_second(1_750_000_000).expect("in range");
    for key in [&old_key, &new_key] {
        let signature = sign(key, "id", now.as_second(), b"{}");
        let headers = headers(&[
            ("webhook-id", "id"),
            ("webhook-timestamp", &now.as_second().to_string()),
            ("webhook-signature", &signature),
        ]);
        let believed = [&old, &new]
            .iter()
            .filter(|secret| webhook().verify(&headers, b"{}", secret, now).is_ok())
            .count();
        assert_eq!(believed, 1);
    }
}

#[test]
fn a_delivery_is_known_by_the_id_that_a_retry_keeps() {
    let read = |list: &[(&str, &str)], body: &'static str| {
        let mut all = vec![("x-gitlab-event", "Push Hook")];
        all.extend(list);
        webhook().read(&headers(&all), &Bytes::from(body))
    };
    let id = |list: &[(&str, &str)]| read(list, "{}").expect("an object").external_id;
    assert_eq!(id(&[("webhook-id", "a")]).as_deref(), Some("a"));
    assert_eq!(id(&[("idempotency-key", "b")]).as_deref(), Some("b"));
    assert_eq!(id(&[("x-gitlab-event-uuid", "c")]), None);
    for body in ["[]", "{", ""] {
        assert!(read(&[], body).is_err(), "{body}");
    }
    assert!(webhook().read(&headers(&[]), &Bytes::from("{}")).is_err());
}

#[test]
fn a_connection_hears_only_of_what_it_watches() {
    let message = |payload: Value| NewDelivery {
        door: Door::Webhook,
        kind: "Push Hook".into(),
        external_id: None,
        body: Bytes::from(payload.to_string()),
    };
    let push = message(json!({"project": {"id": 7, "path_with_namespace": "Acme/Web/API"}}));
    let hears =
        |watch: &[&str]| webhook().concerns(&connection("https://gitlab.com", watch), &push);
    assert!(hears(&["acme/web/api"]));
    assert!(hears(&["x/y", "7"]));
    assert!(!hears(&["acme/web"]));
    assert!(!hears(&[]));
    for payload in [
        json!({}),
        json!({"project": 7}),
        json!({"project": {"id": "7"}}),
    ] {
        let connection = connection("https://gitlab.com", &["acme/api", "7"]);
        assert!(!webhook().concerns(&connection, &message(payload)));
    }
}

#[test]
fn no_missing_field_and_no_other_shape_breaks_the_reading() {
    let rows: Vec<(String, Value)> = labelled::webhooks("gitlab")
        .into_iter()
        .map(|(row, payload)| {
            let kind = row["event_header_value"].as_str().expect("a kind");
            (kind.to_owned(), payload)
        })
        .collect();
    let connection = connection("https://gitlab.com", &[]);
    let read = scenario::no_other_shape_breaks_the_reading(&PROVIDER, &connection, &rows, 1);
    assert!(rows.is_empty() || read > 3_000, "{read}");
}
