//! What changed, told to whoever shows something; the listener asks again for what it shows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{SuggestionId, UserId};

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A suggestion was made, or something about it changed.
    Suggestion {
        /// Whose.
        user: UserId,
        /// Its id.
        id: SuggestionId,
    },
    /// Events were stored or moved on.
    Events {
        /// Whose.
        user: UserId,
    },
    /// A model is writing a suggestion anew.
    Writing {
        /// Whose.
        user: UserId,
        /// The suggestion.
        id: SuggestionId,
        /// What it has written so far, for the reader; the suggestion itself changes when it is done.
        text: String,
    },
    /// Connections, their state, the pause or settings changed.
    Status,
}
