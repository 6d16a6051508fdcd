//! `feedback`: what users made of suggestions.

use jiff::Timestamp;
use perch_core::id::{SuggestionId, UserId};
use rusqlite::{Connection, params};

use super::columns::{millis, rows, timestamp};
use crate::db::StoreError;

/// What the far side made of the pull request a suggestion opened: its build failed, it was merged, or closed without.
pub const FATES: [&str; 3] = ["turned_red", "merged", "closed"];

/// Adds a line: `accepted`, `dismissed`, `snoozed`, `undone`, `restored`, or one of [`FATES`].
pub fn insert(
    connection: &Connection,
    suggestion: SuggestionId,
    kind: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO feedback (suggestion_id, kind, detail, at) VALUES (?1, ?2, ?3, ?4)",
        params![suggestion.to_string(), kind, detail, millis(now)],
    )?;
    Ok(())
}

/// Adds a line unless the suggestion has one of this kind and detail already; true if it had none.
pub fn insert_once(
    connection: &Connection,
    suggestion: SuggestionId,
    kind: &str,
    detail: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection.execute(
        "INSERT INTO feedback (suggestion_id, kind, detail, at)
         SELECT ?1, ?2, ?3, ?4
         WHERE NOT EXISTS (SELECT 1 FROM feedback WHERE suggestion_id = ?1 AND kind = ?2 AND detail = ?3)",
        params![suggestion.to_string(), kind, detail, millis(now)],
    )? == 1)
}

/// Every line of a suggestion, oldest first: its kind and its detail.
pub fn of(
    connection: &Connection,
    suggestion: SuggestionId,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    rows(
        connection,
        "SELECT kind, detail FROM feedback WHERE suggestion_id = ?1 ORDER BY at, rowid",
        [suggestion.to_string()],
        |row| Ok((row.get("kind")?, row.get("detail")?)),
    )
}

/// What a user, or the far side, made of a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// As [`insert`] has it.
    pub kind: String,
    /// Why, as the user said.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What became of `user`'s suggestions of `rule` since `since`, oldest first.
pub fn answers(
    connection: &Connection,
    user: &UserId,
    rule: &str,
    since: Timestamp,
) -> Result<Vec<Answer>, StoreError> {
    rows(
        connection,
        "SELECT feedback.kind, feedback.detail, feedback.at FROM feedback
         JOIN suggestions ON suggestions.id = feedback.suggestion_id
         WHERE suggestions.user_id = ?1 AND suggestions.rule = ?2 AND feedback.at >= ?3
         ORDER BY feedback.at, feedback.rowid",
        params![user.as_str(), rule, millis(since)],
        |row| {
            Ok(Answer {
                kind: row.get("kind")?,
                detail: row.get("detail")?,
                at: timestamp(row.get("at")?),
            })
        },
    )
}
