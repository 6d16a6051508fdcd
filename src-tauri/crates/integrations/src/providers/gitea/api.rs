//! How the REST API of Gitea and Forgejo is spoken to: addresses, pages, and what an answer means.
//!
//! Source: the server's own description at `/api/swagger` (API version 1).

use std::time::Duration;

use http::StatusCode;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use crate::http::Answer;
pub(super) use crate::http::address::server as host;
pub(super) use crate::http::rest::{Dialect, Rest as Api, read};

pub(super) static DIALECT: Dialect = Dialect {
    name: "the server",
    id: "gitea",
    root: |base_url| format!("{base_url}/api/v1"),
    json: "application/json",
    raw: "application/json",
    between_writes: Duration::ZERO,
    hourly: None,
    pairs: false,
    denies: false,
    headers: &[],
};

/// Members of a page asked for; the most a server gives out unless it was configured otherwise.
pub(super) const PAGE: usize = 50;

/// What begins the title of a pull request that is no more than a draft.
pub(super) const DRAFT: &str = "WIP: ";

/// The address of a page, counted from 1, of the list at `url`.
///
/// The addresses servers put into `Link` begin with the address they were configured with, which may be
/// another than ours and no place for our token; so pages are counted here.
pub(super) fn page_of(url: &str, page: usize) -> String {
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
