//! Runs: builds and commands with their logs, local ones too.

use std::collections::{BTreeMap, BTreeSet};

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
    /// What it ran in.
    #[serde(default)]
    pub environment: Environment,
}

/// What a run has around it besides the code. Of environment variables only the names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// The operating system or image.
    pub image: Option<String>,
    /// Versions of tools by their names: `Node` → `22.12.0`.
    pub tools: BTreeMap<String, String>,
    /// Versions of installed packages by their names.
    pub packages: BTreeMap<String, String>,
    /// Names of environment variables.
    pub variables: BTreeSet<String>,
}

/// How long a job, or one step of it, took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepTime {
    /// The job's name.
    pub job: String,
    /// The step's name; absent for the job as a whole.
    pub step: Option<String>,
    /// Seconds.
    pub seconds: f64,
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
