//! Responses as OpenAI streams them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use super::{End, Format, Inner};

struct Responses;

pub(super) async fn answer(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    super::answer::<Responses>(inner, "/v1/responses", &headers, &body).await
}

fn event(data: &Value) -> String {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

impl Format for Responses {
    fn begin() -> String {
        event(
            &json!({ "type": "response.created", "response": { "id": "resp_1", "status": "in_progress" } }),
        )
    }

    fn piece(text: &str) -> String {
        event(&json!({ "type": "response.output_text.delta", "item_id": "msg_1", "delta": text }))
    }

    fn end(reason: End, (input, output): (usize, usize)) -> String {
        let usage = json!({ "input_tokens": input, "output_tokens": output, "total_tokens": input + output });
        let completed = json!({ "type": "response.completed", "response": { "status": "completed", "usage": usage } });
        match reason {
            End::Done => event(&completed),
            End::Full => event(&json!({
                "type": "response.incomplete",
                "response": {
                    "status": "incomplete", "usage": usage,
                    "incomplete_details": { "reason": "max_output_tokens" },
                },
            })),
            End::Refused(words) => {
                event(&json!({ "type": "response.refusal.delta", "delta": words }))
                    + &event(&completed)
            }
        }
    }

    fn fault(words: &str) -> String {
        event(&json!({ "type": "error", "code": "server_error", "message": words }))
    }
}
