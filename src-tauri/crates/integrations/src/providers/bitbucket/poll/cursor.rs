//! Where the polls of one repository stopped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::seen::{Told, Until};

/// Closed issues remembered, so that what else changes about them is not taken for closing them.
const CLOSED: usize = 500;

/// Where the polls of one repository stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The repository's UUID, in braces.
    pub(super) id: String,
    /// Its name as Bitbucket writes it.
    pub(super) full_name: String,
    /// Its default branch.
    pub(super) default_branch: String,
    /// Its page.
    pub(super) page: String,
    /// When watching began, by Bitbucket's clock where it tells.
    pub(super) begun: Option<Timestamp>,
    /// How far the activity of its pull requests was read.
    pub(super) activity: Until,
    /// Open pull requests.
    pub(super) pulls: BTreeMap<u64, Pull>,
    /// How far its issues were read.
    pub(super) issues: Until,
    /// True when it has no issues that can be read.
    pub(super) no_issues: bool,
    /// Issues last seen closed, newest last.
    pub(super) closed: VecDeque<u64>,
    /// Branches and the commits they stand on.
    pub(super) branches: BTreeMap<String, String>,
    /// The highest number of a pipeline seen; absent until the list was read.
    pub(super) top_pipeline: Option<u64>,
    /// Pipelines that had not ended when they were last seen.
    pub(super) running: BTreeSet<u64>,
    /// True when there are no pipelines that can be read.
    pub(super) no_pipelines: bool,
    /// Commits whose statuses are watched, the default branch's first.
    pub(super) heads: Vec<Head>,
    /// Messages that were told lately.
    pub(super) told: Told,
}

/// An open pull request as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Pull {
    /// What it says about itself, as a fingerprint.
    pub(super) mark: String,
    /// The commit at its head, in 12 digits.
    pub(super) head: String,
    /// Where it comes from; `owner:branch` in a fork.
    pub(super) branch: String,
    /// Where it goes.
    pub(super) base: String,
    /// Who opened it.
    pub(super) author: Option<String>,
}

/// A commit whose statuses are watched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    /// The commit, in 12 digits.
    pub(super) commit: String,
    /// Its branch.
    pub(super) branch: String,
    /// Its pull request.
    pub(super) pull: Option<u64>,
    /// When it became the head, as far as polls saw it; absent for one that was there before.
    pub(super) since: Option<Timestamp>,
    /// The state of each status, by key; absent until they were read.
    pub(super) statuses: Option<BTreeMap<String, String>>,
    /// True while a status is in progress.
    pub(super) pending: bool,
}

impl Place {
    /// True while a build is going on.
    pub(super) fn is_building(&self) -> bool {
        !self.running.is_empty() || self.heads.iter().any(|head| head.pending)
    }

    /// Notes that an issue is closed; true if it was not known to be.
    pub(super) fn note_closed(&mut self, number: u64) -> bool {
        if self.closed.contains(&number) {
            return false;
        }
        self.closed.push_back(number);
        if self.closed.len() > CLOSED {
            self.closed.pop_front();
        }
        true
    }

    /// Notes that an issue is open; true if it was closed.
    pub(super) fn note_open(&mut self, number: u64) -> bool {
        let before = self.closed.len();
        self.closed.retain(|closed| *closed != number);
        self.closed.len() < before
    }
}
