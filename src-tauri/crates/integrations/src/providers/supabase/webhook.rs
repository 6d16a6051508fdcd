//! How Supabase sends: database webhooks with a secret in a header the user names, and auth hooks signed by Standard
//! Webhooks. Pure.
//!
//! Source: the trigger function `supabase_functions.http_request`, and Supabase's guide on auth hooks. A database webhook
//! has no id of its own; the same bytes are the same message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::id::short_hash;
use perch_core::seam::webhook::{Malformed, Unverified, Webhook};
use secrecy::{ExposeSecret, SecretString};

use super::{parse, setting};
use crate::signed::{header, object, verify_plain, verify_standard};

/// The header that carries the secret unless the connection names another.
const HEADER: &str = "authorization";

pub(super) struct SupabaseWebhook;

impl Webhook for SupabaseWebhook {
    fn family(&self) -> &'static str {
        "supabase"
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        verify(HEADER, headers, body, secret, now)
    }

    fn verify_for(
        &self,
        connection: &Connection,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        let name = setting(connection, "webhook_header").unwrap_or(HEADER);
        verify(name, headers, body, secret, now)
    }

    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed> {
        let body = object(headers, body)?;
        let kind = parse::kind(&body)?;
        let id = header(headers, "webhook-id")
            .unwrap_or_else(|| short_hash(&String::from_utf8_lossy(&body), 32));
        Ok(NewDelivery {
            door: Door::Webhook,
            kind,
            external_id: Some(id),
            body,
        })
    }

    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool {
        parse::event_type(connection, &message.body).is_some()
    }
}

/// The secret's own form says how it signs: that of an auth hook never stands in a header.
fn verify(
    name: &str,
    headers: &HeaderMap,
    body: &[u8],
    secret: &SecretString,
    now: Timestamp,
) -> Result<(), Unverified> {
    let text = secret.expose_secret();
    if let Some(key) = text
        .strip_prefix("v1,")
        .unwrap_or(text)
        .strip_prefix("whsec_")
    {
        let key = STANDARD.decode(key).map_err(|_| Unverified::Wrong)?;
        return verify_standard(headers, body, &key, now);
    }
    let sent = headers.get(name).ok_or(Unverified::Missing)?.as_bytes();
    let bare = match sent.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case(b"bearer ") => sent[7..].trim_ascii(),
        _ => sent,
    };
    let (whole, bare) = (verify_plain(sent, secret), verify_plain(bare, secret));
    whole.or(bare)
}
