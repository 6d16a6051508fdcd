//! The seam to language models: who can be asked, what is asked, and why there may be no answer.
//!
//! A model has no tools, files or network of its own; it gets a prompt and returns text.

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

use crate::draft::Prompt;

/// What tokens cost, in US dollars per million.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct Price {
    /// Of what is sent.
    pub input: f64,
    /// Of what is written.
    pub output: f64,
}

impl Price {
    /// Nothing, as for a model on this machine.
    pub const FREE: Self = Self {
        input: 0.0,
        output: 0.0,
    };

    /// What `usage` costs.
    pub fn of(self, usage: Usage) -> f64 {
        let millions = |tokens: u64| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "tokens of one call are far below 2^52"
            )]
            let tokens = tokens as f64;
            tokens / 1e6
        };
        self.input * millions(usage.input) + self.output * millions(usage.output)
    }
}

/// Tokens of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Sent.
    pub input: u64,
    /// Written.
    pub output: u64,
}

impl Usage {
    /// Both together.
    pub fn total(self) -> u64 {
        self.input + self.output
    }
}

/// A model the user has set, as `[[model]]` says.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChoice {
    /// What it is called here: `claude`.
    pub name: String,
    /// Who serves it, by the id in the registry.
    pub provider: String,
    /// Where it is asked.
    pub base_url: String,
    /// Its name at the provider.
    pub model: String,
    /// False leaves it alone.
    pub enabled: bool,
    /// Tokens it can read and write in one call.
    pub context_tokens: u32,
    /// What it costs, where the user says so.
    pub price: Option<Price>,
}

impl ModelChoice {
    /// Tokens a model of today reads at least, unless the settings say otherwise.
    pub const CONTEXT: u32 = 32_000;

    /// Provider and model, as stored in `agent_runs.model_used`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }

    /// The name of its key in the keychain. No connection is called so.
    pub fn secret(&self) -> String {
        format!("model.{}/key", self.name)
    }
}

/// What models may take in all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelLimits {
    /// Calls in any 24 hours.
    pub calls_per_day: u32,
    /// US dollars in any 24 hours.
    pub dollars_per_day: f64,
    /// US dollars in any 30 days.
    pub dollars_per_month: f64,
    /// US dollars for one suggestion with all its versions.
    pub dollars_per_suggestion: f64,
}

impl Default for ModelLimits {
    fn default() -> Self {
        Self {
            calls_per_day: 200,
            dollars_per_day: 2.0,
            dollars_per_month: 20.0,
            dollars_per_suggestion: 0.5,
        }
    }
}

/// A provider of models, for forms and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct AboutModels {
    /// Its name.
    pub name: &'static str,
    /// Where it is asked unless a model says otherwise.
    pub default_base_url: &'static str,
    /// True when it runs on the user's own machine and wants no key.
    pub local: bool,
    /// Where a key is made; empty when none is needed.
    pub key_page: &'static str,
    /// A model's name, as an example.
    pub example: &'static str,
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Who is asked.
    pub choice: &'a ModelChoice,
    /// The key, where one is set.
    pub key: Option<&'a SecretString>,
    /// The present, for waits the far side names.
    pub now: Timestamp,
}

/// Hears the answer as it is written: each piece of text in turn.
pub type Listener<'a> = &'a mut (dyn FnMut(&str) + Send);

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The text; it should be JSON that satisfies the prompt's schema.
    pub text: String,
    /// Tokens, as the provider counted them.
    pub usage: Usage,
}

/// It did not answer, and why. No message holds a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoAnswer {
    /// It cannot be asked until the user does `next_step`: a wrong key, an unknown model, no credit.
    #[error("{problem}; {next_step}")]
    Misconfigured {
        /// What is wrong.
        problem: String,
        /// What the user can do.
        next_step: String,
    },
    /// The prompt is longer than the model reads.
    #[error("the prompt is too long for it: {0}")]
    TooLong(String),
    /// The model declined.
    #[error("it declined: {0}")]
    Refused(String),
    /// It answered nothing, or nothing that can be read.
    #[error("its answer cannot be used: {0}")]
    Unusable(String),
    /// It wants to be left alone until then.
    #[error("it wants to be left alone until {until}: {problem}")]
    Limited {
        /// Until when.
        until: Timestamp,
        /// What it said.
        problem: String,
    },
    /// It could not be reached, failed, or broke off; later it may work.
    #[error("{0}")]
    Unavailable(String),
}

/// How a model was doing when it was last asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ModelStanding {
    /// It was not asked since Perch started.
    #[default]
    Unasked,
    /// It answered.
    Well,
    /// It is left alone until then.
    Waiting {
        /// Until when.
        until: String,
        /// Why.
        problem: String,
    },
    /// It cannot be asked until the user does something.
    Broken {
        /// What is wrong.
        problem: String,
        /// What the user can do.
        next_step: String,
    },
}

/// A model server that answers on this machine and is not set yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Nearby {
    /// Who serves it, by the id in the registry.
    pub provider: String,
    /// What runs there: `Ollama`, `llama.cpp`.
    pub server: String,
    /// Where it answers.
    pub base_url: String,
    /// The models it has.
    pub models: Vec<String>,
}

/// A provider of language models: one wire format.
#[async_trait]
pub trait ModelProvider: Send + Sync {
    /// Its id in the settings: `anthropic`.
    fn id(&self) -> &'static str;

    /// What forms and lists show.
    fn about(&self) -> AboutModels;

    /// What a model of that name costs; nothing when it is not known.
    fn price(&self, model: &str) -> Option<Price>;

    /// Answers one prompt with at most `most` tokens, telling `listener` each piece as it comes.
    ///
    /// Dropping the future ends the call at the far side.
    async fn complete(
        &self,
        call: &Call<'_>,
        prompt: &Prompt,
        most: u32,
        listener: Listener<'_>,
    ) -> Result<Completion, NoAnswer>;

    /// The models that can be asked with this key. Costs nothing.
    async fn models(&self, call: &Call<'_>) -> Result<Vec<String>, NoAnswer>;

    /// Servers of its kind that answer on loopback.
    async fn nearby(&self) -> Vec<Nearby> {
        Vec::new()
    }
}
