//! What the engine is told by the settings: replaced as a whole when they change.

use std::path::PathBuf;

use jiff::SignedDuration;
use perch_core::connection::Connection;
use perch_core::id::{ConnectionId, UserId};
use perch_core::policy::Policy;
use perch_core::preferences::Preferences;
use perch_core::seam::model::{ModelChoice, ModelLimits};

/// Settings as far as the engine acts on them.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Every connection of every user, checked.
    pub connections: Vec<Connection>,
    /// What users want, before each one's vibe and pause.
    pub preferences: Preferences,
    /// The language models that may be asked, in that order.
    pub models: Vec<ModelChoice>,
    /// What they may take in all.
    pub model_limits: ModelLimits,
    /// What no setting may go beyond.
    pub policy: Policy,
    /// The pause between two polls of a connection, unless the far side wants a longer one.
    pub poll_every: SignedDuration,
    /// How long things are kept.
    pub retention: Retention,
    /// Where logs of local runs are kept.
    pub logs: PathBuf,
    /// Where `perch exec` leaves its runs.
    pub spool: PathBuf,
    /// Where snapshots of the trees those runs failed on are kept.
    pub snapshots: PathBuf,
    /// Where clients of package ecosystems may work.
    pub scratch: PathBuf,
}

/// How long things are kept, in days.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Bodies of deliveries.
    pub delivery_days: u32,
    /// Events nothing came of.
    pub event_days: u32,
    /// Logs of local runs, and the snapshots they ran on.
    pub log_days: u32,
}

impl Setup {
    /// The connection called `id`.
    pub fn connection(&self, id: &ConnectionId) -> Option<&Connection> {
        self.connections
            .iter()
            .find(|connection| connection.id == *id)
    }

    /// The connections of one user that are switched on.
    pub fn connections_of<'a>(&'a self, user: &'a UserId) -> impl Iterator<Item = &'a Connection> {
        self.connections
            .iter()
            .filter(move |one| one.user_id == *user && one.enabled)
    }
}
