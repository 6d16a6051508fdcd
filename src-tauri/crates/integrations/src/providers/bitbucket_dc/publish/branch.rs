//! A new branch with the change, a commit for each file.
//!
//! Data Center has no request that commits several files at once. So the branch is made on the base and every file is
//! committed to it by itself, in the patch's order; each commit says which part of the whole it is. Nothing else can
//! see a half-made branch as done: the pull request is a later step. Found again after an interruption, the branch
//! goes on with the files it lacks; refused halfway, it is taken away again.
//!
//! Source: developer.atlassian.com "Bitbucket Data Center REST API", "Edit file" and "Create branch".

use std::collections::BTreeSet;

use async_trait::async_trait;
use http::{Method, StatusCode};
use perch_core::id::short_hash;
use perch_core::outcome::StepResult;
use perch_core::patch::Patched;
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use crate::http::address::{encode, part};
use crate::http::{Answer, Part};
use crate::providers::bitbucket_dc::api::{from, page, read};
use crate::publish::{
    self, Change, File, Files, Forge, Made, Need, NewBranch, Standing, created, failed,
    holds_something_else, refusal,
};

/// Bytes of a file at most.
const FILE: usize = 4 << 20;

/// Pages of branches searched for one.
const PAGES: usize = 20;

/// Creates a branch with the patch on its base, or finds that it stands there, or goes on with it.
pub(super) async fn create(
    target: &Target<'_>,
    new: &NewBranch<'_>,
) -> Result<StepResult, PublishError> {
    publish::stands(target, &new.base.commit).await?;
    let (patched, standing) = publish::resolve(target, &new.base.commit, new.patch).await?;
    let found = target.head(new.branch).await?;
    let done = if let Some(head) = &found {
        done(target, new, head, &patched).await?
    } else {
        publish::stands_still(target, new.base, &standing).await?;
        BTreeSet::new()
    };
    let made = commit_all(target, new, &patched, &standing, found, done).await?;
    match made {
        Made::Commit(commit, _) => {
            let page = target.branch_page(new.branch, None);
            Ok(created(new.branch, &commit, page.as_deref()))
        }
        Made::Refused(answer) => {
            let doing = format!("commit to branch `{}`", new.branch);
            Err(refusal(target, &answer, &doing, Need::Push))
        }
    }
}

/// The commit `branch` stands on.
pub(super) async fn head(
    target: &Target<'_>,
    branch: &str,
) -> Result<Option<String>, PublishError> {
    let (url, commit) = target.branch(branch);
    let mut next = Some(0);
    for _ in 0..PAGES {
        let Some(start) = next.take() else {
            break;
        };
        let answer = target.api.get(&from(&url, start)).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            let doing = format!("look up branch `{branch}`");
            return Err(refusal(target, &answer, &doing, Need::Read));
        }
        let (branches, further) = page(&answer).map_err(failed)?;
        let found = branches.iter().find(|one| one["displayId"] == *branch);
        if let Some(found) = found {
            return Ok(found
                .pointer(commit)
                .and_then(Value::as_str)
                .map(Into::into));
        }
        next = further;
    }
    Ok(None)
}

/// The files an earlier attempt committed to the branch, which stands on `head`; refused if anything else is there.
async fn done(
    target: &Target<'_>,
    new: &NewBranch<'_>,
    head: &str,
    patched: &[Patched],
) -> Result<BTreeSet<String>, PublishError> {
    if head == new.base.commit {
        return Ok(BTreeSet::new());
    }
    let other = || holds_something_else(target, new.branch);
    let mut commits = BTreeSet::new();
    let mut at = head.to_owned();
    let mut touched = BTreeSet::new();
    // One commit for each file, back to the base.
    while at != new.base.commit {
        let change = target.change(&at).await?;
        let [parent] = change.parents.as_slice() else {
            return Err(other());
        };
        let one_more = change.touched.len() == 1 && commits.len() < patched.len();
        if !one_more || !commits.insert(at.clone()) {
            return Err(other());
        }
        touched.extend(change.touched);
        at.clone_from(parent);
    }
    if touched.len() != commits.len() {
        return Err(other());
    }
    for path in &touched {
        let Some(file) = patched.iter().find(|file| file.path == *path) else {
            return Err(other());
        };
        let there = target.file(head, path).await?;
        if there.and_then(|there| there.text).as_deref() != Some(&file.after) {
            return Err(other());
        }
    }
    Ok(touched)
}

/// Makes the branch where it is missing and commits every file that is not `done`.
async fn commit_all(
    target: &Target<'_>,
    new: &NewBranch<'_>,
    patched: &[Patched],
    standing: &Standing,
    found: Option<String>,
    done: BTreeSet<String>,
) -> Result<Made, PublishError> {
    let mut head = if let Some(head) = found {
        head
    } else {
        let body = json!({"name": new.branch, "startPoint": new.base.commit});
        let url = target.url("/branches");
        let answer = target.api.write(Method::POST, &url, Some(body)).await;
        let answer = answer.map_err(failed)?;
        if !answer.status.is_success() {
            return Ok(Made::Refused(answer));
        }
        new.base.commit.clone()
    };
    for (number, file) in patched.iter().enumerate() {
        if done.contains(&file.path) {
            continue;
        }
        let is_new = standing.get(&file.path).is_none_or(Option::is_none);
        let message = message(new.message, number, patched.len());
        let answer = edit(target, new.branch, file, &message, &head, is_new).await?;
        if answer.status != StatusCode::OK {
            // All of it or nothing: what stands of it by now is only ours.
            let _ = target.delete_branch(new.branch, &head).await;
            return Ok(Made::Refused(answer));
        }
        let commit: Value = read(&answer).map_err(failed)?;
        let made = commit["id"].as_str();
        let made =
            made.ok_or_else(|| PublishError::Unavailable("the answer names no commit".into()))?;
        made.clone_into(&mut head);
    }
    Ok(Made::Commit(head, None))
}

/// Commits one file to the branch, which stands on `head`.
async fn edit(
    target: &Target<'_>,
    branch: &str,
    file: &Patched,
    message: &str,
    head: &str,
    is_new: bool,
) -> Result<Answer, PublishError> {
    let field = |name: &str, text: &str| Part {
        name: name.into(),
        text: text.into(),
        file: false,
    };
    let mut parts = vec![
        field("content", &file.after),
        field("message", message),
        field("branch", branch),
    ];
    if !is_new {
        parts.push(field("sourceCommitId", head));
    }
    let url = target.url(&format!("/browse/{}", encode(&file.path)));
    let answer = target.api.write_form(Method::PUT, &url, parts).await;
    answer.map_err(failed)
}

/// The message of the commit with this number, counted from 0, of `all`.
fn message(whole: &str, number: usize, all: usize) -> String {
    if all == 1 {
        return whole.to_owned();
    }
    let (first, rest) = whole.split_once('\n').unwrap_or((whole, ""));
    let first = format!("{first} ({} of {all})", number + 1);
    if rest.is_empty() {
        first
    } else {
        format!("{first}\n{rest}")
    }
}

#[async_trait]
impl Files for Target<'_> {
    fn commit_url(&self, commit: Option<&str>) -> String {
        commit.map_or_else(
            || self.url(""),
            |commit| self.url(&format!("/commits/{}", part(commit))),
        )
    }

    async fn file(&self, commit: &str, path: &str) -> Result<Option<File>, PublishError> {
        let at = format!("{}?at={}", encode(path), part(commit));
        let kind = self.url(&format!("/browse/{at}&type=true"));
        let answer = self.api.get(&kind).await.map_err(failed)?;
        let Some(kind) = self.shown(answer, path)? else {
            return Ok(None);
        };
        let kind: Value = read(&kind).map_err(failed)?;
        if kind["type"] != "FILE" {
            return Ok(Some(File {
                plain: false,
                hash: String::new(),
                text: None,
            }));
        }
        let raw = self.url(&format!("/raw/{at}"));
        let text = match self.api.raw(&raw, FILE).await.map_err(failed)? {
            Some(answer) => match self.shown(answer, path)? {
                Some(answer) => String::from_utf8(answer.body.into()).ok(),
                None => return Ok(None),
            },
            None => None,
        };
        Ok(Some(File {
            plain: true,
            hash: text
                .as_deref()
                .map_or_else(String::new, |text| short_hash(text, 40)),
            text,
        }))
    }

    async fn change(&self, commit: &str) -> Result<Change, PublishError> {
        let url = self.commit_url(Some(commit));
        let answer = self.api.get(&url).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            return Err(refusal(self, &answer, "show the commit", Need::Read));
        }
        let found: Value = read(&answer).map_err(failed)?;
        let parents = found["parents"].as_array().into_iter().flatten();
        Ok(Change {
            parents: parents
                .filter_map(|one| one["id"].as_str().map(Into::into))
                .collect(),
            touched: self.touched(commit).await?,
            page: None,
        })
    }

    async fn commit(
        &self,
        new: &NewBranch<'_>,
        files: &[Patched],
        standing: &Standing,
    ) -> Result<Made, PublishError> {
        commit_all(self, new, files, standing, None, BTreeSet::new()).await
    }

    fn branch_page(&self, branch: &str, _commit: Option<&str>) -> Option<String> {
        let base = &self.api.ctx.connection.base_url;
        let (project, slug) = self.repository.split_once('/')?;
        let reference = part(&format!("refs/heads/{branch}"));
        Some(format!(
            "{base}/projects/{}/repos/{}/browse?at={reference}",
            part(project),
            part(slug)
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
        let url = self.url(&format!("/commits/{}/changes", part(commit)));
        let mut next = Some(0);
        let mut paths = BTreeSet::new();
        while let Some(start) = next.take().filter(|_| paths.len() < 10_000) {
            let answer = self.api.get(&from(&url, start)).await.map_err(failed)?;
            if answer.status != StatusCode::OK {
                return Err(refusal(self, &answer, "show the commit", Need::Read));
            }
            let (files, further) = page(&answer).map_err(failed)?;
            for file in files {
                for side in ["path", "srcPath"] {
                    paths.extend(file[side]["toString"].as_str().map(ToOwned::to_owned));
                }
            }
            next = further;
        }
        Ok(paths)
    }
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn a_commit_of_several_says_which_it_is() {
        assert_eq!(message("Fix\n\nWhy", 0, 1), "Fix\n\nWhy");
        assert_eq!(message("Fix\n\nWhy", 1, 3), "Fix (2 of 3)\n\nWhy");
        assert_eq!(message("Fix", 2, 3), "Fix (3 of 3)");
    }
}
