//! Where the polls of one project stopped.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::seen::{Told, Until};

/// Where the polls of one project stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The project's number.
    pub(super) id: u64,
    /// Its path as GitLab writes it.
    pub(super) full_name: String,
    /// True when it can only be read.
    pub(super) archived: bool,
    /// Its default branch.
    pub(super) default_branch: String,
    /// Its page.
    pub(super) web_url: String,
    /// How far its merge requests were read.
    pub(super) pulls_until: Until,
    /// How far its issues were read.
    pub(super) issues_until: Until,
    /// How far its pipelines were read.
    pub(super) pipelines_until: Until,
    /// The last thing people did that was read: its number and its day.
    pub(super) deed: u64,
    /// The day of that, from which more are asked for.
    pub(super) deed_at: Option<Timestamp>,
    /// Open merge requests.
    pub(super) pulls: BTreeMap<u64, Pull>,
    /// Branches and the commits they stand on.
    pub(super) branches: BTreeMap<String, String>,
    /// True when branches moved that nobody told of one by one.
    pub(super) many_moved: bool,
    /// Tags that have a release; absent until they were read.
    pub(super) releases: Option<BTreeSet<String>>,
    /// The last kept delivery that was read, by webhook.
    pub(super) kept: BTreeMap<u64, u64>,
    /// Messages that were told lately, since lists are read from their last moment on.
    pub(super) told: Told,
}

/// An open merge request as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Pull {
    /// The commit at its head.
    pub(super) head: String,
    /// What it says about itself, as a fingerprint.
    pub(super) mark: String,
    /// What a pipeline of it is told with.
    pub(super) about: Branches,
}

/// The two sides of a merge request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Branches {
    /// Its title.
    pub(super) title: String,
    /// Where it comes from.
    pub(super) source_branch: String,
    /// The number of the project it comes from.
    pub(super) source_project_id: Option<u64>,
    /// Where it goes.
    pub(super) target_branch: String,
    /// Who opened it.
    pub(super) author: Option<String>,
}
