//! The messages of GitHub's forwarding: a delivery that comes, and the answer that goes. Pure.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use perch_core::seam::tunnel::Reply;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Incoming {
    #[serde(default)]
    header: Option<HashMap<String, Vec<String>>>,
    #[serde(default)]
    body: Option<String>,
}

/// The delivery in a message; nothing if it holds none.
pub(super) fn read(message: &[u8]) -> Option<(HeaderMap, Bytes)> {
    let incoming: Incoming = serde_json::from_slice(message).ok()?;
    let body = STANDARD.decode(incoming.body?).ok()?;
    let mut headers = HeaderMap::new();
    for (name, values) in incoming.header? {
        let Ok(name) = HeaderName::try_from(name) else {
            continue;
        };
        for value in values {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(name.clone(), value);
            }
        }
    }
    Some((headers, body.into()))
}

/// The answer to a delivery.
pub(super) fn answer(reply: &Reply) -> String {
    let mut headers = Map::new();
    for name in reply.headers.keys() {
        let values: Vec<&str> = reply
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        headers.insert(name.to_string(), json!(values));
    }
    let answer = json!({
        "Status": reply.status.as_u16(),
        "Header": Value::Object(headers),
        "Body": STANDARD.encode(&reply.body),
    });
    answer.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_comes_byte_for_byte_and_its_answer_goes_the_same_way() {
        let text = br#"{"Header":{"X-Github-Event":["push"],"Bad Name":["x"],"Accept":["a","b"]},"Body":"AAH/Cg=="}"#;
        let (headers, body) = read(text).expect("a delivery");
        assert_eq!(body.as_ref(), b"\x00\x01\xff\n");
        assert_eq!(headers["x-github-event"], "push");
        assert_eq!(headers.get_all("accept").iter().count(), 2);
        assert_eq!(headers.len(), 3);

        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let reply = Reply {
            status: http::StatusCode::ACCEPTED,
            headers,
            body: "{}".into(),
        };
        assert_eq!(
            answer(&reply),
            r#"{"Status":202,"Header":{"content-type":["application/json"]},"Body":"e30="}"#
        );
    }

    #[test]
    fn what_is_no_delivery_is_none() {
        for text in [
            "",
            "{}",
            r#"{"Header":{},"Body":null}"#,
            r#"{"Header":{},"Body":"!"}"#,
            "[1]",
        ] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
