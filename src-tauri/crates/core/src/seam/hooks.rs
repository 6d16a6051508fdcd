//! The seam to the webhooks of a repository at its forge: listed, made, moved and removed for the user.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::seam::provider::{Context, ProviderError};

/// A webhook as it stands at the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its id at the forge.
    pub id: String,
    /// Where it sends to.
    pub url: String,
    /// False when it is switched off, by hand or by the forge after too many failures.
    pub active: bool,
    /// `web`, or `cli` for one that a forge's own command line made to forward to itself.
    pub kind: String,
}

/// A webhook as it should be. The provider chooses the events: all that it can read.
#[derive(Debug, Clone)]
pub struct NewHook {
    /// Where it sends to.
    pub url: String,
    /// What it signs with.
    pub secret: SecretString,
}

/// Webhooks of a repository, `owner/name` as in the connection's `watch`.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// All that the token may see.
    async fn list(&self, ctx: &Context<'_>, repository: &str) -> Result<Vec<Hook>, ProviderError>;

    /// Makes one. One with the same address is taken as made, with the secret set anew.
    async fn create(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        hook: &NewHook,
    ) -> Result<Hook, ProviderError>;

    /// Gives one another address and secret.
    async fn update(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        id: &str,
        hook: &NewHook,
    ) -> Result<Hook, ProviderError>;

    /// Removes one; an absent one is no error.
    async fn delete(
        &self,
        ctx: &Context<'_>,
        repository: &str,
        id: &str,
    ) -> Result<(), ProviderError>;
}
