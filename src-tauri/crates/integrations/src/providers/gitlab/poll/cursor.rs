//! Where the polls of one project stopped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use perch_core::id::short_hash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Messages remembered as told.
const TOLD: usize = 400;

/// Where the polls of one project stopped.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The project's number.
    pub(super) id: u64,
    /// Its path as GitLab writes it.
    pub(super) full_name: String,
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
    pub(super) told: VecDeque<String>,
}

/// How far a list ordered by last change was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Until {
    /// The last change that was read.
    pub(super) at: Option<Timestamp>,
    /// The last change when a poll last read the list to its end.
    pub(super) whole: Option<Timestamp>,
    /// What was read of the moment of the last change, since a list is read again from that moment on.
    pub(super) edge: BTreeSet<String>,
    /// The highest number when a poll last read the list to its end.
    pub(super) top: u64,
    /// The highest number read since.
    pub(super) seen: u64,
}

impl Until {
    /// Notes that `item`, which last changed `at`, was read as it is.
    pub(super) fn read(&mut self, item: &Value, at: Option<Timestamp>) {
        if at > self.at {
            self.at = at;
            self.edge.clear();
        }
        if at == self.at {
            self.edge.insert(mark(item));
        }
    }

    /// True for what was read before and is unchanged.
    pub(super) fn knows(&self, item: &Value, at: Option<Timestamp>) -> bool {
        at < self.at || (at == self.at && self.edge.contains(&mark(item)))
    }

    /// Everything up to here was read.
    pub(super) fn settle(&mut self) {
        self.whole = self.at;
        self.top = self.seen;
    }
}

fn mark(item: &Value) -> String {
    short_hash(&item.to_string(), 16)
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
}
