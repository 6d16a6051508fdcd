//! `suggestions`, `show`, `accept`, `undo`, `dismiss`, `snooze`.

use perch_core::action::Amendments;
use perch_core::draft::Sent;
use perch_core::finding::{LogExcerpt, Point};
use perch_core::outcome::{ActionState, Link};
use perch_core::suggestion::{Level, SuggestionState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which suggestions to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListSuggestions {
    /// `inbox` (open ones), `history` (all others) or `all`.
    pub list: List,
    /// Words to find in title, body, repository and rule.
    pub query: Option<String>,
    /// As loud as this only.
    pub level: Option<Level>,
    /// Of this event type only, or of all that begin so: `repo.build`.
    pub event_type: Option<String>,
    /// How many of the newest to pass over, for the next page; none when absent.
    pub offset: Option<u32>,
    /// At most this many, newest first; 100 when absent.
    pub limit: Option<u32>,
}

/// A part of all suggestions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Open ones.
    #[default]
    Inbox,
    /// Accepted, dismissed, snoozed, overtaken and filed ones.
    History,
    /// Every one.
    All,
}

/// Suggestions, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Suggestions {
    /// The suggestions.
    pub suggestions: Vec<SuggestionSummary>,
    /// How many there are of those asked for, beyond the limit too.
    pub total: u32,
}

/// One line of the inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SuggestionSummary {
    /// Its id.
    pub id: String,
    /// The repository's name, by which the inbox groups.
    pub repository: String,
    /// The cause.
    pub title: String,
    /// Where and on what evidence, in a few words: `cargo build · src/main.rs:3`.
    pub place: String,
    /// What is on offer, in a few words: `fix ready`, `3 findings`.
    pub offer: String,
    /// How loud it is.
    pub level: Level,
    /// Where it stands.
    pub state: SuggestionState,
    /// The finding's rule.
    pub rule: String,
    /// The event type that led to it.
    pub event_type: String,
    /// The button's label, if an action can lead.
    pub lead: Option<String>,
    /// What the tray's menu may carry out, if it may.
    pub at_once: Option<AtOnce>,
    /// When it was made.
    pub created_at: String,
    /// When its words last changed.
    pub updated_at: String,
    /// When a snoozed one comes back.
    pub snoozed_until: Option<String>,
}

/// An action that may be started outside the panel, beside the words that name it in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AtOnce {
    /// Its id.
    pub action: String,
    /// Verb and object.
    pub label: String,
    /// What doing it does, word for word.
    pub effect: String,
}

/// Asks for one suggestion by its id or an unambiguous end or beginning of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowSuggestion {
    /// The id.
    pub id: String,
}

/// Everything about one suggestion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SuggestionDetail {
    /// Its line in the inbox.
    pub summary: SuggestionSummary,
    /// One sentence on why it comes now.
    pub why: String,
    /// The whole as Markdown.
    pub body: String,
    /// Where people look at what it is about.
    pub url: Option<String>,
    /// Statements with their evidence.
    pub points: Vec<Point>,
    /// The marked log.
    pub log: Option<LogExcerpt>,
    /// A small picture of it, as SVG.
    pub chart: Option<String>,
    /// What a click can do, the one to lead first.
    pub actions: Vec<ActionView>,
    /// The event it came from, for "why did I get this?".
    pub event_id: String,
    /// Who wrote it: `built-in` or a model.
    pub model_used: String,
    /// What it cost, in US dollars.
    pub cost_usd: f64,
    /// What was sent for it, if something was.
    pub sent: Option<SentView>,
    /// True while it waits for a model's words.
    pub waits_for_words: bool,
}

/// What was sent to a model, and what that took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SentView {
    /// To whom, when, and what was left out, replaced or dropped.
    #[serde(flatten)]
    #[ts(flatten)]
    pub about: Sent,
    /// Provider and model.
    pub model: String,
    /// The prompt, to the letter.
    pub prompt: String,
    /// When.
    pub at: String,
    /// How long it took, in milliseconds.
    #[ts(type = "number")]
    pub latency_ms: u64,
    /// What it cost, in US dollars.
    pub cost_usd: f64,
}

/// An action on offer, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActionView {
    /// Its id.
    pub id: String,
    /// Its kind: `branch`, `tree`, `pull_request`, `comment`, `copy`.
    pub kind: String,
    /// Verb and object.
    pub label: String,
    /// What doing it does, word for word.
    pub effect: String,
    /// True when Perch can take it back.
    pub reversible: bool,
    /// Why it cannot be done now.
    pub refused: Option<String>,
    /// The change as a unified diff.
    pub diff: Option<String>,
    /// Text that would be posted or copied.
    pub text: Option<String>,
    /// What became of it.
    pub outcome: Option<OutcomeView>,
}

/// How far an accepted action has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutcomeView {
    /// Of which action.
    pub action_id: String,
    /// How far.
    pub state: ActionState,
    /// Its steps in order.
    pub steps: Vec<StepView>,
    /// Why it failed and what to do.
    pub error: Option<String>,
    /// True when it can be taken back now.
    pub can_undo: bool,
    /// When it was done, failed or taken back.
    pub finished_at: Option<String>,
}

/// A step as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepView {
    /// What it does or did.
    pub text: String,
    /// True once it is done.
    pub done: bool,
    /// True once it was taken back.
    pub undone: bool,
    /// Where to look at it.
    pub links: Vec<Link>,
}

/// Accepts an action and waits for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Accept {
    /// The suggestion.
    pub id: String,
    /// The action's id or kind; the leading one when absent.
    pub action: Option<String>,
    /// What the user changed.
    pub amendments: Amendments,
}

/// Takes an accepted action back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct UndoAction {
    /// The suggestion.
    pub id: String,
    /// The action's id or kind; the one done last when absent.
    pub action: Option<String>,
}

/// Puts a suggestion out of the inbox for good.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Dismiss {
    /// The suggestion.
    pub id: String,
    /// Why, in the user's words or as `wrong`, `known`, `not_mine`, `noise`.
    pub reason: Option<String>,
    /// True also mutes its rule in its repository.
    pub never_again: bool,
}

/// Puts a suggestion out of the inbox for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// The suggestion.
    pub id: String,
    /// Until when: a time, or a span such as `2h`, `1d`.
    pub until: String,
}

/// Makes a suggestion afresh from its event, since what it stood on moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The suggestion.
    pub id: String,
}
