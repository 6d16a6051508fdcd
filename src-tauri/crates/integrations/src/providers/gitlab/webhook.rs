//! GitLab's webhooks: signing token or secret token, and which connection a message is for.
//!
//! Source: docs.gitlab.com/user/project/integrations/webhooks, "Delivery headers", "Signing tokens".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::webhook::{CODE_REPO, Malformed, Unverified, Webhook};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::parse::project;
use crate::signed;

/// What a signing token begins with.
const SIGNING: &str = "whsec_";

/// Bytes of the key in a signing token.
const KEY: usize = 32;

/// How GitLab signs and shapes its messages.
pub(super) struct GitLabWebhook;

impl Webhook for GitLabWebhook {
    fn family(&self) -> &'static str {
        CODE_REPO
    }

    /// The secret says how it is used: a signing token only as one, anything else only as a secret token. The
    /// header of the other scheme is never looked at.
    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        if let Some(key) = secret.expose_secret().strip_prefix(SIGNING) {
            let key = STANDARD
                .decode(key.trim())
                .ok()
                .filter(|key| key.len() == KEY)
                .ok_or(Unverified::Wrong)?;
            return signed::verify_standard(headers, body, &key, now);
        }
        let sent = headers.get("x-gitlab-token").ok_or(Unverified::Missing)?;
        if secret.expose_secret().is_empty() {
            return Err(Unverified::Wrong);
        }
        signed::verify_plain(sent.as_bytes(), secret)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        let kind = signed::header(headers, "x-gitlab-event")
            .ok_or_else(|| Malformed("the header X-Gitlab-Event is missing or empty".into()))?;
        let body = signed::object(headers, body)?;
        serde_json::from_slice::<serde::de::IgnoredAny>(&body)
            .map_err(|error| Malformed(format!("the payload is no JSON object: {error}")))?;
        // `X-Gitlab-Event-UUID` is shared by hooks that set each other off, so it tells no delivery from another.
        let id = signed::header(headers, "webhook-id")
            .or_else(|| signed::header(headers, "idempotency-key"));
        Ok(NewDelivery {
            door: Door::Webhook,
            kind,
            external_id: id,
            body,
        })
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let Ok(payload) = serde_json::from_slice::<Value>(&message.body) else {
            return false;
        };
        let (number, name) = project(&payload);
        let number = number.map(|number| number.to_string());
        connection.watch.iter().any(|watched| {
            number.as_deref() == Some(watched)
                || name.is_some_and(|name| name.eq_ignore_ascii_case(watched))
        })
    }
}
