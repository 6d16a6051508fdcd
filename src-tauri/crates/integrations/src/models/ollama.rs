//! Ollama: its own listing, and chat completions for answers.

use async_trait::async_trait;
use perch_core::draft::Prompt;
use perch_core::seam::model::{
    AboutModels, Call, Completion, Listener, ModelChoice, ModelProvider, Nearby, NoAnswer, Price,
};

use super::chat;
use super::nearby::{self, Kind};

/// The provider.
pub struct Ollama;

/// The only one.
pub static PROVIDER: Ollama = Ollama;

#[async_trait]
impl ModelProvider for Ollama {
    fn id(&self) -> &'static str {
        "ollama"
    }

    fn about(&self) -> AboutModels {
        AboutModels {
            name: "Ollama",
            default_base_url: "http://127.0.0.1:11434",
            local: true,
            key_page: "",
            example: "qwen3:8b",
        }
    }

    fn price(&self, _model: &str) -> Option<Price> {
        Some(Price::FREE)
    }

    async fn complete(
        &self,
        call: &Call<'_>,
        prompt: &Prompt,
        most: u32,
        listener: Listener<'_>,
    ) -> Result<Completion, NoAnswer> {
        let choice = ModelChoice {
            base_url: format!("{}/v1", call.choice.base_url.trim_end_matches('/')),
            ..call.choice.clone()
        };
        let call = Call {
            choice: &choice,
            ..*call
        };
        chat::complete(&call, prompt, most, listener).await
    }

    async fn models(&self, call: &Call<'_>) -> Result<Vec<String>, NoAnswer> {
        let asked = chat::asked(call, "/api/tags")?;
        let answer = asked.json(http::Method::GET).await?;
        Ok(chat::ids(&answer, "models", "name"))
    }

    async fn nearby(&self) -> Vec<Nearby> {
        nearby::find(&[Kind::Ollama]).await
    }
}
