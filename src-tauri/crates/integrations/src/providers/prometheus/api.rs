//! How Prometheus' HTTP API is spoken to, and what its answers mean.
//!
//! Source: prometheus.io/docs/prometheus/latest/querying/api.

use std::time::Duration;

use http::StatusCode;
use perch_core::seam::provider::{Context, ProviderError};
use serde_json::Value;

use crate::http::Answer;
use crate::http::address::check;
use crate::http::address::part;
pub(super) use crate::http::rest::{Dialect, Pace, Rest as Api};
use crate::series::Stretch;

static DIALECT: Dialect = Dialect {
    name: "Prometheus",
    id: "prometheus",
    root: |base_url| format!("{base_url}/api/v1"),
    json: "application/json",
    raw: "application/json",
    between_writes: Duration::ZERO,
    hourly: None,
    pairs: true,
    denies: false,
    headers: &[],
};

/// The API for `ctx`. A token goes over no wire unencrypted.
pub(super) fn api<'a>(ctx: &'a Context<'a>, pace: &'a Pace) -> Result<Api<'a>, ProviderError> {
    if ctx.token.is_some()
        && let Err(problem) = check(&ctx.connection.base_url, "")
    {
        return Err(ProviderError::Misconfigured {
            problem,
            next_step: "or remove the token".into(),
        });
    }
    Ok(Api::new(ctx, &DIALECT, pace))
}

/// The address of a range query.
pub(super) fn range(api: Api<'_>, query: &str, stretch: Stretch) -> String {
    let Stretch { from, to, step } = stretch;
    api.url(&format!(
        "/query_range?query={}&start={from}&end={to}&step={step}",
        part(query)
    ))
}

/// The data of an answer; `Err` within says what the server does not like about the query.
pub(super) fn data(answer: &Answer) -> Result<Result<Value, String>, ProviderError> {
    let body: Option<Value> = answer.json().ok();
    let told = |body: &Value| {
        let error = body["error"].as_str().unwrap_or("no reason given");
        let line: String = error
            .chars()
            .filter(|c| !c.is_control())
            .take(300)
            .collect();
        line
    };
    match (answer.status, body) {
        (status, Some(mut body)) if status.is_success() && body["status"] == "success" => {
            Ok(Ok(body["data"].take()))
        }
        // What is wrong with the query (400), and what stands in the way of its execution (422).
        (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY, Some(body))
            if body["status"] == "error" =>
        {
            Ok(Err(told(&body)))
        }
        (StatusCode::FORBIDDEN, _) => Err(ProviderError::Refused {
            problem: "Prometheus, or the proxy before it, does not let the token read".into(),
            next_step: "give it the right to query, or set another with `perch connect prometheus`"
                .into(),
        }),
        (StatusCode::NOT_FOUND, _) => Err(not_prometheus()),
        (status, _) if status.is_success() => Err(not_prometheus()),
        (status, _) => Err(ProviderError::Unavailable(format!(
            "Prometheus answered {status}"
        ))),
    }
}

fn not_prometheus() -> ProviderError {
    ProviderError::Misconfigured {
        problem: "what answers at `base_url` does not answer as Prometheus does".into(),
        next_step: "set `base_url` to the address of its start page".into(),
    }
}
