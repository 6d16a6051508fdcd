//! Messages as Anthropic streams them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use super::{End, Format, Inner};

struct Messages;

pub(super) async fn answer(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    super::answer::<Messages>(inner, "/v1/messages", &headers, &body).await
}

fn event(data: &Value) -> String {
    let name = data["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

impl Format for Messages {
    fn begin() -> String {
        let start = json!({
            "type": "message_start",
            "message": { "id": "msg_1", "role": "assistant", "usage": { "input_tokens": 7, "output_tokens": 1 } },
        });
        let block = json!({
            "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" },
        });
        event(&start) + &event(&json!({ "type": "ping" })) + &event(&block)
    }

    fn piece(text: &str) -> String {
        event(&json!({
            "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text },
        }))
    }

    fn end(reason: End, (input, output): (usize, usize)) -> String {
        let (more, reason) = match reason {
            End::Done => (String::new(), "end_turn"),
            End::Full => (String::new(), "max_tokens"),
            End::Refused(words) => (Self::piece(&words), "refusal"),
        };
        let delta = json!({
            "type": "message_delta", "delta": { "stop_reason": reason },
            "usage": { "input_tokens": input, "output_tokens": output },
        });
        let stop = event(&json!({ "type": "content_block_stop", "index": 0 }));
        more + &stop + &event(&delta) + &event(&json!({ "type": "message_stop" }))
    }

    fn fault(words: &str) -> String {
        event(
            &json!({ "type": "error", "error": { "type": "overloaded_error", "message": words } }),
        )
    }
}
