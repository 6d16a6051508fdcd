//! How GitHub's REST API is spoken to, and what its answers about a repository mean.
//!
//! Sources: docs.github.com "Best practices for using the REST API", "Rate limits for the REST API".

use std::time::Duration;

use http::StatusCode;
use perch_core::seam::provider::ProviderError;
use reqwest::Url;

pub(super) use crate::http::rest::{Dialect, Rest as Api, read};
use crate::http::{Answer, address, is_loopback};

pub(super) static DIALECT: Dialect = Dialect {
    name: "GitHub",
    id: "github",
    root,
    json: "application/vnd.github+json",
    raw: "application/vnd.github.raw+json",
    between_writes: Duration::from_secs(1),
    hourly: None,
    pairs: false,
    denies: false,
    // The version of the API whose shapes are read here.
    headers: &[("x-github-api-version", "2022-11-28")],
};

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
