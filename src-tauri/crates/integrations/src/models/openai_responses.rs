//! OpenAI's responses: the newer of its two ways to ask. What is asked is not kept there.

use async_trait::async_trait;
use perch_core::draft::Prompt;
use perch_core::seam::model::{
    AboutModels, Call, Completion, Listener, ModelProvider, NoAnswer, Price, Usage,
};
use serde_json::{Value, json};

use super::answer::Answer;
use super::schema::strict;
use super::sse::Event;
use super::talk::Heard;
use super::{chat, prices};

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
        let mut answer = Answer::to(call);
        let heard = chat::asked(call, "/responses")?
            .stream(&request(call, prompt, most), |event| {
                hear(&mut answer, &event, listener)
            })
            .await;
        heard.map_err(|failed| failed.because)?;
        answer.finish()
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

fn hear(answer: &mut Answer<'_>, event: &Event, listener: Listener<'_>) -> Result<Heard, NoAnswer> {
    let said = answer.json(event)?;
    let response = &said["response"];
    let usage = &response["usage"];
    if usage.is_object() {
        let number = |key: &str| usage[key].as_u64().unwrap_or_default();
        answer.usage = Usage {
            input: number("input_tokens"),
            output: number("output_tokens"),
        };
    }
    match said["type"].as_str().unwrap_or_default() {
        "response.output_text.delta" => answer.write(&said["delta"], listener)?,
        "response.refusal.delta" => answer.refuse(&said["delta"]),
        "response.completed" => return Ok(Heard::End),
        "response.incomplete" => {
            let reason = response["incomplete_details"]["reason"].as_str();
            reason.unwrap_or("length").clone_into(&mut answer.reason);
            return Ok(Heard::End);
        }
        "response.failed" => return Err(answer.failed(response)),
        "error" => return Err(answer.failed(&said)),
        _ => {}
    }
    Ok(Heard::More)
}
