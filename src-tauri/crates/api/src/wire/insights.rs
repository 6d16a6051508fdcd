//! `insights`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks how suggestions fared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct AskInsights {
    /// Over how many days, today included; 30 when absent, at most 365.
    pub days: Option<u32>,
}

/// How suggestions fared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Insights {
    /// By rule, the one that suggested most first.
    pub rules: Vec<RuleInsight>,
    /// Every day, oldest first, by this machine's clock.
    pub days: Vec<DayInsight>,
    /// Half of all answers came within this many minutes; absent before the first answer.
    pub answered_within: Option<u32>,
    /// What models cost, in US dollars.
    pub cost_usd: f64,
}

/// How one rule's suggestions fared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RuleInsight {
    /// The rule.
    pub rule: String,
    /// How many it made.
    pub made: u32,
    /// How many of them were accepted and did not fail afterwards.
    pub accepted: u32,
    /// How many were accepted, but the pull request they opened turned red or was closed without being merged.
    pub failed: u32,
    /// How many were dismissed.
    pub dismissed: u32,
    /// Half of its answers came within this many minutes; absent before the first answer.
    pub answered_within: Option<u32>,
}

/// One day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DayInsight {
    /// The day: `2026-11-24`.
    pub day: String,
    /// Events stored.
    pub events: u32,
    /// Suggestions made.
    pub suggestions: u32,
}
