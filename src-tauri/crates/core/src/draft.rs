//! Drafts: what a language model is told, what was sent of it, and what it made of it. Schema-checked data, never free
//! text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::event_type::EventType;
use crate::finding::Finding;

/// The words of a suggestion as a model wrote them. Facts, evidence and patches stay the analyser's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The cause in at most 60 characters.
    #[schemars(length(max = 60))]
    pub title: String,
    /// One sentence on why this comes now, in at most 200 characters.
    #[schemars(length(max = 200))]
    pub why: String,
    /// Markdown without images and raw HTML, in at most 4000 characters. Every sentence that states a fact ends with the
    /// mark of the evidence that shows it, such as [E2].
    #[schemars(length(max = 4000))]
    pub explanation: String,
    /// Text for others in at most 4000 characters, posted only after the user has seen it; null when none is wanted.
    #[schemars(length(max = 4000))]
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

/// All that a prompt about one suggestion can be made of: kept until a model was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// What kind of event it was, as [`EventType`] writes it.
    pub event_type: String,
    /// The repository's name.
    pub repository: String,
    /// What happened to what, in a few words.
    pub subject: String,
    /// The number of the pull request or issue it is about.
    #[serde(default)]
    pub number: Option<u64>,
    /// What the analyser concluded.
    pub finding: Finding,
    /// Outside text that may be quoted from, most valuable first.
    pub excerpts: Vec<Excerpt>,
}

impl Brief {
    /// The event's type, if this Perch knows it.
    pub fn event_type(&self) -> Option<EventType> {
        EventType::parse(&self.event_type)
    }
}

/// A piece of outside text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// What it is, in Perch's words: `src/main.rs, lines 1 to 9`.
    pub name: String,
    /// The text as it came.
    pub text: String,
}

/// What was sent beside the prompt's text, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Sent {
    /// The host that was asked; empty when nothing was sent.
    pub host: String,
    /// Tokens sent.
    #[ts(type = "number")]
    pub tokens_in: u64,
    /// Tokens written.
    #[ts(type = "number")]
    pub tokens_out: u64,
    /// Calls it took; 0 when an earlier answer was used again.
    pub calls: u32,
    /// Secrets that were replaced by marks before anything was sent, as the marks.
    pub redacted: Vec<String>,
    /// What was taken out of outside text.
    pub stripped: Vec<String>,
    /// What was left out for want of room.
    pub left_out: Vec<String>,
    /// Statements of the model that no evidence bears and that were therefore dropped.
    pub dropped: Vec<String>,
    /// What the user asked for.
    pub instruction: Option<String>,
}
