//! Settings: what `config.toml` says, checked.
//!
//! [`SettingsFile`] reads and edits the file; this file holds the values and their defaults. Profile, vibe and
//! `approval_required` are not here: they live in the database. Nor are secrets: they live in the keychain.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use perch_core::connection::Connection;
use perch_core::id::UserId;
use perch_core::preferences::Preferences;
use perch_core::seam::model::{ModelChoice, ModelLimits};
use thiserror::Error;

mod connection;
mod edit;
mod file;
mod filters;
mod json;
mod model;
mod policy;
mod read;
mod replace;
mod rules;
mod section;
#[cfg(test)]
mod tests;

pub use file::SettingsFile;
pub use filters::treatment;
pub use rules::{Check, ModelRules, ProviderRules, Rules, TunnelRules};

/// The port of the listener unless the settings say otherwise.
pub const PORT: u16 = 7420;

/// What a new installation's settings file says: every setting with its default, as comments.
pub const DEFAULT_FILE: &str = include_str!("settings/default.toml");

/// The settings, with defaults where the file says nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the listener binds.
    pub listen: SocketAddr,
    /// Where the listener for tunnels binds, if there are any.
    pub tunnel_listen: SocketAddr,
    /// How the panel looks.
    pub theme: Theme,
    /// The editor that files are opened in: `auto`, or one of the rules' `editors`.
    pub editor: String,
    /// Seconds between two polls of a connection.
    pub poll_seconds: u32,
    /// Certificates of authorities believed beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// Toasts, quiet hours, mutes and what may run by itself. What the vibe and a pause say is not filled in.
    pub preferences: Preferences,
    /// How long things are kept.
    pub retention: Retention,
    /// Who uses this machine; never empty. Without a `[[user]]` it is the login.
    pub users: Vec<UserId>,
    /// Every connection of every user, in the file's order.
    pub connections: Vec<Connection>,
    /// The language models that may be asked, in that order.
    pub models: Vec<ModelChoice>,
    /// What they may take in all.
    pub model_limits: ModelLimits,
}

impl Settings {
    /// The settings of an empty file on the machine of `login`.
    pub fn new(login: UserId) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            tunnel_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT + 1)),
            theme: Theme::default(),
            editor: perch_core::seam::editor::AUTO.into(),
            poll_seconds: 60,
            ca_file: None,
            preferences: Preferences::default(),
            retention: Retention::default(),
            users: vec![login],
            connections: Vec::new(),
            models: Vec::new(),
            model_limits: ModelLimits::default(),
        }
    }

    /// The connection called `name`.
    pub fn connection(&self, name: &str) -> Option<&Connection> {
        self.connections
            .iter()
            .find(|connection| connection.id.as_str() == name)
    }

    /// These settings with the listener elsewhere, as `PERCH_LISTEN` or a command's option asks.
    ///
    /// Refused when a connection takes unsigned webhooks and others could then reach the listener.
    pub fn with_listen(mut self, listen: SocketAddr) -> Result<Self, String> {
        self.listen = listen;
        match insecure_in_the_open(&self) {
            Some(connection) => Err(unsafe_listen(connection.id.as_str(), listen)),
            None => Ok(self),
        }
    }
}

/// A connection that takes unsigned webhooks although others than this machine reach the listener.
fn insecure_in_the_open(settings: &Settings) -> Option<&Connection> {
    if settings.listen.ip().is_loopback() {
        return None;
    }
    settings
        .connections
        .iter()
        .find(|connection| connection.insecure)
}

fn unsafe_listen(name: &str, listen: SocketAddr) -> String {
    format!(
        "`insecure = true` of connection `{name}` needs a loopback `listen`, and {listen} is none; \
         set a webhook secret with `perch connect`, or listen on 127.0.0.1"
    )
}

/// An address to listen on: `127.0.0.1:7420`, `[::1]:7420`, `localhost:7420`.
pub(crate) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let numeric = text.strip_prefix("localhost:").map_or_else(
        || text.to_owned(),
        |port| format!("{}:{port}", Ipv4Addr::LOCALHOST),
    );
    numeric
        .parse()
        .map_err(|_| format!("`{text}` is no address to listen on; write it as `127.0.0.1:{PORT}`"))
}

/// How the panel looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the desktop does.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// High contrast.
    Contrast,
}

impl Theme {
    /// Every theme, as the file writes it.
    const NAMES: [(&str, Self); 4] = [
        ("system", Self::System),
        ("light", Self::Light),
        ("dark", Self::Dark),
        ("contrast", Self::Contrast),
    ];

    /// As the file writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }
}

/// How long things are kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Bodies of deliveries; never longer than events.
    pub deliveries_days: u32,
    /// Events and the suggestions made of them.
    pub events_days: u32,
    /// Logs of local runs.
    pub logs_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            deliveries_days: 30,
            events_days: 365,
            logs_days: 30,
        }
    }
}

/// Something in the settings file that cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}{}", self.line.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct Problem {
    /// What is wrong and what to do.
    pub message: String,
    /// Where, counted from 1.
    pub line: Option<usize>,
}

/// Why the settings could not be read or changed.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file does not say what settings may say. Every problem it has, in its order.
    #[error("{} cannot be used:{}", file.display(), listed(problems))]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What is wrong with it; never empty.
        problems: Vec<Problem>,
    },
    /// The file cannot be read.
    #[error("{} cannot be read: {source}; make it readable for your account", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file cannot be written; it is as it was.
    #[error("{} cannot be written: {source}; nothing was changed", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The change asked for makes no sense; the file is as it was.
    #[error("{0}")]
    Refused(String),
}

fn listed(problems: &[Problem]) -> String {
    match problems {
        [one] => format!(" {one}"),
        many => many
            .iter()
            .fold(String::new(), |listed, one| format!("{listed}\n  {one}")),
    }
}

/// The line, counted from 1, that what follows `before` stands on.
fn line_after(before: &[u8]) -> usize {
    1 + memchr::memchr_iter(b'\n', before).count()
}
