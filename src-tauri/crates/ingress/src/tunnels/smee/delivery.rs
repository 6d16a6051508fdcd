//! Reads what an event of a smee channel says: which delivery it carries, byte for byte as far as it can be had.
//! Pure.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::tunnels::sse::Event;

/// What an event means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    /// A delivery.
    Delivery {
        /// The forge's headers.
        headers: HeaderMap,
        /// Its body: as it was sent (gosmee), or as the server wrote it anew.
        body: Bytes,
    },
    /// The server says, or shows, that something is lost.
    Lost,
    /// A greeting or a sign of life.
    Nothing,
}

/// Keys beside the headers.
const NO_HEADERS: [&str; 5] = ["body", "bodyB", "query", "rawdata", "timestamp"];

pub(super) fn read(event: &Event) -> Meaning {
    match event.name.as_str() {
        "" | "message" => {}
        // gosmee's word for deliveries it no longer has.
        "gosmee-gap" => return Meaning::Lost,
        _ => return Meaning::Nothing,
    }
    let Ok(fields) = serde_json::from_slice::<HashMap<String, Box<RawValue>>>(&event.data) else {
        return Meaning::Lost;
    };
    let mut headers: HeaderMap = fields
        .iter()
        .filter(|(name, _)| !NO_HEADERS.contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let value: String = serde_json::from_str(value.get()).ok()?;
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::try_from(value).ok()?))
        })
        .collect();
    let body = match (fields.get("bodyB"), fields.get("body")) {
        (Some(encoded), _) => {
            let encoded = serde_json::from_str::<String>(encoded.get()).ok();
            match encoded.and_then(|encoded| STANDARD.decode(encoded).ok()) {
                Some(body) => Bytes::from(body),
                None => return Meaning::Lost,
            }
        }
        (None, Some(body)) if is_form(&headers) => match form(body) {
            Some(body) => body,
            None => return Meaning::Lost,
        },
        (None, Some(body)) => Bytes::copy_from_slice(body.get().as_bytes()),
        // `{"message":"ready"}`.
        (None, None) => return Meaning::Nothing,
    };
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    Meaning::Delivery { headers, body }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

/// A form from the fields the server read out of it.
fn form(body: &RawValue) -> Option<Bytes> {
    let fields: serde_json::Map<String, Value> = serde_json::from_str(body.get()).ok()?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &fields {
        form.append_pair(name, value.as_str()?);
    }
    Some(form.finish().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event {
            name: name.into(),
            data: data.into(),
            id: None,
        }
    }

    fn delivery(data: &str) -> (Vec<(String, String)>, String) {
        let Meaning::Delivery { headers, body } = read(&event("", data)) else {
            panic!("{data} is a delivery");
        };
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
            .collect();
        headers.sort();
        (headers, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[test]
    fn a_body_is_taken_as_the_server_wrote_it_and_only_texts_are_headers() {
        let (headers, body) = delivery(
            r#"{"x-github-event":"push","host":"smee.io","body":{"b":1,"a":"é","n":1.0e5},"query":{},"timestamp":1}"#,
        );
        assert_eq!(body, r#"{"b":1,"a":"é","n":1.0e5}"#);
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["content-type", "host", "x-github-event"]);
    }

    #[test]
    fn gosmees_body_comes_byte_for_byte() {
        let (_, body) = delivery(
            r#"{"x-gitlab-event":"Push Hook","content-type":"application/json","bodyB":"eyJhIjogIlx1MDAyNiJ9Cg==","timestamp":"1"}"#,
        );
        assert_eq!(body, "{\"a\": \"\\u0026\"}\n");
    }

    #[test]
    fn a_form_is_written_again_from_its_fields() {
        let (_, body) = delivery(
            r#"{"content-type":"application/x-www-form-urlencoded","body":{"payload":"{\"a\":\"b c&d\"}"}}"#,
        );
        assert_eq!(body, "payload=%7B%22a%22%3A%22b+c%26d%22%7D");
    }

    #[test]
    fn signs_of_life_mean_nothing_and_what_cannot_be_read_means_a_loss() {
        for (name, data, expected) in [
            ("ready", "{}", Meaning::Nothing),
            ("ping", "{}", Meaning::Nothing),
            ("", r#"{"message":"ready"}"#, Meaning::Nothing),
            ("gosmee-gap", r#"{"from":"1"}"#, Meaning::Lost),
            ("", "no JSON", Meaning::Lost),
            ("", r#"{"bodyB":"no base64!"}"#, Meaning::Lost),
        ] {
            assert_eq!(read(&event(name, data)), expected, "{name} {data}");
        }
    }
}
