//! `sign_in_ways`, `sign_in`, `sign_in_state`, `repositories`.

use perch_core::seam::account::{Seen, TokenCheck};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A server one may sign in at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The provider's id.
    pub provider: String,
    /// Where it is asked; the provider's own address when absent.
    pub base_url: Option<String>,
}

/// How a token can be had for a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignInWays {
    /// The forge's own command line, such as `gh`, if it is on this machine. Whether it is logged in shows when it is asked.
    pub forge_cli: Option<String>,
    /// True when the server grants tokens to devices; that needs the client id of an application.
    pub device: bool,
}

/// Begins a sign-in. What it brings is held in memory until `connect` takes it, a quarter of an hour at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The provider's id.
    pub provider: String,
    /// Where it is asked; the provider's own address when absent.
    #[serde(default)]
    pub base_url: Option<String>,
    /// How the token is had.
    pub way: SignInWay,
}

/// How a token is had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignInWay {
    /// The user has one.
    Token {
        /// It.
        token: String,
    },
    /// The forge's own command line is asked for the one it is logged in with.
    ForgeCli {},
    /// The user agrees in a browser (RFC 8628).
    Device {
        /// The application's client id.
        client_id: String,
        /// True asks for what accepting needs as well.
        #[serde(default)]
        accepting: bool,
    },
    /// The one a connection has.
    Connection {
        /// The connection's name.
        name: String,
    },
}

/// A sign-in that was begun.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OfSignIn {
    /// Its id.
    pub id: String,
}

/// A sign-in and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignInView {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: SignInState,
}

/// Where a sign-in stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SignInState {
    /// The user is to agree in a browser.
    Waiting {
        /// What they type there.
        user_code: String,
        /// Where they type it.
        verification_uri: String,
        /// Until when.
        expires_at: String,
        /// Seconds until it makes sense to ask again.
        ask_again_in: u32,
    },
    /// There is a token, and it was looked at.
    Ready {
        /// What it turned out to be.
        check: TokenCheck,
    },
    /// It came to nothing.
    Failed {
        /// What went wrong and what to do.
        problem: String,
    },
}

/// The repositories a sign-in sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Repositories {
    /// Those most recently active first.
    pub repositories: Vec<Seen>,
    /// True when there are more than are listed.
    pub more: bool,
}
