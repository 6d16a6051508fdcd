//! Events: what happened, first as a provider tells it, then as a row of `background_events`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::event_type::EventType;
use crate::id::{AgentRunId, ConnectionId, DeliveryId, EventId, UserId};
use crate::subject::Subject;
use crate::verdict::Verdict;

/// Something happened, in Perch's vocabulary, before it belongs to a user's store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub event_type: EventType,
    /// The same whichever door the event came through and however often:
    /// `github/github.com/1296269/run/981/2/failed` (provider, host, the repository's own number, subject, attempt).
    pub dedup_key: String,
    /// What it is about.
    pub subject: Subject,
    /// When it happened, by the far side's clock.
    pub at: Timestamp,
    /// Who did it, by their name at the provider.
    pub actor: Option<String>,
    /// People it concerns: author, assignees, requested reviewers, mentioned.
    pub involves: Vec<String>,
    /// The payload the provider's `gather` and the analysers may read further.
    pub data: Value,
}

/// How far an event has come on the road. Stored in the column `state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// Taken in; nothing decided yet, or interrupted and to be done again.
    New,
    /// The gate let it through; facts, finding and draft are being made.
    Passed,
    /// It led to a suggestion, or was merged into one.
    Suggested,
    /// It led to nothing; `verdict` says why.
    Silent,
    /// It failed more often than it may be tried; `verdict` holds the error.
    Failed,
}

/// A row of `background_events`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// Whose it is.
    pub user_id: UserId,
    /// The connection it came by.
    pub connection_id: ConnectionId,
    /// The delivery it was read from, while that is kept.
    pub delivery_id: Option<DeliveryId>,
    /// What happened.
    pub event: Event,
    /// When it was stored.
    pub stored_at: Timestamp,
    /// How far it has come.
    pub state: EventState,
    /// The last word on it: which step decided what, and why.
    pub verdict: Option<Verdict>,
    /// How often the road beyond the gate was begun for it.
    pub attempts: u32,
    /// The agent run of the suggestion's current version.
    pub suggestion_id: Option<AgentRunId>,
    /// The user accepted, dismissed or snoozed its suggestion.
    pub user_actioned: bool,
}
