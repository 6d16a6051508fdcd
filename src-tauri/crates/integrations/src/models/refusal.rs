//! What an error of a model server means for the road, for every wire format alike. Pure.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use perch_core::seam::model::NoAnswer;
use serde_json::Value;

/// How long a server that names no time is left alone.
const UNNAMED: SignedDuration = SignedDuration::from_secs(30);

/// An error as it was read: kind and words of the body, in lower case where they are compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// `error.code` and `error.type` together.
    pub(super) kind: String,
    /// What it says, for people.
    pub(super) words: String,
}

/// Reads an error out of a body or an event.
pub(super) fn said(body: &Value) -> Said {
    let error = body.get("error").unwrap_or(body);
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let words = match error {
        Value::String(words) => words.as_str(),
        _ => text("message"),
    };
    Said {
        kind: format!("{} {}", text("code"), text("type")),
        words: one_line(words),
    }
}

/// At most this many characters of what a server says are shown.
const SHOWN: usize = 300;

fn one_line(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').chars().take(SHOWN).collect()
}

/// What `status` with `said` means. `wait` is when the server wants to be asked again, where it says so.
pub(super) fn meaning(
    status: StatusCode,
    said: &Said,
    wait: Option<Timestamp>,
    host: &str,
    now: Timestamp,
) -> NoAnswer {
    let words = if said.words.is_empty() {
        format!("{host} answered {status}")
    } else {
        format!("{host} says: {}", said.words)
    };
    let text = format!("{} {}", said.kind, said.words).to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| text.contains(word));
    let until_the_user = |next_step: &str| NoAnswer::Misconfigured {
        problem: words.clone(),
        next_step: next_step.into(),
    };
    if says(&[
        "insufficient_quota",
        "credit balance",
        "billing",
        "exceeded your current quota",
    ]) || status == StatusCode::PAYMENT_REQUIRED
    {
        return until_the_user("look at the account's credit and limits on the provider's website");
    }
    if says(&[
        "context_length_exceeded",
        "context length",
        "context window",
        "context size",
        "prompt is too long",
        "maximum context",
        "exceeds the available context",
        "request_too_large",
    ]) || status == StatusCode::PAYLOAD_TOO_LARGE
    {
        return NoAnswer::TooLong(words);
    }
    match status.as_u16() {
        401 => until_the_user(
            "set a key that is valid, with `perch models key NAME` or in the settings",
        ),
        403 => until_the_user("use a key that may ask this model, or choose another model"),
        404 => until_the_user("choose a model that is there; `perch models check` lists them"),
        429 => NoAnswer::Limited {
            until: wait.unwrap_or(now + UNNAMED),
            problem: words,
        },
        400..=499
            if says(&["model"])
                && says(&["not found", "does not exist", "not_found", "unknown"]) =>
        {
            until_the_user("choose a model that is there; `perch models check` lists them")
        }
        400..=499 => until_the_user("look at the model's settings; the request was not accepted"),
        503 | 529 if wait.is_some() => NoAnswer::Limited {
            until: wait.unwrap_or(now + UNNAMED),
            problem: words,
        },
        _ => NoAnswer::Unavailable(words),
    }
}

/// What an error in the midst of a stream means.
pub(super) fn in_stream(body: &Value, host: &str, now: Timestamp) -> NoAnswer {
    let said = said(body);
    let kind = said.kind.to_lowercase();
    let status = if kind.contains("rate_limit") {
        StatusCode::TOO_MANY_REQUESTS
    } else if kind.contains("authentication") || kind.contains("invalid_api_key") {
        StatusCode::UNAUTHORIZED
    } else if kind.contains("invalid_request") {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    meaning(status, &said, None, host, now)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_of_every_server_have_one_meaning() {
        let now = Timestamp::from_second(1000).unwrap();
        let later = Timestamp::from_second(1060).unwrap();
        let kind = |status: u16, body: Value, wait: Option<Timestamp>| {
            let status = StatusCode::from_u16(status).unwrap();
            match meaning(status, &said(&body), wait, "api.example", now) {
                NoAnswer::Misconfigured { next_step, .. } => next_step
                    .split([' ', ';'])
                    .take(3)
                    .collect::<Vec<_>>()
                    .join(" "),
                NoAnswer::Limited { until, .. } => format!("until {}", until.as_second()),
                NoAnswer::TooLong(_) => "too long".into(),
                NoAnswer::Unavailable(_) => "later".into(),
                other => format!("{other:?}"),
            }
        };
        let error = |kind: &str, words: &str| json!({"error": {"type": kind, "message": words}});
        let cases = [
            (
                401,
                error("invalid_request_error", "Incorrect API key provided"),
                None,
                "set a key",
            ),
            (403, error("permission_error", "no"), None, "use a key"),
            (
                404,
                json!({"error": {"code": "model_not_found", "message": "The model does not exist"}}),
                None,
                "choose a model",
            ),
            (
                404,
                json!({"error": "model \"x\" not found, try pulling it first"}),
                None,
                "choose a model",
            ),
            (
                400,
                error("invalid_request_error", "prompt is too long: 210000 tokens"),
                None,
                "too long",
            ),
            (
                400,
                json!({"error": {"code": "context_length_exceeded", "message": "…"}}),
                None,
                "too long",
            ),
            (
                400,
                error(
                    "exceed_context_size_error",
                    "the request exceeds the available context size",
                ),
                None,
                "too long",
            ),
            (
                429,
                json!({"error": {"code": "insufficient_quota", "message": "…"}}),
                Some(later),
                "look at the",
            ),
            (
                400,
                error("invalid_request_error", "Your credit balance is too low"),
                None,
                "look at the",
            ),
            (
                429,
                error("rate_limit_error", "slow down"),
                Some(later),
                "until 1060",
            ),
            (429, Value::Null, None, "until 1030"),
            (529, error("overloaded_error", "Overloaded"), None, "later"),
            (500, json!("oops"), None, "later"),
        ];
        for (status, body, wait, expected) in cases {
            assert_eq!(
                kind(status, body.clone(), wait),
                expected,
                "{status} {body}"
            );
        }
    }
}
