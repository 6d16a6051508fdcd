//! Where the polls of one repository stopped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Closed issues and pull requests remembered, so that reopening one is noticed.
const CLOSED: usize = 500;

/// Messages remembered as told.
const TOLD: usize = 300;

/// Where the polls of one repository stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The repository's number.
    pub(super) id: u64,
    /// Its name as GitHub writes it.
    pub(super) full_name: String,
    /// True when it can only be read.
    pub(super) archived: bool,
    /// Its default branch.
    pub(super) default_branch: String,
    /// Its page.
    pub(super) html_url: String,
    /// True when it has no issues, so that pull requests are listed by themselves.
    pub(super) without_issues: bool,
    /// The last change to an issue or pull request that was read.
    pub(super) things_until: Option<Timestamp>,
    /// The highest number of an issue or pull request when a poll last read the whole list.
    pub(super) top_number: u64,
    /// The highest number read since.
    pub(super) seen_number: u64,
    /// Numbers last seen closed, newest last.
    pub(super) closed: VecDeque<u64>,
    /// The last change to a comment that was read.
    pub(super) comments_until: Option<Timestamp>,
    /// The highest id of a comment when a poll last read the whole list.
    pub(super) top_comment: u64,
    /// The highest id read since.
    pub(super) seen_comment: u64,
    /// Open pull requests.
    pub(super) pulls: BTreeMap<u64, Pull>,
    /// Commits whose checks are watched, the default branch's first.
    pub(super) heads: Vec<Head>,
    /// True once a status was seen on a pull request.
    pub(super) pulls_have_statuses: bool,
    /// Branches and the commits they stand on.
    pub(super) branches: BTreeMap<String, String>,
    /// Published releases, by id.
    pub(super) releases: BTreeSet<u64>,
    /// When it was last looked at wholly.
    pub(super) looked_at: Option<Timestamp>,
    /// When kept webhooks were last looked at.
    pub(super) kept_until: Option<Timestamp>,
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
    /// Its reviews: id and state. Absent until they were read.
    pub(super) reviews: Option<BTreeMap<u64, String>>,
}

/// A commit whose checks are watched.
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
    /// False once the default branch has moved on.
    pub(super) current: bool,
    /// The state of each status context.
    pub(super) statuses: BTreeMap<String, String>,
    /// Finished check runs: id and when each ended.
    pub(super) checks: BTreeMap<u64, String>,
    /// Finished workflow runs: id and attempt.
    pub(super) runs: BTreeMap<u64, u64>,
    /// True while a status is pending.
    pub(super) statuses_pending: bool,
    /// True while a check run has not ended.
    pub(super) checks_pending: bool,
    /// True while a workflow run has not ended.
    pub(super) running: bool,
}

impl Head {
    /// True while something on it has not ended.
    pub(super) fn is_pending(&self) -> bool {
        self.statuses_pending || self.checks_pending || self.running
    }

    /// True when the head is in another repository.
    pub(super) fn is_fork(&self) -> bool {
        self.branch.contains(':')
    }
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

    pub(super) fn note_closed(&mut self, number: u64) {
        self.note_open(number);
        self.closed.push_back(number);
        if self.closed.len() > CLOSED {
            self.closed.pop_front();
        }
    }

    /// True when it was closed before.
    pub(super) fn note_open(&mut self, number: u64) -> bool {
        let before = self.closed.len();
        self.closed.retain(|closed| *closed != number);
        self.closed.len() < before
    }

    /// The commit at the head of the default branch; absent for an empty repository.
    pub(super) fn default_head(&self) -> Option<&Head> {
        self.heads
            .iter()
            .find(|head| head.pull.is_none() && head.current)
    }
}
