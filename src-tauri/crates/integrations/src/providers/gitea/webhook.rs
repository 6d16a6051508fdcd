//! Webhooks of Gitea and Forgejo: the signature, the two encodings, and which connection a message is for.
//!
//! Sources: go-gitea/gitea services/webhook/deliver.go; forgejo.org/docs "Webhooks".

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::webhook::{CODE_REPO, Malformed, Unverified, Webhook};
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
        CODE_REPO
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
