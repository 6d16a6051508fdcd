//! What a poll remembers of what it read, so that nothing is lost between two and nothing told twice. Pure.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;
use perch_core::id::short_hash;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Messages remembered as told.
const TOLD: usize = 400;

/// How far a list ordered by last change was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Until {
    /// The last change that was read.
    pub(crate) at: Option<Timestamp>,
    /// The last change when a poll last read the list to its end.
    pub(crate) whole: Option<Timestamp>,
    /// What was read of the moment of the last change, since a list is read again from that moment on.
    pub(crate) edge: BTreeSet<String>,
    /// The highest number when a poll last read the list to its end.
    pub(crate) top: u64,
    /// The highest number read since.
    pub(crate) seen: u64,
}

impl Until {
    /// Notes that `item`, which last changed `at`, was read as it is.
    pub(crate) fn read(&mut self, item: &Value, at: Option<Timestamp>) {
        if at > self.at {
            self.at = at;
            self.edge.clear();
        }
        if at == self.at {
            self.edge.insert(mark(item));
        }
    }

    /// True for what was read before and is unchanged.
    pub(crate) fn knows(&self, item: &Value, at: Option<Timestamp>) -> bool {
        at < self.at || (at == self.at && self.edge.contains(&mark(item)))
    }

    /// Everything up to here was read.
    pub(crate) fn settle(&mut self) {
        self.whole = self.at;
        self.top = self.seen;
    }
}

fn mark(item: &Value) -> String {
    short_hash(&item.to_string(), 16)
}

/// Messages that were told lately, since lists are read from their last moment on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Told(VecDeque<String>);

impl Told {
    /// True if `message` was told.
    pub(crate) fn knows(&self, message: &str) -> bool {
        self.0.iter().any(|told| told == message)
    }

    /// True the first time it is asked about `message`.
    pub(crate) fn tell(&mut self, message: &str) -> bool {
        if self.knows(message) {
            return false;
        }
        self.0.push_back(message.to_owned());
        if self.0.len() > TOLD {
            self.0.pop_front();
        }
        true
    }
}
