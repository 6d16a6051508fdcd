//! Wire types: the JSON of every command, documented and stable. Times are RFC 3339 strings in UTC.

pub mod backtest;
pub mod connections;
pub mod documents;
pub mod events;
pub mod filters;
pub mod health;
pub mod insights;
pub mod logs;
pub mod models;
pub mod places;
pub mod settings;
pub mod sign_in;
pub mod status;
pub mod suggestions;
pub mod vibes;
pub mod webhooks;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A request or an answer that holds nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Nothing {}
