//! What the event says about the build itself.

use perch_core::event::Event;
use serde::Deserialize;

/// `event.data.build`, as the providers and `perch exec` fill it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Build {
    /// The job's name.
    pub(super) job: String,
    /// The workflow or pipeline around it.
    pub(super) workflow: Option<String>,
    /// The command and its arguments, for local runs.
    pub(super) command: Vec<String>,
    /// The command's exit code.
    pub(super) exit_code: Option<i64>,
    /// The folder it ran in, inside the repository, ending in `/`; empty for the root.
    pub(super) folder_prefix: String,
    /// True for a run on the user's own machine.
    pub(super) local: bool,
    /// Where people look at it.
    pub(super) url: Option<String>,
    /// Which attempt it was, from 1.
    pub(super) attempt: Option<u64>,
}

impl Build {
    /// What `event` says; what it does not say, or says in another shape, is left empty.
    pub(super) fn of(event: &Event) -> Self {
        event
            .data
            .get("build")
            .and_then(|build| Self::deserialize(build).ok())
            .unwrap_or_default()
    }

    /// The command or the job, for people.
    pub(super) fn name(&self) -> String {
        if self.command.is_empty() {
            self.job.clone()
        } else {
            self.command.join(" ")
        }
    }
}
