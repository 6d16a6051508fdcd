//! The seam to a tunnel: how what a forge sends reaches a machine without a public address.
//!
//! A tunnel holds one strand open until it breaks. Opening it again, how soon, and what is asked after a gap is
//! decided by whoever keeps it.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use ts_rs::TS;

use crate::connection::Connection;
use crate::id::ConnectionId;
use crate::seam::hooks::Hooks;
use crate::seam::provider::{Context, Field};

/// What a tunnel is and needs, as data.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its name for people.
    pub name: &'static str,
    /// Its settings beside `kind`.
    pub settings: &'static [Field],
    /// True when its address changes by itself, so that the forge's webhooks must follow it.
    pub moves: bool,
    /// True when Perch makes the forge's webhook and so chooses its secret.
    pub makes_secret: bool,
}

/// How long a tunnel waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Without a sign of life for this long a stream is dead. Servers send one every 30 s.
    pub silence: Duration,
    /// The pause between two signs of life that Perch itself asks for.
    pub beat: Duration,
    /// How long one request, or a program's start, may take.
    pub patience: Duration,
    /// The pause before a strand is opened again; doubled with each failure.
    pub first_pause: Duration,
    /// The longest pause between two attempts.
    pub longest_pause: Duration,
    /// The pause between two looks at a forge that hints asked for.
    pub between_looks: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(75),
            beat: Duration::from_secs(25),
            patience: Duration::from_secs(30),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(300),
            between_looks: Duration::from_secs(10),
        }
    }
}

/// What a tunnel works with.
pub struct TunnelContext<'a> {
    /// Whose webhooks it brings.
    pub connection: &'a Connection,
    /// Its own settings.
    pub settings: &'a Map<String, Value>,
    /// Which of its strands: a name it gave itself.
    pub strand: &'a str,
    /// The port on this machine that takes webhooks from tunnels.
    pub inlet: SocketAddr,
    /// The connection's token, if there is one.
    pub token: Option<&'a SecretString>,
    /// What webhooks are signed with, if it is set.
    pub secret: Option<&'a SecretString>,
    /// The forge's webhooks, if its provider can list and change them.
    pub hooks: Option<&'a dyn Hooks>,
    /// Which webhooks there Perch made.
    pub made: &'a dyn MadeHooks,
    /// How long it waits for what.
    pub pace: Pace,
    /// The present.
    pub clock: fn() -> Timestamp,
    /// Where it tells how it fares.
    pub line: &'a dyn Line,
}

impl<'a> TunnelContext<'a> {
    /// A text of its own settings; nothing if it is absent or empty.
    pub fn setting(&self, key: &str) -> Option<&'a str> {
        let text = self.settings.get(key)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// What the provider's part of the connection is asked with.
    pub fn provider(&self) -> Context<'a> {
        Context {
            connection: self.connection,
            token: self.token,
            cache: &crate::seam::http_cache::Forgetful,
            now: (self.clock)(),
        }
    }
}

/// What the listener answered to a delivery that a tunnel handed in.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status; 502 when the listener could not be reached.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// What a tunnel tells its keeper, and asks of it.
#[async_trait]
pub trait Line: Send + Sync {
    /// The strand stands; forges send to `address`.
    fn opened(&self, address: &str);

    /// Hands a delivery to the port for tunnels, as it came. One that is not taken makes Perch ask the forge.
    async fn deliver(&self, headers: &HeaderMap, body: Bytes) -> Reply;

    /// Something was lost, or cannot be believed as it came: the forge is asked soon.
    fn hint(&self);

    /// Sends a nonce to `address` from outside and waits until it arrives at the port for tunnels.
    async fn round_trip(&self, address: &str) -> Result<(), String>;

    /// What this strand noted to go on where it broke.
    fn resume(&self) -> Option<String>;

    /// Notes it, or forgets it. It lives as long as the tunnel is kept.
    fn set_resume(&self, from: Option<String>);
}

/// Why a strand is no longer open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TunnelError {
    /// It broke, or could not be opened; opening it again may help.
    #[error("{0}")]
    Broken(String),
    /// It cannot work until the user does `next_step`.
    #[error("{problem}; {next_step}")]
    Refused {
        /// What is wrong.
        problem: String,
        /// What to do.
        next_step: String,
    },
}

/// One way through.
#[async_trait]
pub trait Tunnel: Send + Sync {
    /// Its id: `kind` in `config.toml`.
    fn id(&self) -> &'static str;

    /// What it is and needs.
    fn about(&self) -> &'static About;

    /// Checks a connection's choice of it and says in words what is wrong. No IO.
    fn check(&self, connection: &Connection, settings: &Map<String, Value>) -> Result<(), String>;

    /// The strands that are held open side by side for `connection`.
    fn strands(&self, _connection: &Connection) -> Vec<String> {
        vec![String::new()]
    }

    /// Opens a strand and holds it until it breaks.
    async fn run(&self, ctx: &TunnelContext<'_>) -> TunnelError;

    /// Takes away what a strand leaves at the forge, once the user no longer wants it or Perch ends.
    async fn leave(&self, _ctx: &TunnelContext<'_>) {}
}

/// Where Perch notes which webhooks it made, so that it changes and removes no others.
///
/// A webhook is known by the address it was given or, where the forge gives the address, by `cli:` and its id.
#[async_trait]
pub trait MadeHooks: Send + Sync {
    /// Those of `repository` for `connection`.
    async fn list(
        &self,
        connection: &ConnectionId,
        repository: &str,
    ) -> Result<Vec<String>, String>;

    /// Notes them, in the place of all noted before.
    async fn note(
        &self,
        connection: &ConnectionId,
        repository: &str,
        hooks: Vec<String>,
    ) -> Result<(), String>;
}

/// How a connection's tunnel is doing, and what came by it since Perch started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How it is doing; of several strands the one that is worst off.
    pub state: TunnelState,
    /// Where forges send to.
    pub address: Option<String>,
    /// What the user should know or do besides.
    pub note: Option<String>,
    /// When something last came.
    pub last_delivery: Option<Timestamp>,
    /// How much came.
    pub deliveries: u64,
}

/// How a tunnel is doing, for `perch status` and the panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TunnelState {
    /// Perch does not run, or the connection is switched off.
    Closed,
    /// Being opened.
    Opening,
    /// Forges reach this machine.
    Open,
    /// It broke, and is opened again by itself.
    Retrying {
        /// What happened.
        problem: String,
        /// When it is tried again.
        #[ts(type = "string")]
        until: Timestamp,
    },
    /// It cannot work until the user does `next_step`.
    Broken {
        /// What is wrong.
        problem: String,
        /// What to do.
        next_step: String,
    },
}
