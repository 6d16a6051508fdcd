//! Connections: one user's configured use of a provider.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use crate::id::{ConnectionId, UserId};

/// One `[[connection]]` of `config.toml`, checked and with defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name, unique on the machine.
    pub id: ConnectionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The id of its provider in the registry.
    pub provider: String,
    /// Where the provider is asked, without a final slash. Empty for a provider without an address.
    pub base_url: String,
    /// What is watched: `owner/name` for forges, an absolute folder for `local`.
    pub watch: Vec<String>,
    /// The user's names there (login, e-mail): what they do is theirs, what names them involves them.
    pub identities: Vec<String>,
    /// How webhooks reach this machine, if not by its own address.
    pub tunnel: Option<TunnelChoice>,
    /// True allows webhooks without a signature from loopback peers.
    pub insecure: bool,
    /// False keeps everything but stops watching.
    pub enabled: bool,
    /// The provider's own settings, already checked by it.
    pub settings: Map<String, Value>,
}

/// A connection's `[connection.tunnel]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunnelChoice {
    /// The tunnel's id in the registry.
    pub kind: String,
    /// The tunnel's own settings, already checked by it.
    pub settings: Map<String, Value>,
}

impl Connection {
    /// A connection that watches nothing yet: switched on, signed, without a tunnel or settings of its own.
    pub fn new(
        id: ConnectionId,
        user_id: UserId,
        provider: impl Into<String>,
        base_url: impl Into<String>,
    ) -> Self {
        Self {
            id,
            user_id,
            provider: provider.into(),
            base_url: base_url.into(),
            watch: Vec::new(),
            identities: Vec::new(),
            tunnel: None,
            insecure: false,
            enabled: true,
            settings: Map::new(),
        }
    }

    /// True if `name` is one of the user's own names at this provider, whatever its case.
    pub fn is_me(&self, name: &str) -> bool {
        self.identities
            .iter()
            .any(|identity| identity.eq_ignore_ascii_case(name))
    }
}

/// What polls noticed about a connection beside what happened there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Standing {
    /// What is left of the far side's quota, where it says so.
    pub quota: Option<Quota>,
    /// When the token ends, where the far side announces that.
    #[ts(type = "string | null")]
    pub token_ends: Option<jiff::Timestamp>,
    /// What stands in the way of single things that are watched; the others are not held up.
    pub hurdles: Vec<Hurdle>,
}

/// How much the far side may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Quota {
    /// Requests made since it was last full, by everybody who shares it; absent where that is not said.
    #[ts(type = "number | null")]
    pub used: Option<u64>,
    /// Requests left.
    #[ts(type = "number")]
    pub left: u64,
    /// When it is full again.
    #[ts(type = "string")]
    pub resets: jiff::Timestamp,
}

/// Something watched that cannot be watched as it stands in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hurdle {
    /// What, as in `watch`.
    pub about: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub next_step: String,
}

/// How a connection is doing, for `perch status` and the panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ConnectionState {
    /// Not asked yet.
    Starting,
    /// The last round succeeded.
    Well,
    /// It answers nothing until `until`, as the far side asked.
    Waiting {
        /// When it is asked again.
        #[ts(type = "string")]
        until: jiff::Timestamp,
        /// Why.
        reason: String,
    },
    /// It cannot work until the user does `next_step`.
    Broken {
        /// What is wrong.
        problem: String,
        /// What to do.
        next_step: String,
    },
    /// It could not be reached; it is tried again by itself.
    Unreachable {
        /// What happened.
        problem: String,
    },
}
