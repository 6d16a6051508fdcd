//! Files at a commit: their text, and whether they are plain files at all.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use crate::http::address::part;
use crate::providers::gitlab::api::read;
use crate::publish::{File, Forge, Need, failed, refusal};

/// Pages of one folder read at most.
const PAGES: usize = 50;

/// The file at `path`; nothing if there is none. A link is shown like a file; [`modes`] tells.
pub(super) async fn file(
    target: &Target<'_>,
    commit: &str,
    path: &str,
) -> Result<Option<File>, PublishError> {
    let rest = format!("/repository/files/{}?ref={}", part(path), part(commit));
    let answer = target.api.get(&target.url(&rest)).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        _ => {
            return Err(refusal(
                target,
                &answer,
                &format!("show `{path}`"),
                Need::Read,
            ));
        }
    }
    let found: Value = read(&answer).map_err(failed)?;
    let content = found["content"].as_str().unwrap_or_default();
    let bytes = if found["encoding"] == "base64" {
        STANDARD.decode(content).ok()
    } else {
        Some(content.as_bytes().to_vec())
    };
    Ok(Some(File {
        plain: true,
        hash: found["blob_id"].as_str().unwrap_or_default().to_owned(),
        text: bytes.and_then(|bytes| String::from_utf8(bytes).ok()),
    }))
}

/// The modes of what lies in the folders of `paths`, by path: `100644`, `100755`, `120000` (a link), …
pub(super) async fn modes<'p>(
    target: &Target<'_>,
    commit: &str,
    paths: impl Iterator<Item = &'p str>,
) -> Result<BTreeMap<String, String>, PublishError> {
    let mut folders: Vec<&str> = paths
        .map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let mut modes = BTreeMap::new();
    for folder in folders {
        let rest = format!(
            "/repository/tree?ref={}&path={}&pagination=keyset&per_page=100",
            part(commit),
            part(folder)
        );
        let mut next = Some(target.url(&rest));
        for _ in 0..PAGES {
            let Some(url) = next.take() else {
                break;
            };
            let answer = target.api.get(&url).await.map_err(failed)?;
            match answer.status {
                StatusCode::OK => {}
                // A folder that the patch makes.
                StatusCode::NOT_FOUND => break,
                _ => return Err(refusal(target, &answer, "list a folder", Need::Read)),
            }
            for entry in read::<Vec<Value>>(&answer).map_err(failed)? {
                let text = |field: &str| entry[field].as_str().map(ToOwned::to_owned);
                if let (Some(path), Some(mode)) = (text("path"), text("mode")) {
                    modes.insert(path, mode);
                }
            }
            next = answer.next_page();
        }
    }
    Ok(modes)
}
