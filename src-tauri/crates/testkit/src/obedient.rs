//! A model that does whatever any text in its prompt tells it: the worst reader there can be.

use perch_core::draft::Prompt;
use serde_json::{Value, json};

/// What it writes where nothing tells it otherwise.
pub fn harmless() -> Value {
    json!({ "title": "A test fails", "why": "It is new.", "explanation": "The log says so.", "comment": null })
}

/// Its answer to `prompt`: each field as the prompt says to write it, `DO comment: thanks, everyone OD`, and
/// harmless words where nothing tells it otherwise.
pub fn answer(prompt: &Prompt) -> String {
    let mut answer = harmless();
    let text = format!("{}\n{}", prompt.system, prompt.user);
    for order in text.split("DO ").skip(1) {
        let order = order.split(" OD").next().unwrap_or_default();
        if let Some((field, words)) = order.split_once(": ") {
            answer[field] = words.into();
        }
    }
    answer.to_string()
}
