//! `change_filter`, `try_filter`, `silent_rules`, `lift_rule`.

use perch_core::filter::Filter;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Adds, changes, moves or takes out a filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeFilter {
    /// The one that is changed, as it is; absent for a new one.
    pub was: Option<Filter>,
    /// What it becomes; absent to take it out.
    pub filter: Option<Filter>,
    /// Where it then stands, counted from 0; absent to leave it where it is, a new one at the end.
    pub place: Option<u32>,
}

/// Asks what a change of the filters would have meant for past events. Nothing is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TryFilter {
    /// The one that would be changed, as it is; absent for a new one.
    pub was: Option<Filter>,
    /// What it would become; absent to take it out.
    pub filter: Option<Filter>,
    /// Where it would then stand, counted from 0.
    pub place: Option<u32>,
    /// Over how many days; 30 when absent, at most 365.
    pub days: Option<u32>,
}

/// What a change of the filters would have meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FilterTrial {
    /// Over how many days.
    pub days: u32,
    /// How many events there were, at most the newest 5,000.
    pub events: u32,
    /// How many would have fared otherwise.
    pub total: u32,
    /// Those, newest first, at most 200.
    pub changes: Vec<WouldChange>,
}

/// An event that would have fared otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WouldChange {
    /// Its id.
    pub event: String,
    /// What happened.
    pub event_type: String,
    /// Where.
    pub repository: String,
    /// The suggestion's title, else its own.
    pub title: String,
    /// When.
    pub at: String,
    /// As the filters are.
    pub before: FateView,
    /// As they would be.
    pub after: FateView,
}

/// What would have become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FateView {
    /// Nothing.
    Nothing,
    /// It would have been looked at; what would have been said is not known.
    LookedAt,
    /// A suggestion straight in the history.
    History,
    /// A suggestion in the inbox.
    Inbox,
    /// A suggestion with a toast.
    Toast,
    /// An urgent suggestion.
    Urgent,
    /// What it offers carried out.
    Accepted,
}

/// Rules that start silent where looking back found that they would have been noise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SilentRules {
    /// By repository and rule.
    pub rules: Vec<SilentRule>,
}

/// A rule that shows no toasts in a repository until one of its suggestions is accepted or it is lifted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SilentRule {
    /// The rule.
    pub rule: String,
    /// The repository.
    pub repository: String,
    /// How often what then happened proved it right.
    pub right: u32,
    /// Of how many of which that could be told.
    pub told: u32,
    /// When the past was looked back at.
    pub looked_at: String,
}

/// Lets a rule speak that starts silent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct LiftRule {
    /// The rule.
    pub rule: String,
    /// In this repository; in all when absent.
    pub repository: Option<String>,
}
