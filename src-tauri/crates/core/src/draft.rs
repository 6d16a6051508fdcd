//! Drafts: what a language model made of a finding. Schema-checked data, never free text.

use serde::{Deserialize, Serialize};

/// The words of a suggestion as a model wrote them. Facts, evidence and patches stay the analyser's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The cause in at most 60 characters.
    pub title: String,
    /// One sentence on why this comes now.
    pub why: String,
    /// Markdown without images and raw HTML.
    pub explanation: String,
    /// Text for others, posted only after the user has seen it.
    pub comment: Option<String>,
}

/// What is sent to a model, to the letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Who writes and by which rules.
    pub system: String,
    /// The finding and the fenced outside text.
    pub user: String,
    /// JSON Schema the answer must satisfy.
    pub schema: serde_json::Value,
    /// What was taken out of outside text before it was put in, for the user to see.
    pub stripped: Vec<String>,
}
