//! A new branch with one commit of several files, made by one request to `src`.
//!
//! The request makes branch and commit together or neither, so what an interrupted attempt can leave behind is the
//! whole branch; it is recognized by its parent and by what its files hold.
//!
//! Source: developer.atlassian.com "Create a commit by uploading a file".

use std::collections::BTreeSet;

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::id::short_hash;
use perch_core::patch::Patched;
use perch_core::seam::publisher::PublishError;
use serde_json::Value;

use super::Target;
use crate::http::address::encode;
use crate::http::{Answer, Part};
use crate::providers::bitbucket::api::{page, read};
use crate::publish::{
    Change, File, Files, Forge, Made, Need, NewBranch, Standing, failed, refusal,
};

/// Bytes of a file at most.
const FILE: usize = 4 << 20;

#[async_trait]
impl Files for Target<'_> {
    fn commit_url(&self, commit: Option<&str>) -> String {
        commit.map_or_else(
            || self.url(""),
            |commit| self.url(&format!("/commit/{}", encode(commit))),
        )
    }

    async fn file(&self, commit: &str, path: &str) -> Result<Option<File>, PublishError> {
        let url = self.url(&format!("/src/{commit}/{}", encode(path)));
        let meta = self.api.get(&format!("{url}?format=meta")).await;
        let Some(meta) = self.shown(meta.map_err(failed)?, path)? else {
            return Ok(None);
        };
        let meta: Value = read(&meta).map_err(failed)?;
        let attributes = meta["attributes"].as_array().into_iter().flatten();
        let plain = meta["type"] == "commit_file"
            && !attributes
                .into_iter()
                .any(|one| one == "link" || one == "subrepository");
        if !plain {
            return Ok(Some(File {
                plain,
                hash: String::new(),
                text: None,
            }));
        }
        let text = match self.api.raw(&url, FILE).await.map_err(failed)? {
            Some(answer) => match self.shown(answer, path)? {
                Some(answer) => String::from_utf8(answer.body.into()).ok(),
                None => return Ok(None),
            },
            None => None,
        };
        Ok(Some(File {
            plain,
            hash: text
                .as_deref()
                .map_or_else(String::new, |text| short_hash(text, 40)),
            text,
        }))
    }

    async fn change(&self, commit: &str) -> Result<Change, PublishError> {
        let url = self.commit_url(Some(commit));
        let answer = self.api.get(&url).await.map_err(failed)?;
        let found: Value = read(&answer).map_err(failed)?;
        let parents = found["parents"].as_array().into_iter().flatten();
        let page = found.pointer("/links/html/href").and_then(Value::as_str);
        Ok(Change {
            parents: parents
                .filter_map(|one| one["hash"].as_str().map(Into::into))
                .collect(),
            touched: self.touched(commit).await?,
            page: page.map(Into::into),
        })
    }

    async fn commit(
        &self,
        new: &NewBranch<'_>,
        files: &[Patched],
        _standing: &Standing,
    ) -> Result<Made, PublishError> {
        let field = |name: &str, text: &str| Part {
            name: name.into(),
            text: text.into(),
            file: false,
        };
        let mut parts = vec![
            field("branch", new.branch),
            field("parents", &new.base.commit),
            field("message", new.message),
        ];
        // With its slash a path is no other field's name; without an author Bitbucket takes the token's user.
        parts.extend(files.iter().map(|file| Part {
            name: format!("/{}", file.path),
            text: file.after.clone(),
            file: true,
        }));
        let url = self.url("/src");
        let answer = self.api.write_form(Method::POST, &url, parts).await;
        let answer = answer.map_err(failed)?;
        if answer.status != StatusCode::CREATED {
            return Ok(Made::Refused(answer));
        }
        // The answer has no body; the branch itself says where it stands.
        let commit = self.head(new.branch).await?;
        commit
            .map(|commit| Made::Commit(commit, None))
            .ok_or_else(|| PublishError::Unavailable("the new branch is not there yet".into()))
    }

    fn branch_page(&self, branch: &str, _commit: Option<&str>) -> Option<String> {
        let repository = encode(&self.subject.repository);
        let branch = encode(branch);
        Some(format!(
            "https://bitbucket.org/{repository}/branch/{branch}"
        ))
    }
}

impl Target<'_> {
    /// An answer about a file; nothing if it is not there.
    fn shown(&self, answer: Answer, path: &str) -> Result<Option<Answer>, PublishError> {
        match answer.status {
            StatusCode::OK => Ok(Some(answer)),
            StatusCode::NOT_FOUND => Ok(None),
            _ => {
                let doing = format!("show `{path}`");
                Err(refusal(self, &answer, &doing, Need::Read))
            }
        }
    }

    /// The paths a commit changes.
    async fn touched(&self, commit: &str) -> Result<BTreeSet<String>, PublishError> {
        let mut next = Some(self.url(&format!("/diffstat/{commit}?pagelen=100")));
        let mut paths = BTreeSet::new();
        while let Some(url) = next.take().filter(|_| paths.len() < 10_000) {
            let answer = self.api.get(&url).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refusal(self, &answer, "show the commit", Need::Read));
            }
            let (files, further) = page(&self.api, &answer).map_err(failed)?;
            for file in files {
                for side in ["old", "new"] {
                    paths.extend(file[side]["path"].as_str().map(ToOwned::to_owned));
                }
            }
            next = further;
        }
        Ok(paths)
    }
}
