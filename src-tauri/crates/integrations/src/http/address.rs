//! Addresses: what may be configured, percent-encoding, the host of dedup keys, and whether a name is a repository's.
//! Pure.

use std::fmt::Write as _;

use reqwest::Url;

use super::is_loopback;

/// Checks the address a connection is asked at: whole, encrypted unless it is on this machine, without credentials.
/// The problem is said in words; `otherwise` says what to do when it is no address at all.
pub(crate) fn check(base: &str, otherwise: &str) -> Result<Url, String> {
    let url = check_plain(base, otherwise)?;
    let reachable = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !reachable {
        return Err(format!(
            "`base_url` is `{base}`, which would send the token unencrypted; write https"
        ));
    }
    Ok(url)
}

/// The same for what may also be asked unencrypted, as long as no token goes there.
pub(crate) fn check_plain(base: &str, otherwise: &str) -> Result<Url, String> {
    let url = Url::parse(base)
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| format!("`{base}` in `base_url` is no address; {otherwise}"))?;
    if base.ends_with('/') || url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "`{base}` in `base_url` must end with its host or path; take the rest off"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "`base_url` holds a name or password; take it out and set a token instead".into(),
        );
    }
    Ok(url)
}

/// Says which of `watch` is no repository by `is_one`, to be written like `form`, or stands there twice.
pub(crate) fn check_watch(
    watch: &[String],
    form: &str,
    is_one: fn(&str) -> bool,
) -> Result<(), String> {
    for (number, name) in watch.iter().enumerate() {
        if !is_one(name) {
            return Err(format!(
                "`{name}` in `watch` is no repository; write it as {form}"
            ));
        }
        let twice = watch[..number]
            .iter()
            .any(|other| other.eq_ignore_ascii_case(name));
        if twice {
            return Err(format!("`{name}` stands twice in `watch`"));
        }
    }
    Ok(())
}

/// Text as one part of an address's path or query: slashes are encoded too.
pub(crate) fn part(text: &str) -> String {
    encode(text).replace('/', "%2F")
}

/// A path, percent-encoded; its slashes stay, unless a part of it would lead elsewhere (`..`): then it is one part,
/// which names nothing.
pub(crate) fn encode(path: &str) -> String {
    let strays = path.split('/').any(leads_elsewhere);
    let stays: &[u8] = if strays { b"-_~" } else { b"-._~/" };
    let path = if strays {
        // Written twice, since once is undone before the path is resolved.
        path.replace('.', "%2E").replace('/', "%2F")
    } else {
        path.to_owned()
    };
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || stays.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// True for a part of a path that stands for another place, however it is written.
fn leads_elsewhere(part: &str) -> bool {
    matches!(
        part.to_ascii_lowercase().replace("%2e", ".").as_str(),
        "." | ".."
    )
}

/// True for an address whose path would be another once it is resolved. What comes from a far side, such as a branch's
/// name, must not choose what is asked.
pub(super) fn strays(url: &str) -> bool {
    let whole = url.split(['?', '#']).next().unwrap_or_default();
    let path = whole.split_once("://").map_or(whole, |(_, rest)| rest);
    path.split(['/', '\\']).skip(1).any(leads_elsewhere)
}

/// Host and, where it is not the scheme's own, port: `ghe.acme.com`, `127.0.0.1:8080`.
pub(crate) fn host(base_url: &str) -> String {
    let Ok(url) = Url::parse(base_url) else {
        return String::new();
    };
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    url.port()
        .map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

/// The server as it stands in dedup keys: its host, and with it the path it may lie under.
pub(crate) fn server(base_url: &str) -> String {
    let path = Url::parse(base_url).map_or_else(|_| String::new(), |url| url.path().to_owned());
    let path = path.trim_matches('/').replace('/', "~");
    let host = host(base_url);
    if path.is_empty() {
        host
    } else {
        format!("{host}~{path}")
    }
}

/// True for `owner/name` in the letters forges allow.
pub(crate) fn is_repository(name: &str) -> bool {
    name.split('/').count() == 2 && is_path(name)
}

/// True for a path of two or more parts in the letters forges allow.
pub(crate) fn is_path(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    name.contains('/') && name.split('/').all(plain)
}
