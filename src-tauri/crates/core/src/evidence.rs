//! Evidence: where a statement can be checked.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A statement and the place that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Evidence {
    /// What the place shows, as a short sentence.
    pub statement: String,
    /// The place.
    pub place: Place,
}

/// A place someone can look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// Lines of a file, 1-based and inclusive; the line is absent when the whole file is meant.
    File {
        /// Path from the repository's root, with forward slashes.
        path: String,
        /// First line.
        line: Option<u32>,
        /// Last line.
        end_line: Option<u32>,
    },
    /// Lines of a log of the facts, 1-based and inclusive.
    Log {
        /// The log's name among the facts.
        log: String,
        /// First line.
        start_line: u64,
        /// Last line.
        end_line: u64,
    },
    /// A commit, by its full hash.
    Commit {
        /// The hash.
        sha: String,
    },
    /// A page, such as a comment or a run.
    Page {
        /// Its address.
        url: String,
    },
}

impl Evidence {
    /// `statement`, shown by `path` at `line`.
    pub fn file(statement: impl Into<String>, path: impl Into<String>, line: Option<u32>) -> Self {
        Self {
            statement: statement.into(),
            place: Place::File {
                path: path.into(),
                line,
                end_line: line,
            },
        }
    }
}
