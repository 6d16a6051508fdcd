//! Errors as they cross the border: a code where the caller acts on it, and a message for people.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What kind of failure it is, as far as a caller acts differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request does not fit the command.
    Invalid,
    /// What it names is not there.
    NotFound,
    /// It cannot be done as things stand; the message says what to do.
    Refused,
    /// What it is based on moved; `refresh` makes it afresh.
    Moved,
    /// Something failed that may work later.
    Failed,
}

/// An error a caller can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind.
    pub code: Code,
    /// What was being done, what went wrong and what to do, without a final dot.
    pub message: String,
}

impl ApiError {
    /// An error of this code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
