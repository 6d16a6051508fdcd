//! Where the polls of one repository stopped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Closed issues and pull requests remembered, so that reopening one is noticed.
const CLOSED: usize = 500;

/// Messages remembered as told.
const TOLD: usize = 400;

/// Where the polls of one repository stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The repository's number.
    pub(super) id: u64,
    /// Its name as the server writes it.
    pub(super) full_name: String,
    /// True when it can only be read.
    pub(super) archived: bool,
    /// Its default branch.
    pub(super) default_branch: String,
    /// Its page.
    pub(super) html_url: String,
    /// True when the server has no list of runs of its Actions.
    pub(super) runs_unlisted: bool,
    /// When watching began, by the server's clock.
    pub(super) begun: Option<Timestamp>,
    /// The last change to an issue or pull request that was read.
    pub(super) things_until: Option<Timestamp>,
    /// Issues and pull requests read in their newest state, whose change is as young as the overlap.
    pub(super) lately: BTreeMap<u64, Timestamp>,
    /// The highest number of an issue or pull request when a poll last read the whole list.
    pub(super) top_number: u64,
    /// The highest number read since.
    pub(super) seen_number: u64,
    /// Issues and pull requests last seen closed, with the second they were, newest last.
    pub(super) closed: VecDeque<(u64, i64)>,
    /// The last change to a comment that was read.
    pub(super) comments_until: Option<Timestamp>,
    /// The highest id of a comment when a poll last read the whole list.
    pub(super) top_comment: u64,
    /// The highest id read since.
    pub(super) seen_comment: u64,
    /// Open pull requests.
    pub(super) pulls: BTreeMap<u64, Pull>,
    /// Commits whose statuses are watched, the default branch's first.
    pub(super) heads: Vec<Head>,
    /// The highest number of a run seen; absent until the list of runs was read.
    pub(super) top_run: Option<u64>,
    /// When each of the newest runs ended, as a second, by its number.
    pub(super) ended: BTreeMap<u64, i64>,
    /// Runs that had not ended when they were last seen.
    pub(super) running: BTreeSet<u64>,
    /// Branches and the commits they stand on.
    pub(super) branches: BTreeMap<String, String>,
    /// Published releases, by id.
    pub(super) releases: BTreeSet<u64>,
    /// Messages of the newest moments that were told, since moments are only as fine as seconds.
    pub(super) told: VecDeque<String>,
}

/// An open pull request as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Pull {
    /// The commit at its head.
    pub(super) head: String,
    /// What it says about itself, as a fingerprint.
    pub(super) mark: String,
    /// Ids of its reviews. Absent until they were read.
    pub(super) reviews: Option<BTreeSet<u64>>,
}

/// A commit whose statuses are watched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    /// The commit.
    pub(super) sha: String,
    /// Its branch; `owner:branch` in a fork.
    pub(super) branch: String,
    /// Its pull request.
    pub(super) pull: Option<u64>,
    /// The pull request's author.
    pub(super) author: Option<String>,
    /// The branch the pull request would go into.
    pub(super) base: Option<String>,
    /// When it became the head, as far as polls saw it; absent for one that was there before.
    pub(super) since: Option<Timestamp>,
    /// The state of each status context.
    pub(super) statuses: BTreeMap<String, String>,
    /// True while a status is pending.
    pub(super) pending: bool,
}

impl Place {
    /// True the first time it is asked about `message`.
    pub(super) fn tell(&mut self, message: &str) -> bool {
        if self.told.iter().any(|told| told == message) {
            return false;
        }
        self.told.push_back(message.to_owned());
        if self.told.len() > TOLD {
            self.told.pop_front();
        }
        true
    }

    /// True when it was not seen closed at this second before.
    pub(super) fn note_closed(&mut self, number: u64, second: i64) -> bool {
        let known = self.closed.contains(&(number, second));
        self.note_open(number);
        self.closed.push_back((number, second));
        if self.closed.len() > CLOSED {
            self.closed.pop_front();
        }
        !known
    }

    /// True when it was closed before.
    pub(super) fn note_open(&mut self, number: u64) -> bool {
        let before = self.closed.len();
        self.closed.retain(|(closed, _)| *closed != number);
        self.closed.len() < before
    }
}
