//! Data Center's webhooks: the signature, the message, and which connection it is for.
//!
//! Source: confluence.atlassian.com "Manage webhooks", "Event payload".

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::NewDelivery;
use perch_core::seam::webhook::{CODE_REPO, Malformed, Unverified, Webhook};
use secrecy::SecretString;
use serde_json::Value;

use super::api::full_name;
use super::parse::repository;
use crate::payload::number;
use crate::signed;

/// How Data Center signs and shapes its messages.
pub(super) struct BitbucketDcWebhook;

impl Webhook for BitbucketDcWebhook {
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
        signed::event(headers, body, "x-event-key", "x-request-id")
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        let Ok(payload) = serde_json::from_slice::<Value>(&message.body) else {
            return false;
        };
        let Some(repository) = repository(&payload) else {
            return false;
        };
        let id = number(repository, "/id").map(|id| id.to_string());
        let name = full_name(repository);
        connection.watch.iter().any(|watched| {
            id.as_deref() == Some(watched)
                || name
                    .as_ref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(watched))
        })
    }
}
