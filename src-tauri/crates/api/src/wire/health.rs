//! `health`, `try_notice`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How Perch itself is doing since it started.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Health {
    /// Every step, in the order of the road.
    pub steps: Vec<HealthStep>,
    /// What is left of the quotas of forges that tell.
    pub budgets: Vec<BudgetView>,
}

/// One step of the road.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct HealthStep {
    /// Its name: `poll`, `intake`, `process`, `notify`, …
    pub step: String,
    /// Things brought along.
    #[ts(type = "number")]
    pub done: u64,
    /// Attempts that failed.
    #[ts(type = "number")]
    pub errors: u64,
    /// Of them, those since it last went well.
    pub in_a_row: u32,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it failed last.
    pub failed_at: Option<String>,
    /// Things that wait for it.
    #[ts(type = "number")]
    pub waiting: u64,
    /// Seconds the oldest of them has waited.
    pub lag_seconds: f64,
}

/// What is left of a forge's quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetView {
    /// The forge's host.
    pub host: String,
    /// Requests left.
    #[ts(type = "number")]
    pub remaining: u64,
    /// Requests it allows in all, if it says so.
    #[ts(type = "number | null")]
    pub limit: Option<u64>,
    /// When it is full again.
    pub resets_at: String,
}

/// What came of a notice for a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TriedNotice {
    /// Whether it stood on the screen after a moment; absent where nobody can tell.
    pub stands: Option<bool>,
    /// Why it was not shown, and what to do.
    pub problem: Option<String>,
}
