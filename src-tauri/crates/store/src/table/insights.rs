//! What the insights are counted from, over several tables. Counting itself is the caller's.

use jiff::Timestamp;
use perch_core::id::UserId;
use perch_core::suggestion::SuggestionState;
use rusqlite::{Connection, params};

use super::columns::{millis, rows, timestamp, word};
use crate::db::StoreError;

/// A suggestion, as far as insights ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The finding's rule.
    pub rule: String,
    /// Where it stands.
    pub state: SuggestionState,
    /// When it was made.
    pub at: Timestamp,
    /// When the user first accepted, dismissed or snoozed it.
    pub answered_at: Option<Timestamp>,
    /// True if the pull request it opened turned red, or was closed without being merged.
    pub failed: bool,
}

/// The suggestions made for `user` since `from`, oldest first.
pub fn made_since(
    connection: &Connection,
    user: &UserId,
    from: Timestamp,
) -> Result<Vec<Made>, StoreError> {
    rows(
        connection,
        "SELECT rule, state, created_at,
                (SELECT min(at) FROM feedback WHERE suggestion_id = suggestions.id) AS answered_at,
                EXISTS (SELECT 1 FROM feedback WHERE suggestion_id = suggestions.id
                                                 AND kind IN ('turned_red', 'closed')) AS failed
         FROM suggestions WHERE user_id = ?1 AND created_at >= ?2 ORDER BY created_at, id",
        params![user.as_str(), millis(from)],
        |row| {
            Ok(Made {
                rule: row.get("rule")?,
                state: word(row, "state", "suggestion")?,
                at: timestamp(row.get("created_at")?),
                answered_at: row.get::<_, Option<i64>>("answered_at")?.map(timestamp),
                failed: row.get("failed")?,
            })
        },
    )
}

/// How many events of `user` were stored from `from` until before `to`.
pub fn events_between(
    connection: &Connection,
    user: &UserId,
    from: Timestamp,
    to: Timestamp,
) -> Result<u32, StoreError> {
    Ok(connection.query_row(
        "SELECT count(*) FROM background_events
         WHERE user_id = ?1 AND stored_at >= ?2 AND stored_at < ?3",
        params![user.as_str(), millis(from), millis(to)],
        |row| row.get(0),
    )?)
}

/// What models cost `user` since `from`, in US dollars.
pub fn cost_since(
    connection: &Connection,
    user: &UserId,
    from: Timestamp,
) -> Result<f64, StoreError> {
    Ok(connection.query_row(
        "SELECT total(cost_usd) FROM agent_runs WHERE user_id = ?1 AND created_at >= ?2",
        params![user.as_str(), millis(from)],
        |row| row.get(0),
    )?)
}
