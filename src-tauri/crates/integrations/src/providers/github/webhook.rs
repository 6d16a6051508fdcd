//! GitHub's webhooks: the signature, the two encodings, and which connection a message is for.
//!
//! Source: docs.github.com "Validating webhook deliveries", "Webhook events and payloads".

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::webhook::{Malformed, Unverified, Webhook};
use secrecy::SecretString;
use serde::Deserialize;

use crate::signed;

/// How GitHub signs and shapes its messages.
pub(super) struct GitHubWebhook;

impl Webhook for GitHubWebhook {
    fn family(&self) -> &'static str {
        "code-repo"
    }

    /// Only `X-Hub-Signature-256` counts; the SHA-1 signature beside it is never looked at.
    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        _now: Timestamp,
    ) -> Result<(), Unverified> {
        let header = headers
            .get("x-hub-signature-256")
            .ok_or(Unverified::Missing)?;
        let signature = header.to_str().map_err(|_| Unverified::Wrong)?;
        let signature = signature.strip_prefix("sha256=").ok_or(Unverified::Wrong)?;
        signed::verify_hex(signature, body, secret)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        let kind = signed::header(headers, "x-github-event")
            .ok_or_else(|| Malformed("the header X-GitHub-Event is missing or empty".into()))?;
        let body = signed::object(headers, body)?;
        serde_json::from_slice::<Addressed>(&body)
            .map_err(|error| Malformed(format!("the payload is no JSON object: {error}")))?;
        Ok(NewDelivery {
            door: Door::Webhook,
            kind,
            external_id: signed::header(headers, "x-github-delivery"),
            body,
        })
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        if message.kind == "ping" {
            return true;
        }
        let Ok(addressed) = serde_json::from_slice::<Addressed>(&message.body) else {
            return false;
        };
        let Some(repository) = addressed.repository else {
            return false;
        };
        let id = repository.id.map(|id| id.to_string());
        connection.watch.iter().any(|watched| {
            id.as_deref() == Some(watched)
                || repository
                    .full_name
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(watched))
        })
    }
}

/// As much of a payload as tells whom it is for.
#[derive(Deserialize)]
struct Addressed {
    #[serde(default, deserialize_with = "lenient")]
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    full_name: Option<String>,
}

/// A repository of another shape is none.
fn lenient<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Repository>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Shape {
        Known(Repository),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Shape::deserialize(value)? {
        Shape::Known(repository) => Some(repository),
        Shape::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    /// Published in GitHub's documentation of validating deliveries.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("a header's value");
                (http::HeaderName::from_static(name), value)
            })
            .collect()
    }

    #[test]
    fn only_the_sha256_signature_of_this_body_by_this_secret_is_believed() {
        let good = format!("sha256={SIGNATURE}");
        let short = format!("sha256={}", &SIGNATURE[..62]);
        let sha1 = "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59";
        let cases: [(&[(&'static str, &str)], &[u8], &str, Result<(), Unverified>); 9] = [
            (&[("x-hub-signature-256", &good)], BODY, SECRET, Ok(())),
            (
                &[("x-hub-signature-256", &good)],
                b"Hello, World?",
                SECRET,
                Err(Unverified::Wrong),
            ),
            (
                &[("x-hub-signature-256", &good)],
                BODY,
                "another",
                Err(Unverified::Wrong),
            ),
            (
                &[("x-hub-signature-256", &short)],
                BODY,
                SECRET,
                Err(Unverified::Wrong),
            ),
            (
                &[("x-hub-signature-256", SIGNATURE)],
                BODY,
                SECRET,
                Err(Unverified::Wrong),
            ),
            (
                &[("x-hub-signature-256", "sha256=")],
                BODY,
                SECRET,
                Err(Unverified::Wrong),
            ),
            (
                &[("x-hub-signature-256", sha1)],
                BODY,
                SECRET,
                Err(Unverified::Wrong),
            ),
            (
                &[("x-hub-signature", sha1)],
                BODY,
                SECRET,
                Err(Unverified::Missing),
            ),
            (&[], BODY, SECRET, Err(Unverified::Missing)),
        ];
        for (list, body, secret, expected) in cases {
            let found = GitHubWebhook.verify(
                &headers(list),
                body,
                &SecretString::from(secret),
                Timestamp::UNIX_EPOCH,
            );
            assert_eq!(found, expected, "{list:?}");
        }
    }

    #[test]
    fn json_and_forms_are_read_alike() {
        let payload = json!({"action": "opened", "text": "a&b=c +ü"}).to_string();
        let form: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &payload)
            .finish();
        for (kind, body) in [
            ("application/json", payload.clone()),
            ("application/x-www-form-urlencoded", form),
        ] {
            let read = GitHubWebhook
                .read(
                    &headers(&[
                        ("content-type", kind),
                        ("x-github-event", "issues"),
                        ("x-github-delivery", "7"),
                    ]),
                    &Bytes::from(body),
                )
                .expect("readable");
            assert_eq!(read.kind, "issues");
            assert_eq!(read.external_id.as_deref(), Some("7"));
            assert_eq!(read.body, payload);
        }
    }

    #[test]
    fn a_message_without_a_kind_or_without_an_object_is_malformed() {
        let kind = ("x-github-event", "push");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let cases: [(&[(&'static str, &str)], &str); 6] = [
            (&[], "{}"),
            (&[("x-github-event", "")], "{}"),
            (&[kind], "[]"),
            (&[kind], "{"),
            (&[kind, form], "{}"),
            (&[kind, form], "payload=%7B"),
        ];
        for (list, body) in cases {
            let read = GitHubWebhook.read(&headers(list), &Bytes::from(body));
            assert!(read.is_err(), "{list:?} {body}");
        }
    }
}
