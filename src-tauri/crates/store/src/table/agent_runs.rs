//! `agent_runs`: the log of each generation; a suggestion's versions.

use jiff::Timestamp;
use perch_core::draft::Sent;
use perch_core::id::{AgentRunId, EventId, SuggestionId, UserId};
use rusqlite::{Connection, Row, params};

use super::columns::{id, json, millis, parsed, row, rows, timestamp};
use crate::db::StoreError;

/// A row of `agent_runs`.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentRun {
    /// Its id.
    pub id: AgentRunId,
    /// Whose.
    pub user_id: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// `event`, `manual` or `schedule`.
    pub trigger: String,
    /// The event's key, or what was asked for.
    pub trigger_data: String,
    /// What was sent, to the letter; empty without a model.
    pub assembled_prompt: String,
    /// Ids of the atoms in the prompt, as a JSON list.
    pub selected_atoms: String,
    /// The vibe config in force, as JSON.
    pub vibe_config_snapshot: String,
    /// The analyser.
    pub agent_type: String,
    /// `built-in` without a model.
    pub model_used: String,
    /// The draft as JSON, or the Markdown when built in.
    pub generated_content: String,
    /// Tokens in and out.
    pub tokens_used: u64,
    /// How long the model took.
    pub latency_ms: u64,
    /// What it cost.
    pub cost_usd: f64,
    /// The event it is about.
    pub event_id: EventId,
    /// The suggestion it is a version of.
    pub suggestion_id: Option<SuggestionId>,
    /// Beside the prompt, what was sent, to whom and with what left out.
    pub sent: Sent,
}

/// Stores a run; a known id changes nothing.
pub fn insert(connection: &Connection, run: &AgentRun) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO agent_runs
            (id, user_id, created_at, trigger, trigger_data, assembled_prompt, selected_atoms,
             vibe_config_snapshot, agent_type, model_used, generated_content, tokens_used, latency_ms,
             cost_usd, event_id, suggestion_id, sent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         ON CONFLICT DO NOTHING",
        params![
            run.id.to_string(),
            run.user_id.as_str(),
            millis(run.created_at),
            run.trigger,
            run.trigger_data,
            run.assembled_prompt,
            run.selected_atoms,
            run.vibe_config_snapshot,
            run.agent_type,
            run.model_used,
            run.generated_content,
            i64::try_from(run.tokens_used).unwrap_or(i64::MAX),
            i64::try_from(run.latency_ms).unwrap_or(i64::MAX),
            run.cost_usd,
            run.event_id.to_string(),
            run.suggestion_id.map(|id| id.to_string()),
            json(&run.sent),
        ],
    )?;
    Ok(())
}

/// The run with this id.
pub fn get(connection: &Connection, run: AgentRunId) -> Result<Option<AgentRun>, StoreError> {
    row(
        connection,
        "SELECT * FROM agent_runs WHERE id = ?1",
        [run.to_string()],
        read,
    )
}

/// The versions of a suggestion, oldest first.
pub fn versions(
    connection: &Connection,
    suggestion: SuggestionId,
) -> Result<Vec<AgentRun>, StoreError> {
    rows(
        connection,
        "SELECT * FROM agent_runs WHERE suggestion_id = ?1 ORDER BY created_at, id",
        [suggestion.to_string()],
        read,
    )
}

/// How many runs there are for an event.
pub fn count(connection: &Connection, event: EventId) -> Result<u32, StoreError> {
    Ok(connection.query_row(
        "SELECT count(*) FROM agent_runs WHERE event_id = ?1",
        [event.to_string()],
        |row| row.get(0),
    )?)
}

/// Writes what the user made of a suggestion to the run that is its current version.
pub fn set_feedback(
    connection: &Connection,
    suggestion: &str,
    feedback: &str,
    detail: Option<&str>,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE agent_runs SET user_feedback = ?2, feedback_detail = ?3
         WHERE id = (SELECT run_id FROM suggestions WHERE id = ?1)",
        params![suggestion, feedback, detail],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<AgentRun, StoreError> {
    const WHAT: &str = "agent run";
    let unsigned = |column: &str| -> Result<u64, StoreError> {
        Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or_default())
    };
    Ok(AgentRun {
        id: id(row, "id", WHAT)?,
        user_id: UserId::new(row.get::<_, String>("user_id")?),
        created_at: timestamp(row.get("created_at")?),
        trigger: row.get("trigger")?,
        trigger_data: row.get("trigger_data")?,
        assembled_prompt: row.get("assembled_prompt")?,
        selected_atoms: row.get("selected_atoms")?,
        vibe_config_snapshot: row.get("vibe_config_snapshot")?,
        agent_type: row.get("agent_type")?,
        model_used: row.get("model_used")?,
        generated_content: row.get("generated_content")?,
        tokens_used: unsigned("tokens_used")?,
        latency_ms: unsigned("latency_ms")?,
        cost_usd: row.get("cost_usd")?,
        event_id: id(row, "event_id", WHAT)?,
        suggestion_id: row
            .get::<_, Option<String>>("suggestion_id")?
            .and_then(|text| text.parse().ok()),
        sent: parsed(row, "sent", WHAT)?,
    })
}
