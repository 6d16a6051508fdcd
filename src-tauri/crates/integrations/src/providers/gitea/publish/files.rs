//! Files at a commit as the contents API shows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use super::refusal::refusal;
use crate::http::address::encode;
use crate::providers::gitea::api::read;
use crate::publish::failed;

/// What stands at a path.
pub(super) struct Entry {
    /// `file`, `symlink`, `submodule` or `dir`.
    pub(super) kind: String,
    /// The hash of its content.
    pub(super) sha: String,
    /// Its text; nothing if it is not text or too large for the server to show.
    pub(super) text: Option<String>,
}

/// What stands at `path` at `commit`, if anything does.
pub(super) async fn entry(
    target: Target<'_>,
    path: &str,
    commit: &str,
) -> Result<Option<Entry>, PublishError> {
    let url = target.url(&format!("/contents/{}?ref={commit}", encode(path)));
    let answer = target.api.get(&url).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        _ => {
            let doing = format!("read `{path}`");
            return Err(refusal(&target, &answer, &doing, "read:repository"));
        }
    }
    let found: Value = read(&answer).map_err(failed)?;
    if found.is_array() {
        return Ok(Some(Entry {
            kind: "dir".into(),
            sha: String::new(),
            text: None,
        }));
    }
    let text = |field: &str| found[field].as_str().unwrap_or_default();
    let packed: String = text("content").split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(packed).ok();
    Ok(Some(Entry {
        kind: text("type").into(),
        sha: text("sha").into(),
        text: found["content"]
            .is_string()
            .then_some(bytes)
            .flatten()
            .and_then(|bytes| String::from_utf8(bytes).ok()),
    }))
}
