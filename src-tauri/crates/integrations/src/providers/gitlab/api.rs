//! How GitLab's REST API is spoken to, and what its answers about a project mean.
//!
//! Sources: docs.gitlab.com "REST API", "Rate limits".

use std::time::Duration;

use http::StatusCode;
use perch_core::seam::provider::ProviderError;
use perch_core::subject::Subject;

use crate::http::Answer;
use crate::http::address::{part, server};
pub(super) use crate::http::rest::{Dialect, Rest as Api, read};

pub(super) static DIALECT: Dialect = Dialect {
    name: "GitLab",
    id: "gitlab",
    root,
    json: "application/json",
    raw: "text/plain, */*",
    between_writes: Duration::ZERO,
    hourly: None,
    pairs: false,
    denies: false,
    headers: &[],
};

/// What stands between a start page and the paths of the API.
const ROOT: &str = "/api/v4";

/// People give the address of the start page or that of the API.
fn root(base_url: &str) -> String {
    format!("{}{ROOT}", start_page(base_url))
}

/// The address of the start page.
pub(super) fn start_page(base_url: &str) -> &str {
    base_url.strip_suffix(ROOT).unwrap_or(base_url)
}

/// The server as it stands in dedup keys: `gitlab.com`, `git.acme.com~gitlab`.
pub(super) fn host(base_url: &str) -> String {
    server(start_page(base_url))
}

/// The API's path of a project: by its number, which a move does not change, or by its name.
pub(super) fn project(subject: &Subject) -> String {
    let number = &subject.repository_key;
    let known = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    let name = if known { number } else { &subject.repository };
    format!("/projects/{}", part(name))
}

/// What an answer that is no success means for watching `name`.
pub(super) fn unwatchable(answer: &Answer, name: &str) -> ProviderError {
    let message = answer.message();
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::Misconfigured {
            problem: format!("`{name}` is not there, or the token may not see it"),
            next_step: "correct `watch`, or give the token's user access to the project".into(),
        },
        StatusCode::FORBIDDEN => ProviderError::Refused {
            problem: format!("GitLab does not let the token read `{name}`: {message}"),
            next_step: "make a token with the scope `read_api` for a user who is at least Reporter"
                .into(),
        },
        status => ProviderError::Unavailable(format!(
            "GitLab answered {status} about `{name}`: {message}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_found_and_keys_are_the_same_from_either_address() {
        for (base, api, key) in [
            (
                "https://gitlab.com",
                "https://gitlab.com/api/v4",
                "gitlab.com",
            ),
            (
                "https://gitlab.com/api/v4",
                "https://gitlab.com/api/v4",
                "gitlab.com",
            ),
            (
                "https://acme.com:8443/git",
                "https://acme.com:8443/git/api/v4",
                "acme.com:8443~git",
            ),
        ] {
            assert_eq!((root(base).as_str(), host(base).as_str()), (api, key));
        }
    }
}
