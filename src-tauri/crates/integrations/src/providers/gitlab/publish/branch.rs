//! A new branch with one commit of several files, made by one request.
//!
//! The request makes branch and commit together or neither, so what an interrupted attempt can leave behind is the
//! whole branch; it is recognized by its parent and by what its files hold.
//!
//! Source: docs.gitlab.com/api/commits, "Create a commit with multiple files and actions".

use std::collections::BTreeSet;

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::patch::Patched;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::{Target, files};
use crate::http::address::{encode, part};
use crate::providers::gitlab::api::read;
use crate::publish::{
    Change, File, Files, Forge, Made, Need, NewBranch, Standing, failed, refusal,
};

#[async_trait]
impl Files for Target<'_> {
    fn commit_url(&self, commit: Option<&str>) -> String {
        commit.map_or_else(
            || self.url(""),
            |commit| self.url(&format!("/repository/commits/{}", part(commit))),
        )
    }

    async fn file(&self, commit: &str, path: &str) -> Result<Option<File>, PublishError> {
        files::file(self, commit, path).await
    }

    async fn others(&self, commit: &str, paths: &[&str]) -> Result<BTreeSet<String>, PublishError> {
        let modes = files::modes(self, commit, paths.iter().copied()).await?;
        let others = modes
            .into_iter()
            .filter(|(path, mode)| paths.contains(&path.as_str()) && !mode.starts_with("100"));
        Ok(others.map(|(path, _)| path).collect())
    }

    async fn change(&self, commit: &str) -> Result<Change, PublishError> {
        let url = self.commit_url(Some(commit));
        let answer = self.api.get(&url).await.map_err(failed)?;
        let found: Value = read(&answer).map_err(failed)?;
        let parents = found["parent_ids"].as_array().into_iter().flatten();
        Ok(Change {
            parents: parents
                .filter_map(|one| one.as_str().map(Into::into))
                .collect(),
            touched: self.touched(commit).await?,
            page: found["web_url"].as_str().map(Into::into),
        })
    }

    async fn commit(
        &self,
        new: &NewBranch<'_>,
        files: &[Patched],
        _standing: &Standing,
    ) -> Result<Made, PublishError> {
        let actions: Vec<Value> = files
            .iter()
            .map(|file| {
                let action = if file.before.is_some() {
                    "update"
                } else {
                    "create"
                };
                json!({"action": action, "file_path": file.path, "content": file.after})
            })
            .collect();
        // Without an author GitLab takes the token's user.
        let body = json!({
            "branch": new.branch,
            "start_sha": new.base.commit,
            "commit_message": new.message,
            "actions": actions,
        });
        let url = self.url("/repository/commits");
        let answer = self.api.write(Method::POST, &url, Some(body)).await;
        let answer = answer.map_err(failed)?;
        if answer.status != StatusCode::CREATED {
            return Ok(Made::Refused(answer));
        }
        let made: Value = read(&answer).map_err(failed)?;
        let commit = made["id"]
            .as_str()
            .ok_or_else(|| PublishError::Unavailable("GitLab's answer names no hash".into()))?;
        let page = made["web_url"].as_str().map(Into::into);
        Ok(Made::Commit(commit.into(), page))
    }

    /// The project's page stands before what marks the end of its path.
    fn branch_page(&self, branch: &str, commit: Option<&str>) -> Option<String> {
        let (project, _) = commit?.split_once("/-/")?;
        Some(format!("{project}/-/tree/{}", encode(branch)))
    }
}

impl Target<'_> {
    /// The paths a commit changes.
    async fn touched(&self, commit: &str) -> Result<BTreeSet<String>, PublishError> {
        let rest = format!("/repository/commits/{commit}/diff?per_page=100");
        let mut next = Some(self.url(&rest));
        let mut paths = BTreeSet::new();
        while let Some(url) = next.take().filter(|_| paths.len() < 10_000) {
            let answer = self.api.get(&url).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refusal(self, &answer, "show the commit", Need::Read));
            }
            for file in read::<Vec<Value>>(&answer).map_err(failed)? {
                for side in ["old_path", "new_path"] {
                    paths.extend(file[side].as_str().map(ToOwned::to_owned));
                }
            }
            next = answer.next_page();
        }
        Ok(paths)
    }
}
