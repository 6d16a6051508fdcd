//! Parts of addresses: percent-encoding, the host of dedup keys, and whether a base address is one. Pure.

use std::fmt::Write as _;

use reqwest::Url;

/// Text as one part of an address's path or query: slashes are encoded too.
pub(crate) fn part(text: &str) -> String {
    encode(text).replace('/', "%2F")
}

/// A path, percent-encoded; its slashes stay.
pub(crate) fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
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

/// True for `owner/name` in the letters forges allow.
pub(crate) fn is_repository(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    matches!(name.split_once('/'), Some((owner, repository)) if plain(owner) && plain(repository))
}
