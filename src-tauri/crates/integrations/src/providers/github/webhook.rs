//! GitHub's webhooks: the signature, the two encodings, and which connection a message is for.
//!
//! Source: docs.github.com "Validating webhook deliveries", "Webhook events and payloads".

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::seam::webhook::{CODE_REPO, Malformed, Unverified, Webhook};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::signed;

/// How GitHub signs and shapes its messages.
pub(super) struct GitHubWebhook;

impl Webhook for GitHubWebhook {
    fn family(&self) -> &'static str {
        CODE_REPO
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
        serde_json::from_slice::<Addressed<'_>>(&body)
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
        let Ok(addressed) = serde_json::from_slice::<Addressed<'_>>(&message.body) else {
            return false;
        };
        let Some(repository) = addressed.repository() else {
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

/// As much of a payload as tells whom it is for. The rest is passed over unread: it is most of a payload.
#[derive(Deserialize)]
struct Addressed<'body> {
    #[serde(default, borrow)]
    repository: Option<&'body RawValue>,
}

impl Addressed<'_> {
    /// A repository of another shape is none.
    fn repository(&self) -> Option<Repository<'_>> {
        serde_json::from_str(self.repository?.get()).ok()
    }
}

#[derive(Deserialize)]
struct Repository<'body> {
    #[serde(default)]
    id: Option<u64>,
    #[serde(default, borrow)]
    full_name: Option<Cow<'body, str>>,
}
