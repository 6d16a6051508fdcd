//! Chat completions as OpenAI streams them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use super::{End, Format, Inner};

struct Chat;

pub(super) async fn answer(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    super::answer::<Chat>(inner, "/v1/chat/completions", &headers, &body).await
}

fn chunk(delta: &Value, reason: &Value) -> String {
    let chunk = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": super::MODEL,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }], "usage": null,
    });
    format!("data: {chunk}\n\n")
}

impl Format for Chat {
    fn begin() -> String {
        chunk(&json!({ "role": "assistant", "content": "" }), &Value::Null)
    }

    fn piece(text: &str) -> String {
        chunk(&json!({ "content": text }), &Value::Null)
    }

    fn end(reason: End, (input, output): (usize, usize)) -> String {
        let (delta, reason) = match reason {
            End::Done => (json!({}), "stop"),
            End::Full => (json!({}), "length"),
            End::Refused(words) => (json!({ "refusal": words }), "stop"),
        };
        let usage = json!({
            "choices": [],
            "usage": { "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output },
        });
        format!(
            "{}data: {usage}\n\ndata: [DONE]\n\n",
            chunk(&delta, &reason.into())
        )
    }

    fn fault(words: &str) -> String {
        let error = json!({ "error": { "type": "server_error", "message": words } });
        format!("data: {error}\n\n")
    }
}
