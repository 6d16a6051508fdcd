//! Suggestions: what the user is shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::action::Action;
use crate::finding::{LogExcerpt, Point};
use crate::id::{AgentRunId, ConnectionId, EventId, SuggestionId, UserId};
use crate::subject::Subject;

/// How loudly a suggestion is made.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It waits in the inbox.
    #[default]
    Silent,
    /// A toast at a good moment.
    Normal,
    /// A toast now.
    Urgent,
}

/// Where a suggestion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionState {
    /// In the inbox.
    Open,
    /// One of its actions was done, or is being done.
    Accepted,
    /// The user does not want it.
    Dismissed,
    /// Out of the inbox until `snoozed_until`.
    Snoozed,
    /// A later event made it pointless: the build went green, the pull request was closed.
    Overtaken,
    /// One of the user's filters put it straight into the history.
    Done,
}

/// A finished suggestion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Its id, the same over its versions.
    pub id: SuggestionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The connection whose publisher carries its actions out.
    pub connection_id: ConnectionId,
    /// The agent run that is its current version.
    pub run_id: AgentRunId,
    /// The event that led to the current version.
    pub event_id: EventId,
    /// What it is about.
    pub subject: Subject,
    /// The finding's rule.
    pub rule: String,
    /// One open suggestion at most exists per user and this key; a later one replaces its words and actions.
    pub merge_key: String,
    /// The cause, in at most 60 characters.
    pub title: String,
    /// One sentence on why it comes now.
    pub why: String,
    /// The whole as Markdown.
    pub body: String,
    /// Statements with their evidence.
    pub points: Vec<Point>,
    /// The marked log.
    pub log: Option<LogExcerpt>,
    /// A small picture of it, as SVG.
    pub chart: Option<String>,
    /// How loud it is.
    pub level: Level,
    /// What a click can do, the one to lead first.
    pub actions: Vec<Action>,
    /// Where it stands.
    pub state: SuggestionState,
    /// When a snoozed one comes back.
    pub snoozed_until: Option<Timestamp>,
    /// When it was first made.
    pub created_at: Timestamp,
    /// When its words last changed.
    pub updated_at: Timestamp,
}
