//! Runs: builds and commands with their logs, local ones too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::patch::Base;

/// A run of `perch exec`, as it is handed from the recorder to the engine through the spool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecRun {
    /// Unique name of the run: its start and process id.
    pub id: String,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// The folder it ran in.
    pub folder: String,
    /// The root of the git working tree around it, if there is one.
    pub repository: Option<String>,
    /// The tree it ran on.
    pub base: Option<Base>,
    /// The command's exit code; 128 + signal number when a signal ended it.
    pub exit_code: i32,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Bytes the command printed; the stored log may hold less.
    pub log_bytes: u64,
}

impl ExecRun {
    /// The command as one line, for people.
    pub fn command_line(&self) -> String {
        self.command.join(" ")
    }

    /// True when it succeeded.
    pub fn passed(&self) -> bool {
        self.exit_code == 0
    }
}
