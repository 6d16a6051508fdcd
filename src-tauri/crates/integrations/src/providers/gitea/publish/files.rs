//! Files at a commit as the contents API shows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use crate::http::address::encode;
use crate::providers::gitea::api::read;
use crate::publish::{File, Forge, Need, failed, refusal};

/// What stands at `path` at `commit`, if anything does. Of what is too large the server shows no text.
pub(super) async fn file(
    target: Target<'_>,
    path: &str,
    commit: &str,
) -> Result<Option<File>, PublishError> {
    let url = target.url(&format!("/contents/{}?ref={commit}", encode(path)));
    let answer = target.api.get(&url).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        _ => {
            let doing = format!("read `{path}`");
            return Err(refusal(&target, &answer, &doing, Need::Read));
        }
    }
    // A folder is answered with the list of what is in it.
    let found: Value = read(&answer).map_err(failed)?;
    let packed = found["content"].as_str().map(|content| {
        let packed: String = content.split_ascii_whitespace().collect();
        packed
    });
    Ok(Some(File {
        plain: found["type"] == "file",
        hash: found["sha"].as_str().unwrap_or_default().into(),
        text: packed
            .and_then(|packed| STANDARD.decode(packed).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok()),
    }))
}
