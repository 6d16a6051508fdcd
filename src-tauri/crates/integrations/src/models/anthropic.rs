//! Anthropic's messages.

use ::http::Method;
use ::http::header::{HeaderName, HeaderValue};
use async_trait::async_trait;
use perch_core::draft::Prompt;
use perch_core::seam::model::{
    AboutModels, Call, Completion, Listener, ModelProvider, NoAnswer, Price, Usage,
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::answer::Answer;
use super::schema::strict;
use super::sse::Event;
use super::talk::{Asked, Heard, secret};
use super::{chat, prices};

/// The version of the interface that is spoken here.
const VERSION: &str = "2023-06-01";

/// The provider.
pub struct Anthropic;

/// The only one.
pub static PROVIDER: Anthropic = Anthropic;

#[async_trait]
impl ModelProvider for Anthropic {
    fn id(&self) -> &'static str {
        "anthropic"
    }

    fn about(&self) -> AboutModels {
        AboutModels {
            name: "Anthropic",
            default_base_url: "https://api.anthropic.com",
            local: false,
            key_page: "https://platform.claude.com/settings/keys",
            example: "claude-sonnet-4-5",
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
        // Models of before structured outputs are asked again without.
        for schema in [true, false] {
            let mut answer = Answer::to(call);
            let heard = asked(call, "/v1/messages")?
                .stream(&request(call, prompt, most, schema), |event| {
                    hear(&mut answer, &event, listener)
                })
                .await;
            match heard {
                Ok(()) => return answer.finish(),
                Err(failed)
                    if schema && failed.does_not_know(&["output_config", "output format"]) => {}
                Err(failed) => return Err(failed.because),
            }
        }
        Err(NoAnswer::Unusable("it takes neither way of asking".into()))
    }

    async fn models(&self, call: &Call<'_>) -> Result<Vec<String>, NoAnswer> {
        let asked = asked(call, "/v1/models?limit=1000")?;
        Ok(chat::ids(&asked.json(Method::GET).await?, "data", "id"))
    }
}

fn asked<'a>(call: &'a Call<'a>, path: &'a str) -> Result<Asked<'a>, NoAnswer> {
    let mut headers = vec![(
        HeaderName::from_static("anthropic-version"),
        HeaderValue::from_static(VERSION),
    )];
    if let Some(key) = call.key {
        let value = secret(key.expose_secret().to_owned())?;
        headers.push((HeaderName::from_static("x-api-key"), value));
    }
    Ok(Asked {
        call,
        path,
        headers,
    })
}

fn request(call: &Call<'_>, prompt: &Prompt, most: u32, schema: bool) -> Value {
    let mut body = json!({
        "model": call.choice.model,
        "max_tokens": most,
        "system": prompt.system,
        "messages": [{ "role": "user", "content": prompt.user }],
        "stream": true,
    });
    if schema {
        body["output_config"] = json!({
            "format": { "type": "json_schema", "schema": strict(&prompt.schema) },
        });
    }
    body
}

fn hear(answer: &mut Answer<'_>, event: &Event, listener: Listener<'_>) -> Result<Heard, NoAnswer> {
    let said = answer.json(event)?;
    match said["type"].as_str().unwrap_or_default() {
        "message_start" => count(&mut answer.usage, &said["message"]["usage"]),
        "content_block_delta" if said["delta"]["type"] == "text_delta" => {
            answer.write(&said["delta"]["text"], listener)?;
        }
        "message_delta" => {
            if let Some(reason) = said["delta"]["stop_reason"].as_str() {
                reason.clone_into(&mut answer.reason);
            }
            count(&mut answer.usage, &said["usage"]);
        }
        "message_stop" => return Ok(Heard::End),
        "error" => return Err(answer.failed(&said)),
        _ => {}
    }
    Ok(Heard::More)
}

/// Counts are totals so far, and the first event has those of the prompt, cached parts apart.
fn count(taken: &mut Usage, usage: &Value) {
    let number = |key: &str| usage[key].as_u64();
    let input: u64 = [
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    ]
    .into_iter()
    .filter_map(number)
    .sum();
    taken.input = taken.input.max(input);
    taken.output = number("output_tokens").unwrap_or(taken.output);
}
