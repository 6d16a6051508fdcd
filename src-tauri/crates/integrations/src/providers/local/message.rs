//! What `poll` found, as it is stored in a delivery's body and read back by `parse`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::Person;

/// `NewDelivery::kind` of a [`Push`].
pub(super) const PUSH: &str = "push";
/// `NewDelivery::kind` of a [`Merge`].
pub(super) const MERGE: &str = "merge";
/// `NewDelivery::kind` of a [`Stale`].
pub(super) const STALE: &str = "stale";
/// `NewDelivery::kind` of a [`perch_core::run::ExecRun`].
pub(super) const EXEC: &str = "exec";

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Absolute path of the working tree's root.
    pub(super) path: String,
    /// The folder's name.
    pub(super) name: String,
    /// The branch pull requests go into, if it is known.
    pub(super) default_branch: Option<String>,
    /// Who commits here by the repository's configuration.
    pub(super) me: Option<Person>,
}

/// One commit, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Brief {
    pub(super) sha: String,
    pub(super) subject: String,
    /// E-mail of the author.
    pub(super) author: String,
}

/// A branch moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Push {
    pub(super) place: Place,
    pub(super) branch: String,
    /// Where it stood; absent when it is new.
    pub(super) before: Option<String>,
    pub(super) after: String,
    /// True when `before` is no ancestor of `after`.
    pub(super) forced: bool,
    /// Its newest commits, oldest first.
    pub(super) commits: Vec<Brief>,
    pub(super) at: Timestamp,
}

/// Something was merged into the default branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Merge {
    pub(super) place: Place,
    /// The default branch.
    pub(super) base: String,
    /// The merged branch, as far as its name is known.
    pub(super) head: Option<String>,
    /// Where the default branch stood before.
    pub(super) before: String,
    /// The merge commit, or the merged tip when the default branch only moved forward.
    pub(super) commit: String,
    pub(super) title: String,
    pub(super) body: String,
    /// E-mail of the merged tip's author.
    pub(super) author: String,
    /// E-mail of who merged; the author when no merge commit tells.
    pub(super) merged_by: String,
    pub(super) at: Timestamp,
}

/// A branch was left alone for long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stale {
    pub(super) place: Place,
    pub(super) branch: String,
    pub(super) tip: Brief,
    /// When the tip was committed.
    pub(super) committed_at: Timestamp,
    /// Commits it has that the default branch has not.
    pub(super) ahead: usize,
    pub(super) at: Timestamp,
}
