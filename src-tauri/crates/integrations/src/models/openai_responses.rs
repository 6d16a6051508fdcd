//! OpenAI's responses: the newer of its two ways to ask. What is asked is not kept there.

use async_trait::async_trait;
use perch_core::draft::Prompt;
use perch_core::seam::model::{
    AboutModels, Call, Completion, Listener, ModelProvider, NoAnswer, Price, Usage,
};
use serde_json::{Value, json};

use super::schema::strict;
use super::sse::Event;
use super::talk::{Heard, LONGEST};
use super::{chat, prices, refusal};
use crate::http;

/// The provider.
pub struct Responses;

/// The only one.
pub static PROVIDER: Responses = Responses;

#[async_trait]
impl ModelProvider for Responses {
    fn id(&self) -> &'static str {
        "openai-responses"
    }

    fn about(&self) -> AboutModels {
        AboutModels {
            name: "OpenAI (responses)",
            default_base_url: "https://api.openai.com/v1",
            local: false,
            key_page: "https://platform.openai.com/api-keys",
            example: "gpt-5-mini",
        }
    }

    fn price(&self, model: &str) -> Option<Price> {
        prices::of("openai", model)
    }

    async fn complete(
        &self,
        call: &Call<'_>,
        prompt: &Prompt,
        most: u32,
        listener: Listener<'_>,
    ) -> Result<Completion, NoAnswer> {
        let mut reading = Reading::default();
        let host = http::host_of(&call.choice.base_url);
        let heard = chat::asked(call, "/responses")?
            .stream(&request(call, prompt, most), |event| {
                reading.hear(&event, &host, call, listener)
            })
            .await;
        heard.map_err(|failed| failed.because)?;
        chat::ended(
            &reading.reason,
            reading.text,
            &reading.refusal,
            reading.usage,
        )
    }

    async fn models(&self, call: &Call<'_>) -> Result<Vec<String>, NoAnswer> {
        chat::models(call).await
    }
}

fn request(call: &Call<'_>, prompt: &Prompt, most: u32) -> Value {
    json!({
        "model": call.choice.model,
        "instructions": prompt.system,
        "input": prompt.user,
        "max_output_tokens": most,
        "store": false,
        "stream": true,
        "text": { "format": {
            "type": "json_schema", "name": "draft", "strict": true, "schema": strict(&prompt.schema),
        } },
    })
}

#[derive(Default)]
struct Reading {
    text: String,
    refusal: String,
    reason: String,
    usage: Usage,
}

impl Reading {
    fn hear(
        &mut self,
        event: &Event,
        host: &str,
        call: &Call<'_>,
        listener: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Heard, NoAnswer> {
        let said: Value = serde_json::from_str(&event.data)
            .map_err(|_| NoAnswer::Unusable(format!("{host} sends what is no JSON")))?;
        let response = &said["response"];
        let usage = &response["usage"];
        if usage.is_object() {
            let number = |key: &str| usage[key].as_u64().unwrap_or_default();
            self.usage = Usage {
                input: number("input_tokens"),
                output: number("output_tokens"),
            };
        }
        match said["type"].as_str().unwrap_or_default() {
            "response.output_text.delta" => {
                let piece = said["delta"].as_str().unwrap_or_default();
                self.text.push_str(piece);
                listener(piece);
            }
            "response.refusal.delta" => {
                self.refusal
                    .push_str(said["delta"].as_str().unwrap_or_default());
            }
            "response.completed" => return Ok(Heard::End),
            "response.incomplete" => {
                let reason = response["incomplete_details"]["reason"].as_str();
                reason.unwrap_or("length").clone_into(&mut self.reason);
                return Ok(Heard::End);
            }
            "response.failed" => return Err(refusal::in_stream(response, host, call.now)),
            "error" => return Err(refusal::in_stream(&said, host, call.now)),
            _ => {}
        }
        if self.text.len() > LONGEST {
            return Err(NoAnswer::Unusable("it does not come to an end".into()));
        }
        Ok(Heard::More)
    }
}
