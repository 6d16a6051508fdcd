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
