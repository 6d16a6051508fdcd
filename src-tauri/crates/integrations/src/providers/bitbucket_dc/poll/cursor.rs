//! Where the polls of one repository stopped.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::seen::Told;

/// Closed pull requests remembered, so that words said there and reopening them are noticed.
const CLOSED: usize = 300;

/// Where the polls of one repository stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The repository's number.
    pub(super) id: u64,
    /// The key of its project.
    pub(super) project: String,
    /// Its own part of its name.
    pub(super) slug: String,
    /// True when nothing can be changed there any more.
    pub(super) archived: bool,
    /// Its default branch.
    pub(super) default_branch: String,
    /// When watching began, by the server's clock where it tells.
    pub(super) begun: Option<Timestamp>,
    /// Pull requests as they were last seen.
    pub(super) pulls: BTreeMap<u64, Pull>,
    /// The highest number of a pull request seen.
    pub(super) top: u64,
    /// Branches and the commits they stand on.
    pub(super) branches: BTreeMap<String, String>,
    /// Commits whose builds are watched, the default branch's first.
    pub(super) heads: Vec<Head>,
    /// Messages that were told lately.
    pub(super) told: Told,
}

/// A pull request as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Pull {
    /// True while it is open.
    pub(super) open: bool,
    /// What it says about itself, as a fingerprint.
    pub(super) mark: String,
    /// What gives away that its activities have more: state, count of comments, reviews.
    pub(super) talk: String,
    /// The commit at its head.
    pub(super) head: String,
    /// Where it comes from; `owner:branch` in a fork.
    pub(super) branch: String,
    /// Where it goes.
    pub(super) base: String,
    /// Who opened it.
    pub(super) author: Option<String>,
    /// The last of its activities that was read.
    pub(super) activity: u64,
    /// The last of its comments that was read.
    pub(super) comment: u64,
}

/// A commit whose builds are watched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    /// The commit.
    pub(super) commit: String,
    /// Its branch.
    pub(super) branch: String,
    /// Its pull request.
    pub(super) pull: Option<u64>,
    /// How many builds there are of each kind, as the server counts them; absent until they were counted.
    pub(super) counts: Option<String>,
    /// The state of each build, by key.
    pub(super) builds: BTreeMap<String, String>,
    /// True for a head that was there before watching.
    pub(super) old: bool,
}

impl Place {
    /// Of those that are closed only the newest are remembered.
    pub(super) fn forget(&mut self) {
        let closed: Vec<u64> = self
            .pulls
            .iter()
            .filter(|(_, pull)| !pull.open)
            .map(|(number, _)| *number)
            .collect();
        for number in closed.iter().rev().skip(CLOSED) {
            self.pulls.remove(number);
        }
    }
}
