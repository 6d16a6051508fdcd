//! What a request carries beside JSON: the parts of a form, and a token alone or with a name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The token of an `Authorization`: as it is, or `name:token`.
pub(super) fn token(authorization: &str) -> Option<String> {
    if let Some(token) = authorization.strip_prefix("Bearer ") {
        return Some(token.to_owned());
    }
    let pair = STANDARD
        .decode(authorization.strip_prefix("Basic ")?)
        .ok()?;
    String::from_utf8(pair).ok()
}

/// Names and texts of the parts of a `multipart/form-data`.
pub(super) fn parts(kind: &str, body: &[u8]) -> Vec<(String, String)> {
    let Some((_, boundary)) = kind.split_once("boundary=") else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(body);
    let mark = format!("--{}", boundary.trim_matches('"'));
    text.split(mark.as_str())
        .filter_map(|part| {
            let (head, content) = part.split_once("\r\n\r\n")?;
            let (_, rest) = head.split_once("; name=\"")?;
            let (name, _) = rest.split_once('"')?;
            let content = content.strip_suffix("\r\n").unwrap_or(content);
            Some((super::answer::decoded(name), content.to_owned()))
        })
        .collect()
}
