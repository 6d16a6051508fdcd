//! `writings`: what models may be told of suggestions, and which wait for their words. Until those come the built-in
//! ones stand.

use jiff::Timestamp;
use perch_core::draft::Brief;
use perch_core::id::{AgentRunId, SuggestionId, UserId};
use rusqlite::{Connection, Row, params};

use super::columns::{id, json, millis, parsed, row};
use crate::db::StoreError;

/// A row of `writings`.
#[derive(Debug, Clone, PartialEq)]
pub struct Writing {
    /// The suggestion.
    pub suggestion_id: SuggestionId,
    /// Whose.
    pub user_id: UserId,
    /// The version that is to be written anew.
    pub run_id: AgentRunId,
    /// What the model is to know.
    pub brief: Brief,
    /// What the user asked for, when they asked.
    pub instruction: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// True while it waits.
    pub waits: bool,
}

/// Lets a suggestion wait; one that waits already waits with what is new.
pub fn put(connection: &Connection, writing: &Writing, now: Timestamp) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO writings (suggestion_id, user_id, run_id, brief, instruction, next_attempt_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET run_id = ?3, brief = ?4, instruction = ?5, attempts = 0, next_attempt_at = ?6",
        params![
            writing.suggestion_id.to_string(),
            writing.user_id.as_str(),
            writing.run_id.to_string(),
            json(&writing.brief),
            writing.instruction,
            millis(now)
        ],
    )?;
    Ok(())
}

/// The one of `user` that is due and waits longest; what the user asked for comes first.
pub fn next(
    connection: &Connection,
    user: &UserId,
    now: Timestamp,
) -> Result<Option<Writing>, StoreError> {
    row(
        connection,
        "SELECT * FROM writings WHERE user_id = ?1 AND next_attempt_at <= ?2
         ORDER BY instruction IS NULL, next_attempt_at, suggestion_id LIMIT 1",
        params![user.as_str(), millis(now)],
        read,
    )
}

/// The one of a suggestion.
pub fn of(
    connection: &Connection,
    suggestion: SuggestionId,
) -> Result<Option<Writing>, StoreError> {
    row(
        connection,
        "SELECT * FROM writings WHERE suggestion_id = ?1",
        [suggestion.to_string()],
        read,
    )
}

/// True when one of `user` is due.
pub fn is_due(connection: &Connection, user: &UserId, now: Timestamp) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM writings WHERE user_id = ?1 AND next_attempt_at <= ?2)",
        )?
        .query_row(params![user.as_str(), millis(now)], |row| row.get(0))?)
}

/// It is tried again at `until`.
pub fn postpone(
    connection: &Connection,
    suggestion: SuggestionId,
    until: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE writings SET attempts = attempts + 1, next_attempt_at = ?2 WHERE suggestion_id = ?1",
        params![suggestion.to_string(), millis(until)],
    )?;
    Ok(())
}

/// It waits no longer; `run` is the version it has now, where that changed.
pub fn settle(
    connection: &Connection,
    suggestion: SuggestionId,
    run: Option<AgentRunId>,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE writings SET next_attempt_at = NULL, instruction = NULL, attempts = 0, run_id = coalesce(?2, run_id)
         WHERE suggestion_id = ?1",
        params![suggestion.to_string(), run.map(|run| run.to_string())],
    )?;
    Ok(())
}

/// Lets it wait again, to be written as the user asks; false when nothing is known of it any more.
pub fn again(
    connection: &Connection,
    suggestion: SuggestionId,
    run: AgentRunId,
    instruction: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection.execute(
        "UPDATE writings SET next_attempt_at = ?4, instruction = ?3, attempts = 0, run_id = ?2
         WHERE suggestion_id = ?1",
        params![
            suggestion.to_string(),
            run.to_string(),
            instruction,
            millis(now)
        ],
    )? == 1)
}

/// Drops what is known of suggestions that are no longer in the inbox.
pub fn forget(connection: &Connection) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM writings WHERE suggestion_id NOT IN
            (SELECT id FROM suggestions WHERE state IN ('open', 'snoozed'))",
        [],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Writing, StoreError> {
    const WHAT: &str = "writing";
    Ok(Writing {
        suggestion_id: id(row, "suggestion_id", WHAT)?,
        user_id: UserId::new(row.get::<_, String>("user_id")?),
        run_id: id(row, "run_id", WHAT)?,
        brief: parsed(row, "brief", WHAT)?,
        instruction: row.get("instruction")?,
        attempts: row.get("attempts")?,
        waits: row.get::<_, Option<i64>>("next_attempt_at")?.is_some(),
    })
}
