//! The seam to the account behind a token: whose it is, what it may do, which repositories it sees, and how a new one
//! is had without typing it.

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::seam::provider::{Context, ProviderError};

/// What a token turned out to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TokenCheck {
    /// The login of whose it is, if it says.
    pub login: Option<String>,
    /// What kind of token it is, in words: "a classic token".
    pub kind: String,
    /// The scopes the forge says it has; absent where it does not tell.
    pub scopes: Option<Vec<String>>,
    /// What Perch needs, in the order it is needed.
    pub needs: Vec<Need>,
    /// When it ends, if the forge announced that.
    #[ts(type = "string | null")]
    pub ends: Option<Timestamp>,
}

/// A permission Perch needs, against a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Need {
    /// As the forge writes it.
    pub name: String,
    /// What for.
    pub why: String,
    /// True when watching does without it.
    pub only_to_accept: bool,
    /// Whether the token has it; absent where the forge does not tell.
    pub held: Option<bool>,
}

impl TokenCheck {
    /// What is known to be missing for watching.
    pub fn missing(&self) -> impl Iterator<Item = &Need> {
        self.needs
            .iter()
            .filter(|need| !need.only_to_accept && need.held == Some(false))
    }

    /// True when it is known that nothing can be accepted with it, so that it only reads.
    pub fn reads_only(&self) -> bool {
        let mut accepting = self
            .needs
            .iter()
            .filter(|need| need.only_to_accept)
            .peekable();
        accepting.peek().is_some() && accepting.all(|need| need.held == Some(false))
    }
}

/// A repository a token sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Seen {
    /// As it is written into `watch`.
    pub name: String,
    /// What it says about itself; may be empty.
    pub description: String,
    /// True when not everybody sees it.
    pub private: bool,
    /// True when it can only be read.
    pub archived: bool,
    /// When something last happened there.
    #[ts(type = "string | null")]
    pub active_at: Option<Timestamp>,
}

/// Repositories a token sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Those most recently active first.
    pub repositories: Vec<Seen>,
    /// True when there are more than are listed.
    pub more: bool,
}

/// How a forge's own command line is asked for the token it is logged in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeCli {
    /// The program's name.
    pub program: &'static str,
    /// What it is told.
    pub arguments: Vec<String>,
}

/// What a device authorization began with (RFC 8628, section 3.2).
#[derive(Debug, Clone)]
pub struct DeviceCode {
    /// What the forge is asked with.
    pub device_code: SecretString,
    /// What the user types there.
    pub user_code: String,
    /// Where the user types it.
    pub verification_uri: String,
    /// How long both are good for, in seconds.
    pub expires_in: i64,
    /// The shortest pause between two questions, in seconds.
    pub interval: i64,
}

/// What the forge says when it is asked whether the user has agreed (RFC 8628, section 3.5).
#[derive(Debug)]
pub enum DeviceAnswer {
    /// Not yet.
    Pending,
    /// Not yet, and it is asked too often: five seconds more between questions from now on.
    SlowDown,
    /// The user said no.
    Denied,
    /// It took too long.
    Expired,
    /// A token.
    Granted(Grant),
}

/// A token that came by OAuth, and what renews it.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The token itself.
    pub access: SecretString,
    /// When it ends; absent for one that does not.
    pub ends: Option<Timestamp>,
    /// What renews it, once.
    pub refresh: Option<SecretString>,
    /// For which application it was granted.
    pub client_id: String,
}

/// A grant as it stands in one entry of the keychain.
#[derive(Serialize, Deserialize)]
struct Kept {
    access: String,
    ends: Option<Timestamp>,
    refresh: Option<String>,
    client_id: String,
}

impl Grant {
    /// As one secret. One that never ends is its token alone.
    pub fn to_secret(&self) -> SecretString {
        if self.refresh.is_none() {
            return self.access.clone();
        }
        let kept = Kept {
            access: self.access.expose_secret().to_owned(),
            ends: self.ends,
            refresh: self
                .refresh
                .as_ref()
                .map(|one| one.expose_secret().to_owned()),
            client_id: self.client_id.clone(),
        };
        serde_json::to_string(&kept)
            .expect("texts and a time have a JSON")
            .into()
    }

    /// The grant in a secret; nothing for a token that stands by itself.
    pub fn from_secret(secret: &SecretString) -> Option<Self> {
        let text = secret.expose_secret();
        if !text.starts_with('{') {
            return None;
        }
        let kept: Kept = serde_json::from_str(text).ok()?;
        Some(Self {
            access: kept.access.into(),
            ends: kept.ends,
            refresh: kept.refresh.map(Into::into),
            client_id: kept.client_id,
        })
    }
}

/// What an account at a forge can be asked before anything is watched. The connection of the context watches nothing.
#[async_trait]
pub trait Account: Send + Sync {
    /// Whose the token is and what it may do.
    async fn check_token(&self, ctx: &Context<'_>) -> Result<TokenCheck, ProviderError>;

    /// The repositories it sees, at most a thousand.
    async fn repositories(&self, ctx: &Context<'_>) -> Result<Listing, ProviderError>;

    /// The forge's own command line, for the server at `base_url`.
    fn cli(&self, _base_url: &str) -> Option<ForgeCli> {
        None
    }

    /// True when it grants tokens to devices (RFC 8628).
    fn grants_devices(&self) -> bool {
        false
    }

    /// Begins a device authorization for the application `client_id`; with `accepting` for what accepting needs too.
    async fn begin_device(
        &self,
        _ctx: &Context<'_>,
        _client_id: &str,
        _accepting: bool,
    ) -> Result<DeviceCode, ProviderError> {
        Err(no_devices())
    }

    /// Asks whether the user has agreed.
    async fn ask_device(
        &self,
        _ctx: &Context<'_>,
        _client_id: &str,
        _code: &DeviceCode,
    ) -> Result<DeviceAnswer, ProviderError> {
        Err(no_devices())
    }

    /// A new grant for one that ends.
    async fn renew(&self, _ctx: &Context<'_>, _grant: &Grant) -> Result<Grant, ProviderError> {
        Err(no_devices())
    }
}

fn no_devices() -> ProviderError {
    ProviderError::Misconfigured {
        problem: "this forge grants no tokens to devices".into(),
        next_step: "make a token on its website and paste it".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_comes_back_from_its_secret_and_a_plain_token_is_none() {
        let grant = Grant {
            access: "one".into(),
            ends: Some(Timestamp::UNIX_EPOCH),
            refresh: Some("two".into()),
            client_id: "app".into(),
        };
        let back = Grant::from_secret(&grant.to_secret()).expect("a grant");
        assert_eq!(back.access.expose_secret(), "one");
        assert_eq!(back.ends, grant.ends);
        assert_eq!(back.refresh.expect("kept").expose_secret(), "two");
        let lasting = Grant {
            refresh: None,
            ..grant
        };
        assert_eq!(lasting.to_secret().expose_secret(), "one");
        assert!(Grant::from_secret(&lasting.to_secret()).is_none());
    }
}
