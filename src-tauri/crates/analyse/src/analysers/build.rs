//! What the event says about the build itself.

use perch_core::event::Event;
use serde::Deserialize;

/// `event.data.build`, as the providers and `perch exec` fill it in.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Build {
    /// The job's name.
    pub(crate) job: String,
    /// The workflow or pipeline around it.
    pub(crate) workflow: Option<String>,
    /// The command and its arguments, for local runs.
    pub(crate) command: Vec<String>,
    /// The command's exit code.
    pub(crate) exit_code: Option<i64>,
    /// The folder it ran in, inside the repository, ending in `/`; empty for the root.
    pub(crate) folder_prefix: String,
    /// True for a run on the user's own machine.
    pub(crate) local: bool,
    /// Where people look at it.
    pub(crate) url: Option<String>,
    /// How long it took, in seconds.
    pub(crate) seconds: Option<f64>,
    /// Which attempt it was, from 1.
    pub(crate) attempt: Option<u64>,
}

impl Build {
    /// What `event` says; what it does not say, or says in another shape, is left empty.
    pub(crate) fn of(event: &Event) -> Self {
        event
            .data
            .get("build")
            .and_then(|build| Self::deserialize(build).ok())
            .unwrap_or_default()
    }

    /// The command or the job, for people.
    pub(crate) fn name(&self) -> String {
        if self.command.is_empty() {
            self.job.clone()
        } else {
            self.command.join(" ")
        }
    }
}
