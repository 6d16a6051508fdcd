//! Users, their profile and their vibe.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who the user is: what shapes the words written for others. A row of `user_profiles`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Profile {
    /// What they do: `backend engineer`.
    pub role: String,
    /// The business: `fintech`.
    pub vertical: String,
    /// What they build with.
    pub stack: Vec<String>,
    /// How they write: `plain`, `warm`.
    pub tone: String,
    /// `low`, `medium` or `high`.
    pub risk_tolerance: String,
    /// The figure they watch.
    pub kpi_focus: String,
    /// Whose eyes they look through.
    pub perspective: String,
    /// How the company writes.
    pub brand_voice: String,
    /// What others should know of the company.
    pub company_context: String,
    /// Models in order of preference.
    pub preferred_models: Vec<String>,
    /// IANA name of their time zone; empty for the machine's.
    pub time_zone: String,
}

/// How suggestions are made at present. A row of `vibe_configs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct VibeConfig {
    /// Its name, such as `release week`.
    pub name: String,
    /// 0 to 100.
    pub playfulness: u8,
    /// 0 to 100.
    pub revenue_focus: u8,
    /// 0 to 100.
    pub investor_perspective: u8,
    /// The user's own instructions to the writer.
    pub custom_instructions: String,
    /// Ids of chosen prompt atoms.
    pub selected_atoms: Vec<String>,
    /// False stores events and makes nothing of them.
    pub auto_suggest: bool,
    /// False lets the kinds in `auto_accept` run by themselves.
    pub approval_required: bool,
    /// `error`, `warn`, `info`, `debug`.
    pub logging_level: String,
}

impl Default for VibeConfig {
    fn default() -> Self {
        Self {
            name: "default".into(),
            playfulness: 20,
            revenue_focus: 30,
            investor_perspective: 10,
            custom_instructions: String::new(),
            selected_atoms: Vec::new(),
            auto_suggest: true,
            approval_required: true,
            logging_level: "info".into(),
        }
    }
}
