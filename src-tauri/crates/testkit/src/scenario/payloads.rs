//! Payloads recorded by others: what each means, and that no other shape of one breaks the reading.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::provider::Provider;
use serde_json::{Value, json};

use crate::watch::parse;

/// Headers of a request.
///
/// # Panics
/// When one is none.
pub fn headers(list: &[(&str, &str)]) -> HeaderMap {
    list.iter()
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            (name, HeaderValue::from_str(value).expect("a value"))
        })
        .collect()
}

/// The events every row's payload means, each checked against its labels and told without the payload itself.
///
/// # Panics
/// When one means something else, or is not for who watches its repository, which `watched` names.
pub fn meant(
    provider: &dyn Provider,
    rows: &[(Value, Value)],
    connection: impl Fn(&[&str]) -> Connection,
    watched: impl Fn(&Value) -> Option<String>,
) -> String {
    let webhook = provider.webhook().expect("it sends webhooks");
    let text = |row: &Value, field: &str| row[field].as_str().expect("a text").to_owned();
    let mut meant = String::new();
    for (row, payload) in rows {
        let name = text(row, "file");
        let headers = headers(&[(&text(row, "event_header"), &text(row, "event_header_value"))]);
        let body = Bytes::from(payload.to_string());
        let message = webhook.read(&headers, &body).expect("a payload");
        let repository = watched(payload).expect("a repository");
        let stranger = connection(&["somebody/else"]);
        assert!(!webhook.concerns(&stranger, &message), "{name}");
        let connection = connection(&[&repository]);
        assert!(webhook.concerns(&connection, &message), "{name}");
        let found = parse(provider, &connection, message, Timestamp::UNIX_EPOCH);
        let mut types: Vec<Value> = found
            .iter()
            .map(|event| event.event_type.as_str().into())
            .collect();
        if types.is_empty() {
            types.push(Value::Null);
        }
        let also = row["also"].as_array().cloned().unwrap_or_default();
        let fits = types == [row["expect"].clone()] || types == also;
        assert!(fits, "{name}: {types:?} instead of {}", row["expect"]);
        for event in &found {
            let mut shown = event.clone();
            let data = shown.data.as_object_mut().expect("an object");
            data.shift_remove("payload");
            meant.push_str(&format!("{name} {:#}\n", json!(shown)));
        }
    }
    meant
}

/// Reads each payload with every part of it, down to three levels, replaced by something else, and returns how many
/// that were. At most `most` events may come of each.
///
/// # Panics
/// When the reading breaks, or finds more.
pub fn no_other_shape_breaks_the_reading(
    provider: &dyn Provider,
    connection: &Connection,
    payloads: &[(String, Value)],
    most: usize,
) -> usize {
    let hostile = [
        Value::Null,
        json!([]),
        json!({}),
        json!(-1),
        json!(1e300),
        json!(true),
        json!("x\u{202e}../../\u{0}`$(rm)` @@@ <script>"),
    ];
    let mut read = 0;
    for (kind, payload) in payloads {
        for pointer in pointers(payload, 3) {
            for value in &hostile {
                let mut broken = payload.clone();
                *broken.pointer_mut(&pointer).expect("just listed") = value.clone();
                let message = NewDelivery {
                    door: Door::Webhook,
                    kind: kind.clone(),
                    external_id: None,
                    body: Bytes::from(broken.to_string()),
                };
                let found = parse(provider, connection, message, Timestamp::UNIX_EPOCH);
                assert!(found.len() <= most, "{kind} {pointer}");
                read += 1;
            }
        }
    }
    read
}

/// Every place of `value` down to `levels`.
fn pointers(value: &Value, levels: usize) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.replace('~', "~0").replace('/', "~1"), field))
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
