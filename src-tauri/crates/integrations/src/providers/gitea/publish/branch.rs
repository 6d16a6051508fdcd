//! A new branch with one commit, made through the contents API.
//!
//! Where the base's branch still stands on the base, one request makes branch and commit together. Where it went on
//! without touching the same files, the branch is made on the base first; found there again after an interruption,
//! it only lacks its commit.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use perch_core::outcome::StepResult;
use perch_core::patch::Patched;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::{Target, files};
use crate::http::address::encode;
use crate::providers::gitea::api::read;
use crate::publish::{
    self, Change, File, Files, Forge, Made, Need, NewBranch, Standing, created, existing, failed,
    refusal,
};

/// Creates a branch with the patch as one commit on its base, or finds that it stands there.
pub(super) async fn create(
    target: Target<'_>,
    new: &NewBranch<'_>,
) -> Result<StepResult, PublishError> {
    let base = new.base;
    publish::stands(&target, &base.commit).await?;
    let (patched, standing) = publish::resolve(&target, &base.commit, new.patch).await?;
    if let Some(found) = target.head(new.branch).await?
        && found != base.commit
    {
        return existing(&target, new, &found, &patched).await;
    }
    match target.commit(new, &patched, &standing).await? {
        Made::Commit(commit, _) => {
            let page = target.branch_page(new.branch, None);
            Ok(created(new.branch, &commit, page.as_deref()))
        }
        Made::Refused(answer) => {
            // Somebody was faster, perhaps we ourselves.
            if matches!(
                answer.status,
                StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
            ) && let Some(found) = target.head(new.branch).await?
            {
                return existing(&target, new, &found, &patched).await;
            }
            let doing = format!("commit to branch `{}`", new.branch);
            Err(refusal(&target, &answer, &doing, Need::Push))
        }
    }
}

#[async_trait]
impl Files for Target<'_> {
    fn commit_url(&self, commit: Option<&str>) -> String {
        commit.map_or_else(
            || self.url(""),
            |commit| self.url(&format!("/git/commits/{commit}")),
        )
    }

    async fn file(&self, commit: &str, path: &str) -> Result<Option<File>, PublishError> {
        files::file(*self, path, commit).await
    }

    async fn change(&self, commit: &str) -> Result<Change, PublishError> {
        let url = self.commit_url(Some(commit));
        let answer = self.api.get(&url).await.map_err(failed)?;
        let found: Value = read(&answer).map_err(failed)?;
        let texts = |list: &str, field: &str| -> Vec<String> {
            let members = found[list].as_array().into_iter().flatten();
            members
                .filter_map(|one| one[field].as_str().map(Into::into))
                .collect()
        };
        Ok(Change {
            parents: texts("parents", "sha"),
            touched: texts("files", "filename").into_iter().collect(),
            page: None,
        })
    }

    /// The base's branch may have gone on between looking and committing to it.
    fn stands_on(&self, parents: &[String], _base: &str) -> bool {
        parents.len() == 1
    }

    async fn commit(
        &self,
        new: &NewBranch<'_>,
        files: &[Patched],
        standing: &Standing,
    ) -> Result<Made, PublishError> {
        let from = self.from(new, standing).await?;
        let mut body = json!({
            "branch": from,
            "message": new.message,
            "files": operations(files, standing),
        });
        if from != new.branch {
            body["new_branch"] = new.branch.into();
        }
        let url = self.url("/contents");
        let answer = self.api.write(Method::POST, &url, Some(body)).await;
        let answer = answer.map_err(failed)?;
        if answer.status != StatusCode::CREATED {
            return Ok(Made::Refused(answer));
        }
        let made: Value = read(&answer).map_err(failed)?;
        let sha = made.pointer("/commit/sha").and_then(Value::as_str);
        sha.map(|sha| Made::Commit(sha.into(), None))
            .ok_or_else(|| PublishError::Unavailable("the answer names no commit".into()))
    }

    fn branch_page(&self, branch: &str, _commit: Option<&str>) -> Option<String> {
        let base = &self.api.ctx.connection.base_url;
        let repository = encode(self.repository);
        Some(format!("{base}/{repository}/src/branch/{}", encode(branch)))
    }
}

impl Target<'_> {
    /// The branch to commit on top of: the base's if it stands there, else the new one, made on the base.
    async fn from<'n>(
        &self,
        new: &NewBranch<'n>,
        standing: &Standing,
    ) -> Result<&'n str, PublishError> {
        if self.head(new.branch).await?.is_some() {
            return Ok(new.branch);
        }
        if publish::stands_still(self, new.base, standing).await?
            && let Some(branch) = &new.base.branch
        {
            return Ok(branch);
        }
        let body = json!({"new_branch_name": new.branch, "old_ref_name": new.base.commit});
        let url = self.url("/branches");
        let answer = self.api.write(Method::POST, &url, Some(body)).await;
        let answer = answer.map_err(failed)?;
        if answer.status != StatusCode::CREATED && answer.status != StatusCode::CONFLICT {
            let doing = format!("create branch `{}`", new.branch);
            return Err(refusal(self, &answer, &doing, Need::Push));
        }
        Ok(new.branch)
    }
}

/// The files as the contents API takes them. An update names what it replaces, and keeps the mode.
fn operations(patched: &[Patched], standing: &Standing) -> Vec<Value> {
    patched
        .iter()
        .map(|file| {
            let content = STANDARD.encode(&file.after);
            match standing.get(&file.path).and_then(Option::as_ref) {
                Some(there) => json!({
                    "operation": "update",
                    "path": file.path,
                    "sha": there.hash,
                    "content": content,
                }),
                None => json!({"operation": "create", "path": file.path, "content": content}),
            }
        })
        .collect()
}
