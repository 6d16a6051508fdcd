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

use super::schema::strict;
use super::sse::Event;
use super::talk::{Asked, Heard, LONGEST, secret};
use super::{chat, prices, refusal};
use crate::http;

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
        let host = http::host_of(&call.choice.base_url);
        // Models of before structured outputs are asked again without.
        for schema in [true, false] {
            let mut reading = Reading::default();
            let heard = asked(call, "/v1/messages")?
                .stream(&request(call, prompt, most, schema), |event| {
                    reading.hear(&event, &host, call, listener)
                })
                .await;
            match heard {
                Ok(()) => return chat::ended(&reading.reason, reading.text, "", reading.usage),
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

#[derive(Default)]
struct Reading {
    text: String,
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
        match said["type"].as_str().unwrap_or_default() {
            "message_start" => self.count(&said["message"]["usage"]),
            "content_block_delta" if said["delta"]["type"] == "text_delta" => {
                let piece = said["delta"]["text"].as_str().unwrap_or_default();
                self.text.push_str(piece);
                listener(piece);
            }
            "message_delta" => {
                if let Some(reason) = said["delta"]["stop_reason"].as_str() {
                    reason.clone_into(&mut self.reason);
                }
                self.count(&said["usage"]);
            }
            "message_stop" => return Ok(Heard::End),
            "error" => return Err(refusal::in_stream(&said, host, call.now)),
            _ => {}
        }
        if self.text.len() > LONGEST {
            return Err(NoAnswer::Unusable("it does not come to an end".into()));
        }
        Ok(Heard::More)
    }

    /// Counts are totals so far, and the first event has those of the prompt, cached parts apart.
    fn count(&mut self, usage: &Value) {
        let number = |key: &str| usage[key].as_u64();
        let input: u64 = [
            "input_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
        ]
        .into_iter()
        .filter_map(number)
        .sum();
        self.usage.input = self.usage.input.max(input);
        self.usage.output = number("output_tokens").unwrap_or(self.usage.output);
    }
}
