//! Repository addresses as people and CI systems write them: `org/repo`, a web address, an SSH address.
//!
//! Nothing here asks the far side, and no part of an address that may be a password is repeated in an error.

use std::path::Path;

use url::Url;

/// A repository and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RepositoryAddress {
    /// `org/repo`; with more parts where groups nest; a folder for `local`.
    pub(super) path: String,
    /// Scheme, host and port, without a final slash. Absent when only a name was given.
    pub(super) origin: Option<String>,
    /// The host without its port.
    pub(super) host: Option<String>,
}

/// Reads what `variable` holds for a repository of `provider`.
pub(super) fn parse(
    variable: &str,
    text: &str,
    provider: &str,
) -> Result<RepositoryAddress, String> {
    let unclear = || {
        format!(
            "{variable} is not a repository's address; write it as `org/repo`, \
             `https://host/org/repo` or `git@host:org/repo.git`"
        )
    };
    let text = text.trim();
    if provider == "local" {
        return local(variable, text);
    }
    if text.contains("://") {
        let url = Url::parse(text).map_err(|_| unclear())?;
        let host = url.host_str().ok_or_else(unclear)?.to_owned();
        let origin = match (url.scheme(), url.port()) {
            // An SSH port says nothing about where the web interface listens.
            ("ssh" | "git", _) | ("https", None) => format!("https://{host}"),
            ("http", None) => format!("http://{host}"),
            (scheme @ ("https" | "http"), Some(port)) => format!("{scheme}://{host}:{port}"),
            _ => return Err(unclear()),
        };
        return with_host(url.path(), provider, host, origin).ok_or_else(unclear);
    }
    if let Some((login, path)) = text.split_once(':') {
        let host = login.rsplit_once('@').map_or(login, |(_, host)| host);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            return Err(unclear());
        }
        let origin = format!("https://{host}");
        return with_host(path, provider, host.to_owned(), origin).ok_or_else(unclear);
    }
    let path = repository_path(text, provider).ok_or_else(unclear)?;
    Ok(RepositoryAddress {
        path,
        origin: None,
        host: None,
    })
}

fn local(variable: &str, text: &str) -> Result<RepositoryAddress, String> {
    if !Path::new(text).is_absolute() {
        return Err(format!(
            "{variable} must be a folder's absolute path when CODE_REPO_PROVIDER is `local`"
        ));
    }
    Ok(RepositoryAddress {
        path: text.to_owned(),
        origin: None,
        host: None,
    })
}

fn with_host(
    path: &str,
    provider: &str,
    host: String,
    mut origin: String,
) -> Option<RepositoryAddress> {
    let mut path = path.to_owned();
    if provider == "bitbucket-dc"
        && let Some((below, name)) = data_center(&path)
    {
        origin.push_str(&below);
        path = name;
    }
    let path = path.as_str();
    Some(RepositoryAddress {
        path: repository_path(path, provider)?,
        origin: Some(origin),
        host: Some(host),
    })
}

/// The path a Bitbucket Data Center lies under, and `PROJECT/repository`, out of the path of a page or a clone:
/// `/projects/ACME/repos/api/browse`, `/users/ada/repos/api`, `/scm/acme/api.git`.
fn data_center(path: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (at, name) = parts.iter().enumerate().find_map(|(at, part)| {
        let next = |by: usize| parts.get(at + by).copied();
        let name = match (*part, next(2)) {
            ("projects", Some("repos")) => format!("{}/{}", next(1)?, next(3)?),
            ("users", Some("repos")) => format!("~{}/{}", next(1)?, next(3)?),
            ("scm", Some(slug)) => format!("{}/{slug}", next(1)?),
            _ => return None,
        };
        Some((at, name))
    })?;
    let below: String = parts[..at].iter().map(|part| format!("/{part}")).collect();
    Some((below, name))
}

/// `org/repo` out of a path, without slashes around it and without `.git`.
fn repository_path(path: &str, provider: &str) -> Option<String> {
    let path = path.trim_matches('/');
    // GitLab marks the end of the project's own path this way: group/project/-/merge_requests/3.
    let path = path.split_once("/-/").map_or(path, |(project, _)| project);
    let path = path.strip_suffix(".git").unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    let named = |part: &&str| {
        !matches!(*part, "" | "." | "..")
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
    };
    let nests = provider == "gitlab";
    let enough = parts.len() == 2 || (nests && parts.len() > 2);
    (enough && parts.iter().all(named)).then(|| parts.join("/"))
}
