//! Chat completions as OpenAI made them and others speak them: one request, streamed.
//!
//! The dialects differ in a field or two; a server that does not know a field is asked again without it.

use ::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use perch_core::draft::Prompt;
use perch_core::seam::model::{Call, Completion, Listener, NoAnswer, Usage};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::answer::Answer;
use super::schema::strict;
use super::sse::Event;
use super::talk::{Asked, Heard, secret};

/// What a server may not know of a request.
#[derive(Clone, Copy)]
struct Dialect {
    /// The answer's form is forced by the schema.
    schema: bool,
    /// The field that bounds the answer.
    most: &'static str,
}

/// Answers `prompt` at `<base>/chat/completions`.
pub(super) async fn complete(
    call: &Call<'_>,
    prompt: &Prompt,
    most: u32,
    listener: Listener<'_>,
) -> Result<Completion, NoAnswer> {
    let mut dialect = Dialect {
        schema: true,
        most: "max_completion_tokens",
    };
    // Each refusal takes one thing out of the request, so this ends.
    loop {
        let mut answer = Answer::to(call);
        let asked = asked(call, "/chat/completions")?;
        let body = request(call, prompt, most, dialect);
        let heard = asked
            .stream(&body, |event| hear(&mut answer, &event, listener))
            .await;
        match heard {
            Ok(()) => return answer.finish(),
            Err(failed)
                if dialect.schema && failed.does_not_know(&["response_format", "json_schema"]) =>
            {
                dialect.schema = false;
            }
            Err(failed)
                if dialect.most != "max_tokens"
                    && failed.does_not_know(&["max_completion_tokens"]) =>
            {
                dialect.most = "max_tokens";
            }
            Err(failed) => return Err(failed.because),
        }
    }
}

/// The models at `<base>/models`.
pub(super) async fn models(call: &Call<'_>) -> Result<Vec<String>, NoAnswer> {
    let answer = asked(call, "/models")?.json(::http::Method::GET).await?;
    Ok(ids(&answer, "data", "id"))
}

/// The texts of `field` in the list `list`, sorted.
pub(super) fn ids(answer: &Value, list: &str, field: &str) -> Vec<String> {
    let all = answer.get(list).and_then(Value::as_array);
    let mut ids: Vec<String> = all
        .into_iter()
        .flatten()
        .filter_map(|one| Some(one.get(field)?.as_str()?.to_owned()))
        .collect();
    ids.sort();
    ids
}

/// A request with the key as a bearer token.
pub(super) fn asked<'a>(call: &'a Call<'a>, path: &'a str) -> Result<Asked<'a>, NoAnswer> {
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::new();
    if let Some(key) = call.key {
        let value = secret(format!("Bearer {}", key.expose_secret()))?;
        headers.push((AUTHORIZATION, value));
    }
    Ok(Asked {
        call,
        path,
        headers,
    })
}

fn request(call: &Call<'_>, prompt: &Prompt, most: u32, dialect: Dialect) -> Value {
    let mut body = json!({
        "model": call.choice.model,
        "messages": [
            { "role": "system", "content": prompt.system },
            { "role": "user", "content": prompt.user },
        ],
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    body[dialect.most] = most.into();
    if dialect.schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": { "name": "draft", "strict": true, "schema": strict(&prompt.schema) },
        });
    }
    body
}

fn hear(answer: &mut Answer<'_>, event: &Event, listener: Listener<'_>) -> Result<Heard, NoAnswer> {
    if event.data.trim() == "[DONE]" {
        return Ok(Heard::End);
    }
    let chunk = answer.json(event)?;
    if chunk.get("error").is_some_and(|error| !error.is_null()) {
        return Err(answer.failed(&chunk));
    }
    let number = |key: &str| chunk["usage"][key].as_u64().unwrap_or_default();
    if chunk["usage"].is_object() {
        answer.usage = Usage {
            input: number("prompt_tokens"),
            output: number("completion_tokens"),
        };
    }
    let choice = &chunk["choices"][0];
    answer.write(&choice["delta"]["content"], listener)?;
    answer.refuse(&choice["delta"]["refusal"]);
    if let Some(reason) = choice["finish_reason"].as_str() {
        reason.clone_into(&mut answer.reason);
    }
    Ok(Heard::More)
}
