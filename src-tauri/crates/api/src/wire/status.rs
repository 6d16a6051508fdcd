//! `status`, `pause`, `users`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::wire::connections::ConnectionView;

/// How Perch is doing, for one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Status {
    /// Perch's version.
    pub version: String,
    /// The user asked for.
    pub user: String,
    /// True while this user's loop runs.
    pub running: bool,
    /// Set while paused: until when, or `resumed` where only the user ends it.
    pub paused_until: Option<String>,
    /// Open suggestions.
    pub open: u32,
    /// Open suggestions the user has not looked at in the panel.
    pub new: u32,
    /// Events taken in today.
    pub events_today: u32,
    /// True while an event is being worked on.
    pub working: bool,
    /// This user's connections.
    pub connections: Vec<ConnectionView>,
    /// Where secrets live: empty for the keychain, else why not there.
    pub secrets_note: Option<String>,
    /// The listener's address, when it listens.
    pub listener: Option<String>,
    /// Something the user should know and do: a full disk, a refused setting.
    pub problems: Vec<String>,
    /// The folder with the database and logs.
    pub data_folder: String,
    /// The settings file.
    pub config_file: String,
    /// The folder Perch was started in, when it is a git repository nobody watches: offered as a first one.
    pub offer_folder: Option<String>,
}

/// Pauses suggestions and toasts; events are still stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Pause {
    /// Until when: a time, a span such as `1h`, or `resumed`: until somebody ends it. Absent ends the pause.
    pub until: Option<String>,
}

/// Every user of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Users {
    /// The users.
    pub users: Vec<UserView>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UserView {
    /// Their name.
    pub name: String,
    /// True while their loop runs.
    pub running: bool,
}

/// Adds a user, or starts or stops loops.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeUsers {
    /// The user; all of them when absent.
    pub name: Option<String>,
    /// What to do.
    pub change: UserChange,
}

/// What to do with a user's loop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UserChange {
    /// Add the user and start their loop.
    Add,
    /// Start.
    #[default]
    Start,
    /// Stop.
    Stop,
}
