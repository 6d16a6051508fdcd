//! The REST API of Gitea and Forgejo as one connection sees it: addresses, pages, pace, and what an answer means.
//!
//! Source: the server's own description at `/api/swagger` (API version 1).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use http::{Method, StatusCode};
use perch_core::id::ConnectionId;
use perch_core::seam::provider::{Context, ProviderError};
use reqwest::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::{self as client, Answer, Keep, Request, address};

/// Members of a page asked for; the most a server gives out unless it was configured otherwise.
pub(super) const PAGE: usize = 50;

/// What begins the title of a pull request that is no more than a draft.
pub(super) const DRAFT: &str = "WIP: ";

/// What is remembered between calls, for the length of the process only.
pub(super) struct Pace {
    /// Limits met in a row, by connection.
    limited: Mutex<BTreeMap<ConnectionId, u32>>,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self {
            limited: Mutex::new(BTreeMap::new()),
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
        format!("{}/api/v1{path}", self.ctx.connection.base_url)
    }

    /// Sends a request. Being unknown, limited or unreachable is an error; every other status is an answer.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Answer, ProviderError> {
        let request = request.token(self.ctx.token).accept("application/json");
        let answer = client::shared().send(&request).await?;
        let connection = &self.ctx.connection.id;
        let before = self.pace.limits(connection);
        if let Some(until) = answer.wait_until(self.ctx.now, before) {
            self.pace.note(connection, true);
            return Err(ProviderError::Wait {
                until,
                reason: "the server limits how much may be asked".into(),
            });
        }
        if before > 0 {
            self.pace.note(connection, false);
        }
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(ProviderError::Refused {
                problem: "the server does not accept the token".into(),
                next_step: "make a new one and set it with `perch connect gitea`".into(),
            }),
            status if status.is_server_error() => Err(ProviderError::Unavailable(format!(
                "the server answered {status}"
            ))),
            _ => Ok(answer),
        }
    }

    /// Asks for `url`.
    pub(super) async fn get(&self, url: &str) -> Result<Answer, ProviderError> {
        self.send(Request::new(Method::GET, url)).await
    }

    /// Asks for bytes; nothing if there are more than `limit`.
    pub(super) async fn raw(
        &self,
        url: &str,
        limit: usize,
    ) -> Result<Option<Answer>, ProviderError> {
        let answer = self.log(url, limit.saturating_add(1)).await?;
        let whole = answer.first_line == 1 && answer.body.len() <= limit;
        Ok((whole || !answer.status.is_success()).then_some(answer))
    }

    /// Asks for text of which the last `limit` bytes are kept.
    pub(super) async fn log(&self, url: &str, limit: usize) -> Result<Answer, ProviderError> {
        let mut request = Request::new(Method::GET, url);
        request.keep = Keep::End(limit);
        self.send(request).await
    }

    /// The address of a page, counted from 1, of the list at `url`.
    ///
    /// The addresses servers put into `Link` begin with the address they were configured with, which may be
    /// another than ours and no place for our token; so pages are counted here.
    pub(super) fn page(url: &str, page: usize) -> String {
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}page={page}&limit={PAGE}")
    }

    /// True when the page `answer`, after which `read` members are read, is not the last. Some lists only count.
    pub(super) fn has_next(answer: &Answer, read: usize, on_page: usize) -> bool {
        let total = answer
            .header("x-total-count")
            .and_then(|total| total.trim().parse::<usize>().ok());
        on_page > 0 && (answer.next_page().is_some() || total.is_some_and(|total| read < total))
    }

    /// Sends something that changes the server.
    pub(super) async fn write(
        &self,
        method: Method,
        url: &str,
        body: Option<Value>,
    ) -> Result<Answer, ProviderError> {
        let mut request = Request::new(method, url);
        request.body = body;
        self.send(request).await
    }
}

/// An answer's body in a shape. An answer that is cut off or of another shape may be whole the next time.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ProviderError> {
    answer.json().map_err(|_| {
        ProviderError::Unavailable(format!(
            "the server's answer of {} bytes cannot be read",
            answer.body.len()
        ))
    })
}

/// The members of a page; some lists lie in a field, and one without members may be `null`.
pub(super) fn members(answer: &Answer, field: Option<&str>) -> Result<Vec<Value>, ProviderError> {
    let mut page: Value = read(answer)?;
    if let Some(field) = field {
        page = page[field].take();
    }
    Ok(match page {
        Value::Array(members) => members,
        _ => Vec::new(),
    })
}

/// What an answer that is no success means for watching `repository`.
pub(super) fn unwatchable(answer: &Answer, repository: &str) -> ProviderError {
    let message = answer.message();
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::Misconfigured {
            problem: format!("`{repository}` is not there, or the token may not see it"),
            next_step: "correct `watch`, or give the token's user access to the repository".into(),
        },
        StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
            ProviderError::Refused {
                problem: format!(
                    "the server does not let the token read `{repository}`: {message}"
                ),
                next_step: "give the token the scopes that `docs/guide/gitea.md` lists".into(),
            }
        }
        status => ProviderError::Unavailable(format!(
            "the server answered {status} about `{repository}`: {message}"
        )),
    }
}

/// True for the title of a pull request that is no more than a draft, by the prefixes servers come with.
pub(super) fn is_work_in_progress(title: &str) -> bool {
    let title = title.trim_start().to_ascii_uppercase();
    title.starts_with("WIP:") || title.starts_with("[WIP]")
}

/// The server as it stands in dedup keys: its host, and with it the path it may lie under.
pub(super) fn host(base_url: &str) -> String {
    let path = Url::parse(base_url).map_or_else(|_| String::new(), |url| url.path().to_owned());
    let path = path.trim_matches('/').replace('/', "~");
    let host = address::host(base_url);
    if path.is_empty() {
        host
    } else {
        format!("{host}~{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_by_host_port_and_path() {
        for (base, expected) in [
            ("https://codeberg.org", "codeberg.org"),
            ("https://Git.Acme.com:8443", "git.acme.com:8443"),
            ("https://acme.com/git/one", "acme.com~git~one"),
            ("https://acme.com/git/two", "acme.com~git~two"),
        ] {
            assert_eq!(host(base), expected);
        }
    }

    #[test]
    fn drafts_are_told_by_their_title() {
        for title in ["WIP: Add f", "wip:add f", " [WIP] Add f"] {
            assert!(is_work_in_progress(title), "{title}");
        }
        for title in ["Add f", "Wipe: all", "Handle [WIP] marks"] {
            assert!(!is_work_in_progress(title), "{title}");
        }
    }
}
