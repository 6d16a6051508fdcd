//! How Data Center's REST API is spoken to, its pages, and what its answers about a repository mean.
//!
//! Source: developer.atlassian.com "Bitbucket Data Center REST API".

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use crate::http::Answer;
pub(super) use crate::http::address::server as host;
use crate::http::address::{self, part};
pub(super) use crate::http::rest::{Dialect, Rest as Api, read};

pub(super) static DIALECT: Dialect = Dialect {
    name: "Bitbucket",
    id: "bitbucket-dc",
    root: |base_url| format!("{base_url}/rest"),
    json: "application/json",
    raw: "text/plain, */*",
    between_writes: Duration::ZERO,
    hourly: None,
    pairs: true,
    denies: true,
    // Without it, forms are taken for forged ones.
    headers: &[("x-atlassian-token", "no-check")],
};

/// Members of a page asked for.
pub(super) const PAGE: usize = 100;

/// The path of `PROJECT/repository` below one of the APIs: `api`, `branch-utils`.
pub(super) fn repository(api: &str, name: &str) -> String {
    let (project, slug) = name.split_once('/').unwrap_or((name, ""));
    format!(
        "/{api}/latest/projects/{}/repos/{}",
        part(project),
        part(slug)
    )
}

/// True for `PROJECT/repository`; the project of a person is written `~name`.
pub(super) fn is_repository(name: &str) -> bool {
    address::is_repository(name.strip_prefix('~').unwrap_or(name))
}

/// The page of the list at `url` that begins at `start`.
pub(super) fn from(url: &str, start: u64) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}limit={PAGE}&start={start}")
}

/// The members of a page, and where the next begins.
pub(super) fn page(answer: &Answer) -> Result<(Vec<Value>, Option<u64>), ProviderError> {
    let mut page: Value = read(answer)?;
    let Value::Array(members) = page["values"].take() else {
        return Err(ProviderError::Unavailable(
            "the server's answer is no page of a list".into(),
        ));
    };
    let next = page["nextPageStart"].as_u64();
    Ok((members, next.filter(|_| page["isLastPage"] != true)))
}

/// A moment in milliseconds since 1970.
pub(super) fn millis(value: &Value, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(value[name].as_i64()?).ok()
}

/// How long a build took, where that is reported; in seconds.
pub(super) fn seconds(build: &Value) -> Option<f64> {
    build["duration"].as_f64().map(|millis| millis / 1_000.0)
}

/// The page of a thing.
pub(super) fn link(thing: &Value) -> Option<&str> {
    thing.pointer("/links/self/0/href")?.as_str()
}

/// Whose the token is, as the server says in a header of its answers; nobody's for none.
pub(super) fn whose(answer: &Answer) -> Option<String> {
    // What is not ASCII is percent-encoded.
    let header = answer.header("x-ausername")?.replace('+', "%2B");
    let (name, _) = form_urlencoded::parse(header.as_bytes()).next()?;
    (!name.is_empty() && name != "anonymous").then(|| name.into_owned())
}

/// `PROJECT/repository` of a repository.
pub(super) fn full_name(repository: &Value) -> Option<String> {
    let text = |pointer: &str| repository.pointer(pointer)?.as_str();
    Some(format!("{}/{}", text("/project/key")?, text("/slug")?))
}

/// True for two numbers that are there and the same.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    one.is_number() && one == other
}

/// A server's version: its first two numbers.
pub(super) struct Version(u64, u64);

/// The version the application's properties name; one that cannot be read is the newest.
pub(super) fn version(properties: &Value) -> Version {
    let mut numbers = properties["version"]
        .as_str()
        .unwrap_or_default()
        .split('.');
    let mut next = || numbers.next()?.parse().ok();
    match (next(), next()) {
        (Some(major), Some(minor)) => Version(major, minor),
        _ => Version(u64::MAX, 0),
    }
}

impl Version {
    /// True from 8.18 on, which brought draft pull requests.
    pub(super) fn drafts(&self) -> bool {
        (self.0, self.1) >= (8, 18)
    }
}

/// What an answer that is no success means for watching `name`.
pub(super) fn unwatchable(answer: &Answer, name: &str) -> ProviderError {
    let message = answer.message();
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::Misconfigured {
            problem: format!("`{name}` is not there, or the token may not see it"),
            next_step: "correct `watch`, or give the token's user access to the repository".into(),
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProviderError::Refused {
            problem: format!("Bitbucket does not let the token read `{name}`: {message}"),
            next_step: "give the token's user `Repository read` there, and the token too".into(),
        },
        status => ProviderError::Unavailable(format!(
            "Bitbucket answered {status} about `{name}`: {message}"
        )),
    }
}
