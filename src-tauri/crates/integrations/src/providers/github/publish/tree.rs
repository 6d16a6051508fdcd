//! Files at a commit, read entry by entry, so that mode and text are exactly those of the commit.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use crate::providers::github::api::read;
use crate::publish::{Forge, Need, failed, refusal, refused};

/// A file's place in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// `100644`, `100755`, `120000` (a link), `160000` (a submodule), `040000` (a folder).
    pub(super) mode: String,
    /// The hash of its content.
    pub(super) sha: String,
}

/// The tree of a commit, read folder by folder as far as it is needed.
pub(super) struct Tree<'a> {
    target: Target<'a>,
    /// Folders read so far, by path; the root's is empty.
    folders: BTreeMap<String, BTreeMap<String, Entry>>,
    /// The hash of the root.
    pub(super) root: String,
}

impl<'a> Tree<'a> {
    /// The tree of `commit`.
    pub(super) async fn of(target: Target<'a>, commit: &str) -> Result<Self, PublishError> {
        let url = target.url(&format!("/git/commits/{commit}"));
        let answer = target.api.get(&url).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            let whole = target.api.get(&target.url("")).await.map_err(failed)?;
            return Err(if whole.status == StatusCode::OK {
                PublishError::Moved(format!(
                    "commit {commit} is no longer in `{}`",
                    target.repository
                ))
            } else {
                refusal(&target, &whole, "read the repository", Need::Read)
            });
        }
        let commit: Value = read(&answer).map_err(failed)?;
        let root = commit.pointer("/tree/sha").and_then(Value::as_str);
        Ok(Self {
            target,
            folders: BTreeMap::new(),
            root: root.unwrap_or_default().to_owned(),
        })
    }

    /// The entry at `path`, if there is one.
    pub(super) async fn entry(&mut self, path: &str) -> Result<Option<Entry>, PublishError> {
        let mut folder = String::new();
        let mut hash = self.root.clone();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            if !self.folders.contains_key(&folder) {
                let read = self.folder(&hash).await?;
                self.folders.insert(folder.clone(), read);
            }
            let Some(entry) = self.folders[&folder].get(part).cloned() else {
                return Ok(None);
            };
            if parts.peek().is_none() {
                return Ok(Some(entry));
            }
            if entry.mode != "040000" {
                return Ok(None);
            }
            hash = entry.sha;
            folder = format!("{folder}/{part}");
        }
        Ok(None)
    }

    async fn folder(&self, hash: &str) -> Result<BTreeMap<String, Entry>, PublishError> {
        let url = self.target.url(&format!("/git/trees/{hash}"));
        let answer = self.target.api.get(&url).await.map_err(failed)?;
        if !answer.status.is_success() {
            return Err(PublishError::Unavailable(format!(
                "GitHub answered {} about a folder of the commit",
                answer.status
            )));
        }
        let tree: Value = read(&answer).map_err(failed)?;
        if tree["truncated"] == true {
            return Err(refused(
                "GitHub does not list all files of a folder so large",
                "copy the change and make it by hand",
            ));
        }
        let entries = tree["tree"].as_array().into_iter().flatten();
        Ok(entries
            .filter_map(|entry| {
                let text = |field: &str| entry[field].as_str().map(ToOwned::to_owned);
                let found = Entry {
                    mode: text("mode")?,
                    sha: text("sha")?,
                };
                Some((text("path")?, found))
            })
            .collect())
    }

    /// The text of an entry; nothing if it is not text.
    pub(super) async fn text(&self, entry: &Entry) -> Result<Option<String>, PublishError> {
        let url = self.target.url(&format!("/git/blobs/{}", entry.sha));
        let answer = self.target.api.get(&url).await.map_err(failed)?;
        if !answer.status.is_success() {
            return Err(PublishError::Unavailable(format!(
                "GitHub answered {} about a file of the commit",
                answer.status
            )));
        }
        let blob: Value = read(&answer).map_err(failed)?;
        let content = blob["content"].as_str().unwrap_or_default();
        if blob["encoding"] != "base64" {
            return Ok(Some(content.to_owned()));
        }
        let packed: String = content.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(packed).ok();
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }
}
