//! Webhooks of Gitea and Forgejo: the signature, the two encodings, and which connection a message is for.
//!
//! Sources: go-gitea/gitea services/webhook/deliver.go; forgejo.org/docs "Webhooks".

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::webhook::{Malformed, Unverified, Webhook};
use secrecy::SecretString;
use serde_json::Value;

use super::parse::repository;
use crate::payload::{number, text};
use crate::signed;

/// Headers that carry the signature, with what stands before it; the first that came decides alone.
const SIGNATURES: [(&str, &str); 3] = [
    ("x-forgejo-signature", ""),
    ("x-gitea-signature", ""),
    ("x-hub-signature-256", "sha256="),
];

/// How Gitea and Forgejo sign and shape their messages.
pub(super) struct GiteaWebhook;

impl Webhook for GiteaWebhook {
    fn family(&self) -> &'static str {
        "code-repo"
    }

    /// Of a form the JSON within is signed, not the form. Without a secret the header comes empty.
    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        _now: Timestamp,
    ) -> Result<(), Unverified> {
        let (value, before) = SIGNATURES
            .iter()
            .find_map(|(name, before)| Some((headers.get(*name)?, before)))
            .ok_or(Unverified::Missing)?;
        if value.is_empty() {
            return Err(Unverified::Missing);
        }
        let signature = value.to_str().map_err(|_| Unverified::Wrong)?;
        let signature = signature.strip_prefix(before).ok_or(Unverified::Wrong)?;
        if signed::is_form(headers) {
            let payload = signed::form_payload(body).ok_or(Unverified::Wrong)?;
            return signed::verify_hex(signature, &payload, secret);
        }
        signed::verify_hex(signature, body, secret)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        let either = |what: &str| {
            signed::header(headers, &format!("x-forgejo-{what}"))
                .or_else(|| signed::header(headers, &format!("x-gitea-{what}")))
        };
        let kind = either("event")
            .ok_or_else(|| Malformed("the header X-Gitea-Event is missing or empty".into()))?;
        let body = signed::object(headers, body)?;
        serde_json::from_slice::<serde::de::IgnoredAny>(&body)
            .map_err(|error| Malformed(format!("the payload is no JSON object: {error}")))?;
        Ok(NewDelivery {
            door: Door::Webhook,
            kind,
            external_id: either("delivery"),
            body,
        })
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let Ok(payload) = serde_json::from_slice::<Value>(&message.body) else {
            return false;
        };
        let Some(repository) = repository(&payload) else {
            return false;
        };
        let id = number(repository, "/id").map(|id| id.to_string());
        let name = text(repository, "/full_name");
        connection.watch.iter().any(|watched| {
            id.as_deref() == Some(watched)
                || name.is_some_and(|name| name.eq_ignore_ascii_case(watched))
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    /// Published in GitHub's documentation; the algorithm is the same.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const GOOD: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    const BAD: &str = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("a header's value");
                (http::HeaderName::from_static(name), value)
            })
            .collect()
    }

    fn verify(list: &[(&'static str, &str)], body: &[u8], secret: &str) -> Result<(), Unverified> {
        let secret = SecretString::from(secret);
        GiteaWebhook.verify(&headers(list), body, &secret, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_first_signature_header_there_is_decides_alone() {
        let hub = format!("sha256={GOOD}");
        let (forgejo, gitea) = ("x-forgejo-signature", "x-gitea-signature");
        let (missing, wrong) = (Err(Unverified::Missing), Err(Unverified::Wrong));
        let cases: [(&[(&'static str, &str)], Result<(), Unverified>); 13] = [
            (&[(gitea, GOOD)], Ok(())),
            (&[(forgejo, GOOD)], Ok(())),
            (&[("x-hub-signature-256", &hub)], Ok(())),
            (&[(forgejo, GOOD), (gitea, BAD)], Ok(())),
            (&[(forgejo, BAD), (gitea, GOOD)], wrong),
            (&[(gitea, BAD), ("x-hub-signature-256", &hub)], wrong),
            (&[(gitea, &hub)], wrong),
            (&[("x-hub-signature-256", GOOD)], wrong),
            (&[(gitea, &GOOD[..62])], wrong),
            (&[(gitea, "")], missing),
            (&[(forgejo, ""), (gitea, GOOD)], missing),
            (&[("x-gogs-signature", GOOD)], missing),
            (&[], missing),
        ];
        for (list, expected) in cases {
            assert_eq!(verify(list, BODY, SECRET), expected, "{list:?}");
        }
        assert_eq!(verify(&[(gitea, GOOD)], b"Hello, World?", SECRET), wrong);
        assert_eq!(verify(&[(gitea, GOOD)], BODY, "another"), wrong);
    }

    #[test]
    fn of_a_form_the_json_within_is_what_is_signed() {
        let list = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-gitea-signature", GOOD),
        ];
        assert_eq!(verify(&list, b"payload=Hello%2C+World%21", SECRET), Ok(()));
        for body in [&b"payload=Hello"[..], BODY, b"other=Hello%2C+World%21"] {
            assert_eq!(verify(&list, body, SECRET), Err(Unverified::Wrong));
        }
    }

    #[test]
    fn json_and_forms_are_read_alike_and_the_rest_is_malformed() {
        let payload = json!({"action": "opened", "text": "a&b=c +ü"}).to_string();
        let form: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("payload", &payload)
            .finish();
        let event = ("x-gitea-event", "issues");
        let form_type = ("content-type", "application/x-www-form-urlencoded");
        for (kind, body) in [
            (("content-type", "application/json"), payload.clone()),
            (form_type, form),
        ] {
            let list = [
                kind,
                event,
                ("x-gitea-delivery", "7"),
                ("x-github-event", "no"),
            ];
            let read = GiteaWebhook.read(&headers(&list), &Bytes::from(body));
            let read = read.expect("readable");
            assert_eq!(
                (read.kind.as_str(), read.external_id.as_deref()),
                ("issues", Some("7"))
            );
            assert_eq!(read.body, payload);
        }
        let cases: [(&[(&'static str, &str)], &str); 6] = [
            (&[("x-github-event", "issues")], "{}"),
            (&[("x-gitea-event", "")], "{}"),
            (&[event], "[]"),
            (&[event], "{"),
            (&[event, form_type], "{}"),
            (&[event, form_type], "payload=%7B"),
        ];
        for (list, body) in cases {
            let read = GiteaWebhook.read(&headers(list), &Bytes::from(body));
            assert!(read.is_err(), "{list:?} {body}");
        }
    }
}
