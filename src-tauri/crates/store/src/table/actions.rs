//! `actions` and `outcomes`: what is on offer, and what became of it.

use jiff::Timestamp;
use perch_core::action::Action;
use perch_core::id::{ActionId, SuggestionId};
use perch_core::outcome::{ActionState, Outcome, StepRecord};
use rusqlite::{Connection, Row, params};

use super::columns::{id, json, millis, parsed, row, rows, timestamp, to_word, word};
use crate::db::StoreError;

/// A row of `actions`.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionRow {
    /// The suggestion it belongs to.
    pub suggestion_id: SuggestionId,
    /// How far it has come.
    pub state: ActionState,
    /// The action, as amended once it is claimed.
    pub action: Action,
    /// How often carrying it out was tried.
    pub attempts: u32,
}

/// Puts `actions` on offer in place of those of the suggestion that were not begun.
pub(super) fn replace(
    connection: &Connection,
    suggestion: SuggestionId,
    actions: &[Action],
) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM actions WHERE suggestion_id = ?1 AND state = 'offered'",
        [suggestion.to_string()],
    )?;
    for (position, action) in actions.iter().enumerate() {
        connection.execute(
            "INSERT INTO actions (id, suggestion_id, position, state, action)
             VALUES (?1, ?2, ?3, 'offered', ?4) ON CONFLICT DO NOTHING",
            params![
                action.id.to_string(),
                suggestion.to_string(),
                i64::try_from(position).unwrap_or(i64::MAX),
                json(action)
            ],
        )?;
    }
    Ok(())
}

/// The actions of a suggestion, the leading one first.
pub fn of(connection: &Connection, suggestion: SuggestionId) -> Result<Vec<ActionRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM actions WHERE suggestion_id = ?1 ORDER BY position, id",
        [suggestion.to_string()],
        read,
    )
}

/// The action with this id.
pub fn get(connection: &Connection, action: ActionId) -> Result<Option<ActionRow>, StoreError> {
    row(
        connection,
        "SELECT * FROM actions WHERE id = ?1",
        [action.to_string()],
        read,
    )
}

/// Claims an action on offer, with the user's changes; false when somebody was faster.
pub fn claim(connection: &Connection, action: &Action, now: Timestamp) -> Result<bool, StoreError> {
    let claimed = connection.execute(
        "UPDATE actions SET state = 'running', action = ?2, attempts = 0, next_attempt_at = 0
         WHERE id = ?1 AND state IN ('offered', 'failed', 'undone')",
        params![action.id.to_string(), json(action)],
    )? == 1;
    if claimed {
        connection.execute(
            "INSERT INTO outcomes (action_id, steps, started_at) VALUES (?1, '[]', ?2)
             ON CONFLICT (action_id) DO UPDATE SET steps = '[]', error = NULL, started_at = ?2, finished_at = NULL",
            params![action.id.to_string(), millis(now)],
        )?;
    }
    Ok(claimed)
}

/// Claims taking back an action that is done; false when it is not, or somebody was faster.
pub fn claim_undo(connection: &Connection, action: ActionId) -> Result<bool, StoreError> {
    Ok(connection.execute(
        "UPDATE actions SET state = 'undoing', attempts = 0, next_attempt_at = 0 WHERE id = ?1 AND state = 'done'",
        [action.to_string()],
    )? == 1)
}

/// Actions that were begun and are due to go on, for one user.
pub fn unfinished(
    connection: &Connection,
    user: &str,
    now: Timestamp,
) -> Result<Vec<ActionRow>, StoreError> {
    rows(
        connection,
        "SELECT actions.* FROM actions JOIN suggestions ON suggestions.id = actions.suggestion_id
         WHERE actions.state IN ('running', 'undoing') AND actions.next_attempt_at <= ?2
           AND suggestions.user_id = ?1
         ORDER BY actions.id",
        params![user, millis(now)],
        read,
    )
}

/// Notes that an attempt failed and when the next may begin.
pub fn postpone(
    connection: &Connection,
    action: ActionId,
    until: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE actions SET attempts = attempts + 1, next_attempt_at = ?2 WHERE id = ?1",
        params![action.to_string(), millis(until)],
    )?;
    Ok(())
}

/// Writes the steps of an outcome as far as they have come.
pub fn record(
    connection: &Connection,
    action: ActionId,
    steps: &[StepRecord],
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE outcomes SET steps = ?2 WHERE action_id = ?1",
        params![action.to_string(), json(&steps)],
    )?;
    Ok(())
}

/// Ends an action in `state`.
pub fn finish(
    connection: &Connection,
    action: ActionId,
    state: ActionState,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE actions SET state = ?2 WHERE id = ?1",
        params![action.to_string(), to_word(&state)],
    )?;
    connection.execute(
        "UPDATE outcomes SET error = ?2, finished_at = ?3 WHERE action_id = ?1",
        params![action.to_string(), error, millis(now)],
    )?;
    Ok(())
}

/// The outcome of an action that was begun.
pub fn outcome(connection: &Connection, action: ActionId) -> Result<Option<Outcome>, StoreError> {
    row(
        connection,
        "SELECT outcomes.*, actions.state FROM outcomes JOIN actions ON actions.id = action_id
         WHERE action_id = ?1",
        [action.to_string()],
        |row| {
            const WHAT: &str = "outcome";
            Ok(Outcome {
                action_id: id(row, "action_id", WHAT)?,
                state: word(row, "state", WHAT)?,
                steps: parsed(row, "steps", WHAT)?,
                error: row.get("error")?,
                started_at: timestamp(row.get("started_at")?),
                finished_at: row.get::<_, Option<i64>>("finished_at")?.map(timestamp),
            })
        },
    )
}

fn read(row: &Row<'_>) -> Result<ActionRow, StoreError> {
    const WHAT: &str = "action";
    Ok(ActionRow {
        suggestion_id: id(row, "suggestion_id", WHAT)?,
        state: word(row, "state", WHAT)?,
        action: parsed(row, "action", WHAT)?,
        attempts: row.get("attempts")?,
    })
}
