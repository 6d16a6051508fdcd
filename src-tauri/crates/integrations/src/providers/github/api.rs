//! GitHub's REST API as one connection sees it: addresses, headers, pace, and what an answer means.
//!
//! Sources: docs.github.com "Best practices for using the REST API", "Rate limits for the REST API".

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::HeaderName;
use http::{Method, StatusCode};
use perch_core::id::ConnectionId;
use perch_core::seam::provider::{Context, ProviderError};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::{self as client, Answer, Keep, Request, address, is_loopback};

/// The version of the API whose shapes are read here.
const VERSION: &str = "2022-11-28";

/// What GitHub's JSON is asked for as.
const JSON: &str = "application/vnd.github+json";

/// What a file's own bytes are asked for as.
const RAW: &str = "application/vnd.github.raw+json";

/// The pause between two requests that change something.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);

/// What is remembered between calls, for the length of the process only.
pub(super) struct Pace {
    /// Limits met in a row, by connection.
    limited: Mutex<BTreeMap<ConnectionId, u32>>,
    /// When the last request that changes something was sent.
    last_write: tokio::sync::Mutex<Option<tokio::time::Instant>>,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self {
            limited: Mutex::new(BTreeMap::new()),
            last_write: tokio::sync::Mutex::const_new(None),
        }
    }

    fn limits(&self, connection: &ConnectionId) -> u32 {
        let limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        limited.get(connection).copied().unwrap_or(0)
    }

    fn note(&self, connection: &ConnectionId, was_limited: bool) {
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        if was_limited {
            *limited.entry(connection.clone()).or_default() += 1;
        } else {
            limited.remove(connection);
        }
    }
}

/// The API with one connection's address and token.
#[derive(Clone, Copy)]
pub(super) struct Api<'a> {
    pub(super) ctx: &'a Context<'a>,
    pace: &'a Pace,
}

impl<'a> Api<'a> {
    pub(super) fn new(ctx: &'a Context<'a>, pace: &'a Pace) -> Self {
        Self { ctx, pace }
    }

    /// The whole address of `path`, which begins with a slash.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", root(&self.ctx.connection.base_url))
    }

    /// Sends a request. Being unknown, limited or unreachable is an error; every other status is an answer.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Answer, ProviderError> {
        let has_accept = request.headers.iter().any(|(name, _)| name == "accept");
        let mut request = request
            .token(self.ctx.token)
            .header(HeaderName::from_static("x-github-api-version"), VERSION);
        if !has_accept {
            request = request.accept(JSON);
        }
        let answer = client::shared().send(&request).await?;
        let connection = &self.ctx.connection.id;
        let before = self.pace.limits(connection);
        if let Some(until) = answer.wait_until(self.ctx.now, before) {
            self.pace.note(connection, true);
            return Err(ProviderError::Wait {
                until,
                reason: "GitHub limits how much may be asked".into(),
            });
        }
        if before > 0 {
            self.pace.note(connection, false);
        }
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(ProviderError::Refused {
                problem: "GitHub does not accept the token".into(),
                next_step: "make a new one and set it with `perch connect github`".into(),
            }),
            status if status.is_server_error() => Err(ProviderError::Unavailable(format!(
                "GitHub answered {status}"
            ))),
            _ => Ok(answer),
        }
    }

    /// Asks for `url`.
    pub(super) async fn get(&self, url: &str) -> Result<Answer, ProviderError> {
        self.send(Request::new(Method::GET, url)).await
    }

    /// Asks for a file's own bytes; nothing if there are more than `limit`.
    pub(super) async fn raw(
        &self,
        url: &str,
        limit: usize,
    ) -> Result<Option<Answer>, ProviderError> {
        let mut request = Request::new(Method::GET, url).accept(RAW);
        request.keep = Keep::End(limit + 1);
        let answer = self.send(request).await?;
        let whole = answer.first_line == 1 && answer.body.len() <= limit;
        Ok((whole || !answer.status.is_success()).then_some(answer))
    }

    /// Asks for text of which the last `limit` bytes are kept.
    pub(super) async fn log(&self, url: &str, limit: usize) -> Result<Answer, ProviderError> {
        let mut request = Request::new(Method::GET, url);
        request.keep = Keep::End(limit);
        self.send(request).await
    }

    /// Asks for `url` unless it is as it was when its validators were put; then it is nothing.
    pub(super) async fn get_if_changed(&self, url: &str) -> Result<Option<Answer>, ProviderError> {
        let mut request = Request::new(Method::GET, url);
        request.validators = self.ctx.cache.get(url);
        let answer = self.send(request).await?;
        Ok((answer.status != StatusCode::NOT_MODIFIED).then_some(answer))
    }

    /// Sends something that changes GitHub, a second after the last; a server on this machine needs no pause.
    pub(super) async fn write(
        &self,
        method: Method,
        url: &str,
        body: Option<Value>,
    ) -> Result<Answer, ProviderError> {
        let mut request = Request::new(method, url);
        request.body = body;
        let local = Url::parse(url).is_ok_and(|url| client::is_loopback(&url));
        if local {
            return self.send(request).await;
        }
        let mut last = self.pace.last_write.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep_until(last + BETWEEN_WRITES).await;
        }
        let answer = self.send(request).await;
        *last = Some(tokio::time::Instant::now());
        answer
    }
}

/// An answer's body in a shape. An answer that is cut off or of another shape may be whole the next time.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ProviderError> {
    answer.json().map_err(|_| {
        ProviderError::Unavailable(format!(
            "GitHub's answer of {} bytes cannot be read",
            answer.body.len()
        ))
    })
}

/// What an answer that is no success means for watching `repository`.
pub(super) fn unwatchable(answer: &Answer, repository: &str) -> ProviderError {
    let message = answer.message();
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::Misconfigured {
            problem: format!("`{repository}` is not there, or the token may not see it"),
            next_step: "correct `watch`, or give the token access to the repository".into(),
        },
        StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
            ProviderError::Refused {
                problem: format!("GitHub does not let the token read `{repository}`: {message}"),
                next_step: "give the token the permissions that `perch doctor` lists".into(),
            }
        }
        status => ProviderError::Unavailable(format!(
            "GitHub answered {status} about `{repository}`: {message}"
        )),
    }
}

/// Where the API begins. Enterprise Server has it below its website's address, Enterprise Cloud with data residency
/// on a host beside it (GitHub documentation: "Getting started with the REST API"); people give either address.
pub(super) fn root(base_url: &str) -> String {
    let Ok(url) = Url::parse(base_url) else {
        return base_url.to_owned();
    };
    let host = url.host_str().unwrap_or_default();
    let is_website = url.path() == "/" && !host.starts_with("api.") && !is_loopback(&url);
    match host.strip_suffix(".ghe.com") {
        _ if !is_website => base_url.to_owned(),
        Some(enterprise) => format!("https://api.{enterprise}.ghe.com"),
        None => format!("{base_url}/api/v3"),
    }
}

/// The host as it stands in dedup keys: `github.com`, `ghe.acme.com`, `127.0.0.1:8080`.
pub(super) fn host(base_url: &str) -> String {
    let host = address::host(base_url);
    host.strip_prefix("api.").unwrap_or(&host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_found_from_the_website_s_address_and_from_its_own() {
        for (base, expected) in [
            ("https://api.github.com", "https://api.github.com"),
            ("https://ghe.acme.com", "https://ghe.acme.com/api/v3"),
            (
                "https://ghe.acme.com:8443",
                "https://ghe.acme.com:8443/api/v3",
            ),
            ("https://ghe.acme.com/api/v3", "https://ghe.acme.com/api/v3"),
            ("https://acme.ghe.com", "https://api.acme.ghe.com"),
            ("https://api.acme.ghe.com", "https://api.acme.ghe.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(root(base), expected);
        }
        assert_eq!(
            host("https://acme.ghe.com"),
            host("https://api.acme.ghe.com")
        );
    }
}
