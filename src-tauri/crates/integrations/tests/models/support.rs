//! Every wire format, asked the same.

use jiff::Timestamp;
use perch_core::draft::Prompt;
use perch_core::seam::model::{Call, Completion, ModelChoice, ModelProvider, NoAnswer};
use perch_integrations::models;
use perch_testkit::model::{KEY, MODEL, ModelServer};
use secrecy::SecretString;
use serde_json::json;

/// When every test takes place.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_000_000).expect("in range")
}

/// A provider, and the address of `server` as its settings would have it.
pub(crate) fn formats(server: &ModelServer) -> Vec<(&'static dyn ModelProvider, ModelChoice)> {
    let all = models::ALL.iter();
    all.map(|provider| {
        let below = match provider.id() {
            "openai" | "openai-responses" => "/v1",
            _ => "",
        };
        let choice = ModelChoice {
            name: "one".into(),
            provider: provider.id().into(),
            base_url: format!("{}{below}", server.url()),
            model: MODEL.into(),
            enabled: true,
            context_tokens: ModelChoice::CONTEXT,
            price: None,
        };
        (*provider, choice)
    })
    .collect()
}

pub(crate) fn prompt() -> Prompt {
    Prompt {
        system: "You write.".into(),
        user: "What happened?".into(),
        schema: json!({
            "type": "object", "additionalProperties": false, "required": ["title"],
            "properties": { "title": { "type": "string", "maxLength": 60 } }
        }),
        stripped: Vec::new(),
    }
}

/// Asks with the right key, and tells what was heard while it was written.
pub(crate) async fn ask(
    provider: &'static dyn ModelProvider,
    choice: &ModelChoice,
) -> (Result<Completion, NoAnswer>, Vec<String>) {
    ask_with(provider, choice, KEY).await
}

pub(crate) async fn ask_with(
    provider: &'static dyn ModelProvider,
    choice: &ModelChoice,
    key: &str,
) -> (Result<Completion, NoAnswer>, Vec<String>) {
    let key = SecretString::from(key.to_owned());
    let call = Call {
        choice,
        key: Some(&key),
        now: now(),
    };
    let mut heard = Vec::new();
    let mut listener = |piece: &str| heard.push(piece.to_owned());
    let answer = provider
        .complete(&call, &prompt(), 500, &mut listener)
        .await;
    heard.retain(|piece| !piece.is_empty());
    (answer, heard)
}
