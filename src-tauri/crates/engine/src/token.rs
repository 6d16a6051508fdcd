//! The token of a connection, renewed shortly before its end where it came by OAuth.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::id::ConnectionId;
use perch_core::seam::account::Grant;
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::provider::Context;
use secrecy::SecretString;

use crate::engine::Engine;

/// How long before its end a grant is renewed.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// The token of a connection, away from the async threads since a keychain may block. The problem is said in words.
    pub async fn token(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<SecretString>, String> {
        let Some(secret) = self.read_token(id).await? else {
            return Ok(None);
        };
        match Grant::from_secret(&secret) {
            None => Ok(Some(secret)),
            Some(grant) if lasts(&grant, now) => Ok(Some(grant.access)),
            Some(_) => self.renewed(id, now).await.map(Some),
        }
    }

    /// A renewal uses up what renews, so there is one at a time, and whoever waited for it takes what it brought.
    async fn renewed(&self, id: &ConnectionId, now: Timestamp) -> Result<SecretString, String> {
        let _alone = self.renewing.lock().await;
        let gone = || "the token is no longer there; set it with `perch connect`".to_owned();
        let secret = self.read_token(id).await?.ok_or_else(gone)?;
        let Some(grant) = Grant::from_secret(&secret) else {
            return Ok(secret);
        };
        if lasts(&grant, now) {
            return Ok(grant.access);
        }
        let setup = self.setup();
        let connection: &Connection = setup.connection(id).ok_or_else(gone)?;
        let account = self
            .provider(&connection.provider)
            .and_then(|provider| provider.account())
            .ok_or_else(gone)?;
        let ctx = Context {
            connection,
            token: None,
            cache: &Forgetful,
            now,
        };
        let grant = account
            .renew(&ctx, &grant)
            .await
            .map_err(|error| error.to_string())?;
        let (secrets, name, kept) = (Arc::clone(&self.secrets), name(id), grant.to_secret());
        blocking(move || secrets.set(&name, &kept)).await?;
        Ok(grant.access)
    }

    async fn read_token(&self, id: &ConnectionId) -> Result<Option<SecretString>, String> {
        let (secrets, name) = (Arc::clone(&self.secrets), name(id));
        blocking(move || secrets.get(&name)).await
    }
}

fn name(id: &ConnectionId) -> String {
    format!("{id}/token")
}

fn lasts(grant: &Grant, now: Timestamp) -> bool {
    grant.ends.is_none_or(|ends| now + EARLY < ends)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, perch_core::seam::secrets::KeychainError> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}
