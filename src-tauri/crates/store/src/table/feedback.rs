//! `feedback`: what users made of suggestions.

use jiff::Timestamp;
use perch_core::id::SuggestionId;
use rusqlite::{Connection, params};

use super::columns::millis;
use crate::db::StoreError;

/// Adds a line: `accepted`, `dismissed`, `snoozed` or `undone`.
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
