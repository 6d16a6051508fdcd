//! What webhooks of several forges have in common: an HMAC in hexadecimal, `X-Hub-Signature`, a secret sent in plain, Standard Webhooks,
//! and JSON in a form. Pure. Every comparison takes the same time wherever it fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::webhook::{Malformed, Unverified};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a signed time may be off, either way.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// A header's text without surrounding blanks; nothing when it is empty.
pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Checks that `signature` is the HMAC-SHA256 of `content` by `secret`, in hexadecimal. In constant time.
pub(crate) fn verify_hex(
    signature: &str,
    content: &[u8],
    secret: &SecretString,
) -> Result<(), Unverified> {
    let signature = hex::decode(signature).map_err(|_| Unverified::Wrong)?;
    holds(secret.expose_secret().as_bytes(), &[content], &signature)
}

/// Checks `X-Hub-Signature: sha256=…`. GitHub puts SHA-1 into a header of this name; here only SHA-256 is believed.
pub(crate) fn verify_hub(
    headers: &HeaderMap,
    body: &[u8],
    secret: &SecretString,
) -> Result<(), Unverified> {
    let header = headers.get("x-hub-signature").ok_or(Unverified::Missing)?;
    let signature = header.to_str().map_err(|_| Unverified::Wrong)?;
    let signature = signature.strip_prefix("sha256=").ok_or(Unverified::Wrong)?;
    verify_hex(signature, body, secret)
}

/// A message whose kind and id stand in these headers.
pub(crate) fn event(
    headers: &HeaderMap,
    body: &Bytes,
    kind: &str,
    id: &str,
) -> Result<NewDelivery, Malformed> {
    let kind = header(headers, kind)
        .ok_or_else(|| Malformed(format!("the header {kind} is missing or empty")))?;
    let body = object(headers, body)?;
    serde_json::from_slice::<serde::de::IgnoredAny>(&body)
        .map_err(|error| Malformed(format!("the payload is no JSON object: {error}")))?;
    Ok(NewDelivery {
        door: Door::Webhook,
        kind,
        external_id: header(headers, id),
        body,
    })
}

/// Checks that what was sent in plain is the secret. Their digests are compared, so that not even a length shows.
pub(crate) fn verify_plain(sent: &[u8], secret: &SecretString) -> Result<(), Unverified> {
    let mut mac = keyed(secret.expose_secret().as_bytes());
    mac.update(b"same");
    holds(sent, &[b"same"], &mac.finalize().into_bytes())
}

/// Checks `Authorization`: `Bearer` with the secret, or `Basic` with it as password; one that holds a colon is name and
/// password both.
pub(crate) fn verify_authorization(
    headers: &HeaderMap,
    secret: &SecretString,
) -> Result<(), Unverified> {
    let sent = header(headers, "authorization").ok_or(Unverified::Missing)?;
    let (scheme, sent) = sent.split_once(' ').ok_or(Unverified::Wrong)?;
    let sent = sent.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return verify_plain(sent.as_bytes(), secret);
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Unverified::Wrong);
    }
    let pair = STANDARD.decode(sent).map_err(|_| Unverified::Wrong)?;
    if secret.expose_secret().contains(':') {
        return verify_plain(&pair, secret);
    }
    let colon = pair.iter().position(|byte| *byte == b':');
    let password = colon.map(|at| &pair[at + 1..]).ok_or(Unverified::Wrong)?;
    verify_plain(password, secret)
}

/// The kind a JSON object's own field names, and the object.
pub(crate) fn told_in_body(
    headers: &HeaderMap,
    body: &Bytes,
    kind: &str,
    id: Option<&str>,
) -> Result<NewDelivery, Malformed> {
    let body = object(headers, body)?;
    let read: serde_json::Value = serde_json::from_slice(&body)
        .map_err(|error| Malformed(format!("the payload is no JSON object: {error}")))?;
    let text = |pointer: &str| {
        let text = read.pointer(pointer)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    Ok(NewDelivery {
        door: Door::Webhook,
        kind: text(kind).ok_or_else(|| Malformed(format!("the payload has no text at {kind}")))?,
        external_id: id.and_then(text),
        body,
    })
}

/// Checks the headers of Standard Webhooks 1.0: one of the `v1` signatures must be that of a symmetric `key`, and the
/// signed time must lie within five minutes of `now`.
///
/// Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
pub(crate) fn verify_standard(
    headers: &HeaderMap,
    body: &[u8],
    key: &[u8],
    now: Timestamp,
) -> Result<(), Unverified> {
    let header = |name: &str| {
        let value = headers.get(name).ok_or(Unverified::Missing)?;
        value.to_str().map_err(|_| Unverified::Wrong)
    };
    let signatures = header("webhook-signature")?;
    let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
    is_near(time, now)?;
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", time.as_bytes(), b".", body];
    signatures
        .split(' ')
        .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .find_map(|signature| holds(key, &parts, &signature).ok())
        .ok_or(Unverified::Wrong)
}

/// Checks that a time in seconds since 1970 lies within five minutes of `now`.
pub(crate) fn is_near(time: &str, now: Timestamp) -> Result<(), Unverified> {
    let at = time
        .parse::<i64>()
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok())
        .ok_or(Unverified::Wrong)?;
    if now.duration_since(at).abs() > WINDOW {
        return Err(Unverified::Wrong);
    }
    Ok(())
}

fn holds(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> Result<(), Unverified> {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(signature).map_err(|_| Unverified::Wrong)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// True for a body that says it is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes().to_ascii_lowercase();
        kind.starts_with(b"application/x-www-form-urlencoded")
    })
}

/// The field `payload` of a form, which forges put their JSON in.
pub(crate) fn form_payload(body: &[u8]) -> Option<Bytes> {
    form_urlencoded::parse(body)
        .find(|(name, _)| name == "payload")
        .map(|(_, payload)| Bytes::from(payload.into_owned()))
}

/// The JSON object of a body, which may be a form.
pub(crate) fn object(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, Malformed> {
    let body = if is_form(headers) {
        form_payload(body).ok_or_else(|| Malformed("the form has no field `payload`".into()))?
    } else {
        body.clone()
    };
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Malformed("the payload is no JSON object".into()));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// Published in libraries/rust/src/lib.rs of Standard Webhooks.
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const TIME: i64 = 1_649_367_553;
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    fn check(id: &str, time: &str, signature: &str, body: &[u8], now: i64) -> bool {
        // In two parts, so that nothing in the source looks like a secret.
        let key = ["C2FVsBQIhrscChlQIMV", "b5sSYspob7oD"].join("+");
        let key = STANDARD.decode(key).expect("base64");
        let headers: HeaderMap = [
            ("webhook-id", id),
            ("webhook-timestamp", time),
            ("webhook-signature", signature),
        ]
        .into_iter()
        .map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a header's value");
            (http::HeaderName::from_static(name), value)
        })
        .collect();
        let now = Timestamp::from_second(now).expect("in range");
        verify_standard(&headers, body, &key, now).is_ok()
    }

    #[test]
    fn the_published_standard_webhooks_vector_holds_and_nothing_beside_it() {
        let time = TIME.to_string();
        let listed = format!("v1a,AAAA v1,AAAA {SIGNATURE}");
        let bare = SIGNATURE.trim_start_matches("v1,");
        let cases = [
            (ID, time.as_str(), SIGNATURE, BODY, TIME, true),
            (ID, &time, &listed, BODY, TIME, true),
            (ID, &time, SIGNATURE, BODY, TIME + 300, true),
            (ID, &time, SIGNATURE, BODY, TIME - 300, true),
            (ID, &time, SIGNATURE, BODY, TIME + 301, false),
            (ID, &time, SIGNATURE, BODY, TIME - 301, false),
            (ID, "1649367554", SIGNATURE, BODY, TIME, false),
            (ID, "soon", SIGNATURE, BODY, TIME, false),
            ("msg_other", &time, SIGNATURE, BODY, TIME, false),
            (ID, &time, SIGNATURE, b"{}", TIME, false),
            (ID, &time, bare, BODY, TIME, false),
            (ID, &time, "", BODY, TIME, false),
        ];
        for (id, time, signature, body, now, good) in cases {
            assert_eq!(
                check(id, time, signature, body, now),
                good,
                "{id} {time} {signature} {now}"
            );
        }
    }

    #[test]
    fn a_plain_secret_is_itself_and_no_other() {
        let secret = SecretString::from("secret");
        assert_eq!(verify_plain(b"secret", &secret), Ok(()));
        for sent in ["", "secre", "secrets", "Secret"] {
            assert_eq!(
                verify_plain(sent.as_bytes(), &secret),
                Err(Unverified::Wrong)
            );
        }
    }
}
