//! Bitbucket Cloud's webhooks: the signature, the message, and which connection it is for.
//!
//! Source: support.atlassian.com "Manage webhooks", "Event payloads", "Troubleshoot webhooks".

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::NewDelivery;
use perch_core::seam::webhook::{CODE_REPO, Malformed, Unverified, Webhook};
use secrecy::SecretString;
use serde_json::Value;

use super::api::bare;
use crate::payload::text;
use crate::signed;

/// How Bitbucket Cloud signs and shapes its messages.
pub(super) struct BitbucketWebhook;

impl Webhook for BitbucketWebhook {
    fn family(&self) -> &'static str {
        CODE_REPO
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        _now: Timestamp,
    ) -> Result<(), Unverified> {
        signed::verify_hub(headers, body, secret)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        signed::event(headers, body, "x-event-key", "x-request-uuid")
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let Ok(payload) = serde_json::from_slice::<Value>(&message.body) else {
            return false;
        };
        let id = text(&payload, "/repository/uuid").map(bare);
        let name = text(&payload, "/repository/full_name");
        connection.watch.iter().any(|watched| {
            id == Some(bare(watched)) || name.is_some_and(|name| name.eq_ignore_ascii_case(watched))
        })
    }
}
