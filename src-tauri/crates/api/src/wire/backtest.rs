//! `backtest`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::filters::SilentRule;

/// Asks what Perch would have said of a repository's past. Nothing is done; of a past that ends with the present it is
/// remembered how the rules fared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct AskBacktest {
    /// The repository: a folder in it, or its name; the one Perch was started in, or the only one watched, when absent.
    pub repository: Option<String>,
    /// The folder the user is in, when `repository` does not say more.
    pub near: Option<String>,
    /// The tag, branch or commit the past ends with; what is checked out when absent.
    pub to: Option<String>,
    /// How many days before its end; 90 when absent, at most 365.
    pub days: Option<u32>,
}

/// What Perch would have said of a repository's past.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BacktestView {
    /// The repository's name.
    pub repository: String,
    /// The branch whose past it is.
    pub branch: String,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
    /// Over how many days.
    pub days: u32,
    /// How many commits came in.
    pub commits: u32,
    /// What happened, by event type.
    pub happened: Vec<HappenedView>,
    /// How many toasts there would have been.
    pub toasts: u32,
    /// How many suggestions would have waited in the inbox without a toast.
    pub inbox: u32,
    /// How often what then happened proved it right, where that can be told: the lines it shows were changed within a
    /// fortnight.
    pub proved: Proved,
    /// The builds that failed.
    pub builds: BuildsView,
    /// The same by rule, the busiest first.
    pub rules: Vec<RuleProved>,
    /// What would have been said, oldest first, at most 200.
    pub said: Vec<SayingView>,
    /// Why nothing was said, the commonest first, at most 8.
    pub silent: Vec<SilentView>,
    /// Rules that start silent in this repository from now on, since they would have been noise.
    pub silent_rules: Vec<SilentRule>,
}

/// Events of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HappenedView {
    /// The type.
    pub event_type: String,
    /// How many there were.
    pub events: u32,
    /// How many led to a suggestion.
    pub said: u32,
}

/// How often it was right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Proved {
    /// The lines shown were changed.
    pub right: u32,
    /// They were not, though there was time.
    pub not_right: u32,
    /// There is still time.
    pub not_yet: u32,
    /// No line is shown, or no commit mended it.
    pub not_to_tell: u32,
}

/// The builds that failed, and were stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BuildsView {
    /// How many broke.
    pub broke: u32,
    /// How many of them passed again by a commit.
    pub mended: u32,
    /// In how many of those the lines shown are lines that commit changed.
    pub right: u32,
}

/// How one rule fared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RuleProved {
    /// The rule.
    pub rule: String,
    /// How often it would have spoken.
    pub made: u32,
    /// How often with a toast.
    pub toasts: u32,
    /// How often it was right.
    pub proved: Proved,
}

/// Something Perch would have said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SayingView {
    /// When.
    pub at: String,
    /// What happened.
    pub event_type: String,
    /// The commit it is about.
    pub commit: Option<String>,
    /// The rule.
    pub rule: String,
    /// What it would have said.
    pub title: String,
    /// True with a toast.
    pub toast: bool,
    /// What then happened.
    pub outcome: ProofView,
}

/// What then happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProofView {
    /// A line it shows was changed.
    Right {
        /// By this commit.
        commit: String,
        /// The file.
        path: String,
        /// The line, as numbered when it was said.
        line: u32,
    },
    /// No line it shows was changed, though there was time.
    NotRight,
    /// There is still time.
    NotYet,
    /// It shows no line, or no commit mended it.
    NotToTell,
}

/// A reason to say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SilentView {
    /// The reason.
    pub reason: String,
    /// How often.
    pub times: u32,
}
