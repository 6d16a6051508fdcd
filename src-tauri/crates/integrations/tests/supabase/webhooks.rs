//! Which webhooks are believed, and what a row means.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::id::DeliveryId;
use perch_core::seam::provider::Provider as _;
use perch_core::seam::webhook::{Unverified, Webhook};
use perch_integrations::providers::supabase::PROVIDER;
use secrecy::SecretString;
use serde_json::json;

use crate::support::connection;

fn webhook() -> &'static dyn Webhook {
    PROVIDER.webhook().expect("it sends webhooks")
}

fn with(settings: &[(&str, &str)]) -> Connection {
    let mut made = connection("https://abcdefghij.supabase.co", &["public"]);
    for (key, value) in settings {
        made.settings.insert((*key).into(), (*value).into());
    }
    made
}

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    };
    list.iter().map(pair).collect()
}

#[test]
fn only_the_secret_in_the_header_the_user_named_is_believed() {
    let named = with(&[("webhook_header", "X-Hook-Secret")]);
    let plain = with(&[]);
    let secret = SecretString::from("a shared secret");
    let now = Timestamp::UNIX_EPOCH;
    for (connection, list, expected) in [
        (
            &plain,
            &[("authorization", "Bearer a shared secret")][..],
            Ok(()),
        ),
        (
            &plain,
            &[("authorization", "bearer a shared secret")],
            Ok(()),
        ),
        (&plain, &[("authorization", "a shared secret")], Ok(())),
        (
            &plain,
            &[("authorization", "Bearer another secret")],
            Err(Unverified::Wrong),
        ),
        (&plain, &[("authorization", "")], Err(Unverified::Wrong)),
        (
            &plain,
            &[("x-hook-secret", "a shared secret")],
            Err(Unverified::Missing),
        ),
        (&named, &[("x-hook-secret", "a shared secret")], Ok(())),
        (
            &named,
            &[("authorization", "Bearer a shared secret")],
            Err(Unverified::Missing),
        ),
        (&named, &[], Err(Unverified::Missing)),
    ] {
        let found = webhook().verify_for(connection, &headers(list), b"{}", &secret, now);
        assert_eq!(found, expected, "{list:?}");
    }
}

#[test]
fn an_auth_hook_is_believed_by_its_signature_only() {
    // Published in libraries/rust/src/lib.rs of Standard Webhooks.
    let key = ["C2FVsBQIhrscChlQIMV", "b5sSYspob7oD"].join("+");
    let secret = SecretString::from(format!("v1,whsec_{key}"));
    let now = Timestamp::from_second(1_649_367_553).expect("in range");
    let body = br#"{"email":"test@example.com","username":"test_user"}"#;
    let signed = |signature: &str| {
        headers(&[
            ("webhook-id", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk"),
            ("webhook-timestamp", "1649367553"),
            ("webhook-signature", signature),
        ])
    };
    let right = signed("v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    let verify = |headers: &HeaderMap, body: &[u8], now| {
        webhook().verify_for(&with(&[]), headers, body, &secret, now)
    };
    assert_eq!(verify(&right, body, now), Ok(()));
    assert_eq!(verify(&right, b"{}", now), Err(Unverified::Wrong));
    let late = Timestamp::from_second(1_649_367_553 + 301).expect("in range");
    assert_eq!(verify(&right, body, late), Err(Unverified::Wrong));
    // The secret itself in a header proves nothing here.
    let sent = headers(&[("authorization", &format!("Bearer v1,whsec_{key}"))]);
    assert_eq!(verify(&sent, body, now), Err(Unverified::Missing));
}

fn insert(table: &str, record: &serde_json::Value) -> Bytes {
    let body = json!({"type": "INSERT", "table": table, "record": record, "schema": "public", "old_record": null});
    Bytes::from(body.to_string())
}

#[test]
fn a_row_is_what_the_settings_say_and_nothing_else_is_kept() {
    let row = json!({"id": 7, "title": "API down", "user_id": "u-1", "severity": "high"});
    let meaning = ("meanings", "incidents=incident.opened");
    for (settings, table, kept) in [
        (&[meaning][..], "incidents", true),
        (&[meaning], "orders", false),
        (&[], "incidents", false),
        (
            &[("meanings", "public.incidents = incident.opened")],
            "incidents",
            true,
        ),
        (
            &[("meanings", "ops.incidents=incident.opened")],
            "incidents",
            false,
        ),
        (
            &[("meanings", "incidents/delete=incident.opened")],
            "incidents",
            false,
        ),
        (&[meaning, ("user_column", "user_id")], "incidents", true),
        (&[meaning, ("user_column", "owner_id")], "incidents", false),
    ] {
        let mut connection = with(settings);
        connection.identities = vec!["u-1".into()];
        let message = webhook()
            .read(&HeaderMap::new(), &insert(table, &row))
            .expect("JSON");
        assert_eq!(
            webhook().concerns(&connection, &message),
            kept,
            "{settings:?} {table}"
        );
    }
    // Another's row, where rows have owners.
    let mut connection = with(&[meaning, ("user_column", "user_id")]);
    connection.identities = vec!["u-2".into()];
    let message = webhook()
        .read(&HeaderMap::new(), &insert("incidents", &row))
        .expect("JSON");
    assert!(!webhook().concerns(&connection, &message));
}

#[test]
fn the_same_row_is_one_event_however_often_it_comes() {
    let connection = with(&[("meanings", "incidents=incident.opened")]);
    let row = json!({"id": 7, "title": "API down", "owner_id": "u-9", "created_at": "2026-11-25T08:00:00Z"});
    let body = insert("incidents", &row);
    let read = |body: &Bytes| webhook().read(&HeaderMap::new(), body).expect("JSON");
    let (one, again) = (read(&body), read(&body));
    assert_eq!(one.kind, "INSERT public.incidents");
    assert_eq!(one.external_id, again.external_id);
    let delivery = Delivery {
        id: DeliveryId::new(Timestamp::UNIX_EPOCH, &["x"]),
        user_id: connection.user_id.clone(),
        connection_id: connection.id.clone(),
        received_at: Timestamp::UNIX_EPOCH,
        message: one,
    };
    let events = PROVIDER.parse(&connection, &delivery);
    insta::assert_json_snapshot!(events);
}

#[test]
fn what_is_no_row_is_no_event_and_what_is_no_json_is_refused() {
    let connection = with(&[("meanings", "incidents=incident.opened")]);
    let hook = Bytes::from_static(
        br#"{"metadata":{"name":"before-user-created"},"user":{"email":"a@b.example"}}"#,
    );
    let message = webhook().read(&HeaderMap::new(), &hook).expect("JSON");
    assert_eq!(message.kind, "auth before-user-created");
    assert!(!webhook().concerns(&connection, &message));
    for body in ["", "[]", "nonsense", "{\"type\":"] {
        assert!(
            webhook()
                .read(&HeaderMap::new(), &Bytes::from(body))
                .is_err(),
            "{body}"
        );
    }
    for body in [
        r#"{"type":"INSERT","table":"incidents"}"#,
        r#"{"type":"INSERT","table":"incidents","record":[]}"#,
        r#"{"type":1}"#,
    ] {
        let message = webhook()
            .read(&HeaderMap::new(), &Bytes::from(body))
            .expect("JSON");
        let _ = webhook().concerns(&connection, &message);
    }
}
