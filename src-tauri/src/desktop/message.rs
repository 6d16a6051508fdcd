//! What the tray's process and the panel's process say to each other: one JSON value a line over the
//! panel's standard input and output.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::goal::Goal;

/// The argument that makes this program the panel's process.
pub const PANEL: &str = "panel-window";

/// From the tray's process to the panel's. The end of the input ends the panel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Down {
    /// The first message, once.
    Begin(Circumstances),
    /// Show the panel at a goal.
    Open(Goal),
    /// Hide the panel the user looks at, else show it beside this place of the screen.
    Toggle(Option<(i32, i32)>),
    /// Hand an event to the page.
    Event {
        /// The event's name.
        name: String,
        /// What it carries.
        payload: Value,
    },
    /// What came of a call.
    Answer {
        /// The call's number.
        id: u64,
        /// The answer, or an api error.
        result: Result<Value, Value>,
    },
}

/// From the panel's process to the tray's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Up {
    /// The page calls a command.
    Call {
        /// Numbers the answer.
        id: u64,
        /// The command.
        cmd: String,
        /// What it is given.
        payload: Value,
    },
    /// The panel came into view.
    Shown,
    /// The panel went out of view.
    Hidden,
}

/// What the panel must know of where it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Circumstances {
    /// Windows cannot be placed and lose focus at the compositor's will.
    pub(super) wayland: bool,
    /// A program drives the page.
    pub(super) automation: bool,
    /// An icon shows in a tray.
    pub(super) tray: bool,
    /// Where the panel's place is kept, and what its web view keeps.
    pub(super) data_folder: PathBuf,
}
