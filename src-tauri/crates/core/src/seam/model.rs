//! The seam to a language model.

use async_trait::async_trait;
use thiserror::Error;

use crate::draft::Prompt;

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The text; it should be JSON that satisfies the prompt's schema.
    pub text: String,
    /// Tokens in and out together.
    pub tokens: u64,
    /// What it cost, in US dollars.
    pub cost_usd: f64,
}

/// It did not answer, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the model did not answer: {0}")]
pub struct NoAnswer(pub String);

/// A language model. It has no tools, files or network of its own.
#[async_trait]
pub trait Model: Send + Sync {
    /// Provider and model, as stored in `agent_runs.model_used`.
    fn id(&self) -> String;
    /// Answers one prompt.
    async fn complete(&self, prompt: &Prompt) -> Result<Completion, NoAnswer>;
}
