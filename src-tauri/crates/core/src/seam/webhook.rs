//! The seam to a sender of webhooks: how it signs, and how its messages are told apart.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use secrecy::SecretString;
use thiserror::Error;

use crate::connection::Connection;
use crate::delivery::NewDelivery;

/// The family of code forges.
pub const CODE_REPO: &str = "code-repo";

/// Why a request is not believed. Deliberately coarse: the sender learns no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unverified {
    /// No signature came.
    #[error("the request carries no signature")]
    Missing,
    /// The signature is not this secret's over this body, or is too old.
    #[error("the signature does not match")]
    Wrong,
}

/// Why a believed request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// A sender of webhooks.
pub trait Webhook: Send + Sync {
    /// The shared route it also answers on: `code-repo` or `supabase`.
    fn family(&self) -> &'static str;

    /// Checks the raw body against one secret in constant time. Which headers came decides nothing else.
    fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Unverified>;

    /// The same for a connection whose settings say in which header the secret comes, where a provider has such.
    fn verify_for(
        &self,
        _connection: &Connection,
        headers: &HeaderMap,
        body: &[u8],
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Unverified> {
        self.verify(headers, body, secret, now)
    }

    /// Names the kind and the sender's id of a verified message and unwraps its JSON.
    fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<NewDelivery, Malformed>;

    /// True when the message is about something `connection` watches, or about the hook itself.
    fn concerns(&self, connection: &Connection, message: &NewDelivery) -> bool;
}
