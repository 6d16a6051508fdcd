//! `log`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for lines of the whole log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct AskLog {
    /// The suggestion.
    pub id: String,
    /// How many lines to pass over; none when absent.
    pub offset: Option<u32>,
    /// At most this many; 20,000 when absent.
    pub limit: Option<u32>,
}

/// Lines of a log, without terminal sequences, secrets redacted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogLines {
    /// The number of the log's first line that is kept, 1-based; above 1 where its beginning was cut away.
    #[ts(type = "number")]
    pub first_line: u64,
    /// How many lines are kept.
    #[ts(type = "number")]
    pub total: u64,
    /// The lines asked for.
    pub lines: Vec<String>,
}
