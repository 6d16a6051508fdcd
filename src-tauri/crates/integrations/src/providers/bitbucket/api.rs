//! How Bitbucket Cloud's REST API is spoken to, its pages, and what its answers about a repository mean.
//!
//! Source: developer.atlassian.com "The Bitbucket Cloud REST API", "API request limits".

use std::time::Duration;

use http::StatusCode;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use crate::http::Answer;
use crate::http::address::{encode, server};
pub(super) use crate::http::rest::{Dialect, Rest as Api, read};

/// Where the API is.
pub(super) const API: &str = "https://api.bitbucket.org";

pub(super) static DIALECT: Dialect = Dialect {
    name: "Bitbucket",
    id: "bitbucket",
    root: |base_url| format!("{base_url}/2.0"),
    json: "application/json",
    raw: "text/plain, */*",
    between_writes: Duration::ZERO,
    hourly: Some(1_000),
    pairs: true,
    denies: false,
    headers: &[],
};

/// The server as it stands in dedup keys.
pub(super) fn host(base_url: &str) -> String {
    if base_url == API {
        return "bitbucket.org".into();
    }
    server(base_url)
}

/// The API's path of a repository.
pub(super) fn repository(name: &str) -> String {
    format!("/repositories/{}", encode(name))
}

/// A UUID as it stands in keys: without its braces.
pub(super) fn bare(uuid: &str) -> &str {
    uuid.trim_matches(['{', '}'])
}

/// The members of a page, and the address of the next. That must be the API's own, or the token would go elsewhere.
pub(super) fn page(
    api: &Api<'_>,
    answer: &Answer,
) -> Result<(Vec<Value>, Option<String>), ProviderError> {
    let mut page: Value = read(answer)?;
    let Value::Array(members) = page["values"].take() else {
        return Err(ProviderError::Unavailable(
            "Bitbucket's answer is no page of a list".into(),
        ));
    };
    let next = page["next"].as_str().map(ToOwned::to_owned);
    if next
        .as_ref()
        .is_some_and(|next| !next.starts_with(&api.url("/")))
    {
        return Err(ProviderError::Unavailable(
            "the next page of a list lies at another address than Bitbucket's".into(),
        ));
    }
    Ok((members, next))
}

/// What an answer that is no success means for watching `name`.
pub(super) fn unwatchable(answer: &Answer, name: &str) -> ProviderError {
    let message = answer.message();
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::Misconfigured {
            problem: format!("`{name}` is not there, or the token may not see it"),
            next_step: "correct `watch`, or give the token access to the repository".into(),
        },
        StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
            ProviderError::Refused {
                problem: format!("Bitbucket does not let the token read `{name}`: {message}"),
                next_step: "give the token the scopes that `docs/guide/bitbucket.md` lists".into(),
            }
        }
        status => ProviderError::Unavailable(format!(
            "Bitbucket answered {status} about `{name}`: {message}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_the_site_and_not_its_api() {
        assert_eq!(host(API), "bitbucket.org");
        assert_eq!(host("http://127.0.0.1:7"), "127.0.0.1:7");
        assert_eq!(bare("{a-b}"), "a-b");
    }
}
