//! A new branch with one commit, made through the contents API, and its removal.
//!
//! Where the base's branch still stands on the base, one request makes branch and commit together. Where it went on
//! without touching the same files, the branch is made on the base first; found there again after an interruption,
//! it only lacks its commit.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use git2::{ObjectType, Oid};
use http::{Method, StatusCode};
use perch_core::outcome::{Link, StepResult, Undo};
use perch_core::patch::{Base, Patch, Patched};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use super::files::{self, Entry};
use super::refusal::refusal;
use crate::http::address::encode;
use crate::providers::gitea::api::read;
use crate::publish::{failed, refused, unfit};

/// What a token needs to push.
const PERMISSION: &str = "write:repository";

/// Creates `branch` with the patch as one commit on `base`, or finds that it stands there.
pub(super) async fn create(
    target: Target<'_>,
    branch: &str,
    base: &Base,
    message: &str,
    patch: &Patch,
) -> Result<StepResult, PublishError> {
    if base
        .branch
        .as_deref()
        .is_some_and(|name| name.contains(':'))
    {
        return Err(refused(
            "the commit is in somebody else's fork, where Perch does not push",
            "comment with the change, or copy it for the author",
        ));
    }
    is_there(target, &base.commit).await?;
    let (patched, entries) = resolve(target, &base.commit, patch).await?;
    let change = Change {
        branch,
        message,
        files: operations(&patched, &entries),
    };
    if let Some(found) = head(target, branch).await? {
        if found == base.commit {
            return change.commit(target, branch, &patched).await;
        }
        return existing(target, branch, &found, &patched).await;
    }
    let standing = stands_still(target, base, &entries).await?;
    if let Some(from) = standing {
        return change.commit(target, from, &patched).await;
    }
    let body = json!({"new_branch_name": branch, "old_ref_name": base.commit});
    let url = target.url("/branches");
    let answer = target
        .api
        .write(Method::POST, &url, Some(body))
        .await
        .map_err(failed)?;
    if answer.status != StatusCode::CREATED && answer.status != StatusCode::CONFLICT {
        let doing = format!("create branch `{branch}`");
        return Err(refusal(&target, &answer, &doing, PERMISSION));
    }
    change.commit(target, branch, &patched).await
}

/// A commit to be made.
struct Change<'a> {
    branch: &'a str,
    message: &'a str,
    /// Its files as the contents API takes them.
    files: Vec<Value>,
}

impl Change<'_> {
    /// Makes it on top of the branch `from`, as the branch it is for.
    async fn commit(
        &self,
        target: Target<'_>,
        from: &str,
        patched: &[Patched],
    ) -> Result<StepResult, PublishError> {
        let mut body = json!({"branch": from, "message": self.message, "files": self.files});
        if from != self.branch {
            body["new_branch"] = self.branch.into();
        }
        let answer = target
            .api
            .write(Method::POST, &target.url("/contents"), Some(body))
            .await
            .map_err(failed)?;
        if answer.status == StatusCode::CREATED {
            let made: Value = read(&answer).map_err(failed)?;
            let sha = made.pointer("/commit/sha").and_then(Value::as_str);
            return sha
                .map(|sha| done(target, self.branch, sha))
                .ok_or_else(|| PublishError::Unavailable("the answer names no commit".into()));
        }
        // Somebody was faster, perhaps we ourselves.
        if matches!(
            answer.status,
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY
        ) && let Some(found) = head(target, self.branch).await?
        {
            return existing(target, self.branch, &found, patched).await;
        }
        let doing = format!("commit to branch `{}`", self.branch);
        Err(refusal(&target, &answer, &doing, PERMISSION))
    }
}

/// Refused unless repository and commit can be read.
async fn is_there(target: Target<'_>, commit: &str) -> Result<(), PublishError> {
    let url = target.url(&format!("/git/commits/{commit}"));
    let answer = target.api.get(&url).await.map_err(failed)?;
    if answer.status == StatusCode::OK {
        return Ok(());
    }
    let whole = target.api.get(&target.url("")).await.map_err(failed)?;
    Err(if whole.status == StatusCode::OK {
        PublishError::Moved(format!(
            "commit {commit} is no longer in `{}`",
            target.repository
        ))
    } else {
        refusal(&target, &whole, "read the repository", "read:repository")
    })
}

/// Every file of the patch before and after, and what stands there in the base.
async fn resolve(
    target: Target<'_>,
    commit: &str,
    patch: &Patch,
) -> Result<(Vec<Patched>, BTreeMap<String, Option<Entry>>), PublishError> {
    let mut entries = BTreeMap::new();
    for file in &patch.files {
        let entry = files::entry(target, &file.path, commit).await?;
        if let Some(entry) = &entry {
            if entry.kind != "file" {
                return Err(refused(
                    format!("`{}` is a link, a folder or a submodule", file.path),
                    "make the change by hand",
                ));
            }
            if entry.text.is_none() {
                return Err(refused(
                    format!("`{}` is not text", file.path),
                    "make the change by hand",
                ));
            }
        }
        entries.insert(file.path.clone(), entry);
    }
    let files = patch
        .resolve(|path| entries.get(path)?.as_ref()?.text.clone())
        .map_err(|error| unfit(&error))?;
    if files.is_empty() {
        return Err(refused(
            "no change is left to commit",
            "choose at least one place of the patch",
        ));
    }
    Ok((files, entries))
}

/// The files as the contents API takes them. An update names what it replaces, and keeps the mode.
fn operations(patched: &[Patched], entries: &BTreeMap<String, Option<Entry>>) -> Vec<Value> {
    patched
        .iter()
        .map(|file| {
            let content = STANDARD.encode(&file.after);
            match entries.get(&file.path).and_then(Option::as_ref) {
                Some(entry) => json!({
                    "operation": "update",
                    "path": file.path,
                    "sha": entry.sha,
                    "content": content,
                }),
                None => json!({"operation": "create", "path": file.path, "content": content}),
            }
        })
        .collect()
}

/// The base's branch if it stands on the base. Moved if it went on and one of the files changed on it.
async fn stands_still<'a>(
    target: Target<'_>,
    base: &'a Base,
    entries: &BTreeMap<String, Option<Entry>>,
) -> Result<Option<&'a str>, PublishError> {
    let Some(branch) = &base.branch else {
        return Ok(None);
    };
    let Some(now) = head(target, branch).await? else {
        return Err(PublishError::Moved(format!(
            "branch `{branch}` is gone; refresh the suggestion"
        )));
    };
    if now == base.commit {
        return Ok(Some(branch));
    }
    for (path, entry) in entries {
        let there = files::entry(target, path, &now).await?;
        if there.map(|entry| entry.sha) != entry.as_ref().map(|entry| entry.sha.clone()) {
            return Err(PublishError::Moved(format!(
                "`{path}` changed on `{branch}` since; refresh the suggestion"
            )));
        }
    }
    Ok(None)
}

/// The commit `branch` stands on.
async fn head(target: Target<'_>, branch: &str) -> Result<Option<String>, PublishError> {
    let url = target.url(&format!("/branches/{}", encode(branch)));
    let answer = target.api.get(&url).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => {
            let found: Value = read(&answer).map_err(failed)?;
            let sha = found.pointer("/commit/id").and_then(Value::as_str);
            Ok(sha.map(Into::into))
        }
        StatusCode::NOT_FOUND => Ok(None),
        _ => {
            let doing = format!("look up branch `{branch}`");
            Err(refusal(&target, &answer, &doing, "read:repository"))
        }
    }
}

/// A branch that stands there already is ours if its commit is this very change.
async fn existing(
    target: Target<'_>,
    branch: &str,
    found: &str,
    patched: &[Patched],
) -> Result<StepResult, PublishError> {
    let url = target.url(&format!("/git/commits/{found}"));
    let answer = target.api.get(&url).await.map_err(failed)?;
    let commit: Value = read(&answer).map_err(failed)?;
    let touched: BTreeSet<&str> = commit["files"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| file["filename"].as_str())
        .collect();
    let wanted: BTreeSet<&str> = patched.iter().map(|file| file.path.as_str()).collect();
    let mut same = commit["parents"].as_array().map_or(0, Vec::len) == 1 && touched == wanted;
    for file in patched {
        if !same {
            break;
        }
        let hash = Oid::hash_object(ObjectType::Blob, file.after.as_bytes());
        let hash = hash.map_or_else(|_| String::new(), |hash| hash.to_string());
        let there = files::entry(target, &file.path, found).await?;
        same = there.is_some_and(|entry| entry.sha == hash);
    }
    if same {
        return Ok(done(target, branch, found));
    }
    Err(refused(
        format!("branch `{branch}` exists and holds something else"),
        "delete it on the server, or refresh the suggestion",
    ))
}

fn done(target: Target<'_>, branch: &str, commit: &str) -> StepResult {
    let base = &target.api.ctx.connection.base_url;
    let url = format!(
        "{base}/{}/src/branch/{}",
        encode(target.repository),
        encode(branch)
    );
    let link = Link {
        text: branch.into(),
        url,
    };
    StepResult {
        summary: format!("created branch `{branch}`"),
        links: [link]
            .into_iter()
            .filter(|link| link.url.starts_with("https://"))
            .collect(),
        undo: Some(Undo::DeleteBranch {
            branch: branch.into(),
            commit: commit.into(),
        }),
    }
}

/// Deletes `branch` if it still stands on `commit`.
pub(super) async fn delete(
    target: Target<'_>,
    branch: &str,
    commit: &str,
) -> Result<String, PublishError> {
    match head(target, branch).await? {
        None => return Ok(format!("branch `{branch}` was gone already")),
        Some(found) if found != commit => {
            return Err(refused(
                format!("branch `{branch}` has been pushed to since"),
                "delete it on the server if nothing on it is wanted",
            ));
        }
        Some(_) => {}
    }
    let url = target.url(&format!("/branches/{}", encode(branch)));
    let answer = target
        .api
        .write(Method::DELETE, &url, None)
        .await
        .map_err(failed)?;
    match answer.status {
        StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(format!("deleted branch `{branch}`")),
        _ => {
            let doing = format!("delete branch `{branch}`");
            Err(refusal(&target, &answer, &doing, PERMISSION))
        }
    }
}
