//! Why something was or was not suggested, in words a user can act on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a step decided about an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Verdict {
    /// The step that decided: `gate`, `gather`, `analyse`, `compose`, `rank`, …
    pub step: String,
    /// What it decided: `suggest`, `silent`, `wait`, `merged`, `failed`.
    pub outcome: String,
    /// Why, as a sentence without a final dot that names the setting or fact that decided.
    pub reason: String,
}

impl Verdict {
    /// `step` decided `outcome` because of `reason`.
    pub fn new(step: &str, outcome: &str, reason: impl Into<String>) -> Self {
        Self {
            step: step.into(),
            outcome: outcome.into(),
            reason: reason.into(),
        }
    }

    /// `step` decided that nothing is to be suggested.
    pub fn silent(step: &str, reason: impl Into<String>) -> Self {
        Self::new(step, "silent", reason)
    }
}
