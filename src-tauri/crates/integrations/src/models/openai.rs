//! OpenAI, and every server that speaks its chat completions: llama.cpp, LM Studio, vLLM, gateways.

use async_trait::async_trait;
use perch_core::draft::Prompt;
use perch_core::seam::model::{
    AboutModels, Call, Completion, Listener, ModelProvider, Nearby, NoAnswer, Price,
};

use super::nearby::{self, Kind};
use super::{chat, prices};

/// The provider.
pub struct OpenAi;

/// The only one.
pub static PROVIDER: OpenAi = OpenAi;

#[async_trait]
impl ModelProvider for OpenAi {
    fn id(&self) -> &'static str {
        "openai"
    }

    fn about(&self) -> AboutModels {
        AboutModels {
            name: "OpenAI-compatible",
            default_base_url: "https://api.openai.com/v1",
            local: false,
            key_page: "https://platform.openai.com/api-keys",
            example: "gpt-5-mini",
        }
    }

    fn price(&self, model: &str) -> Option<Price> {
        prices::of(self.id(), model)
    }

    async fn complete(
        &self,
        call: &Call<'_>,
        prompt: &Prompt,
        most: u32,
        listener: Listener<'_>,
    ) -> Result<Completion, NoAnswer> {
        chat::complete(call, prompt, most, listener).await
    }

    async fn models(&self, call: &Call<'_>) -> Result<Vec<String>, NoAnswer> {
        chat::models(call).await
    }

    async fn nearby(&self) -> Vec<Nearby> {
        nearby::find(&[Kind::LlamaCpp, Kind::LmStudio]).await
    }
}
