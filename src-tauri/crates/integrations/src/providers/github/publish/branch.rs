//! A new branch with one commit, made through the git data API, and its removal.
//!
//! Trees are named by their content, so making one twice changes nothing; a commit no branch points at is
//! swept up by GitHub. Only the reference is an effect, and GitHub makes it once or says that it exists.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use perch_core::outcome::{Link, StepResult, Undo};
use perch_core::patch::{Base, Patch, Patched};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use super::refusal::refusal;
use super::tree::{Entry, Tree};
use crate::http::address::{encode, part};
use crate::providers::github::api::read;
use crate::publish::{failed, refused, unfit};

/// What a token needs to push.
const PERMISSION: &str = "Contents: write";

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
    let mut tree = Tree::of(target, &base.commit).await?;
    let (files, entries) = resolve(&mut tree, patch).await?;
    if let Some(found) = head(target, branch).await? {
        let wanted = make_tree(target, &tree.root, &files, &entries).await?;
        return existing(target, branch, base, &found, &wanted).await;
    }
    stands_still(target, base, &entries).await?;
    let made = make_tree(target, &tree.root, &files, &entries).await?;
    let commit = make_commit(target, message, &made, &base.commit).await?;
    let body = json!({"ref": format!("refs/heads/{branch}"), "sha": commit});
    let answer = target
        .api
        .write(Method::POST, &target.url("/git/refs"), Some(body))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        return Ok(done(target, branch, &commit));
    }
    if answer.status == StatusCode::UNPROCESSABLE_ENTITY
        && let Some(found) = head(target, branch).await?
    {
        return existing(target, branch, base, &found, &made).await;
    }
    let doing = format!("create branch `{branch}`");
    Err(refusal(&target, &answer, &doing, PERMISSION))
}

/// Every file of the patch before and after, and its entry in the base.
async fn resolve(
    tree: &mut Tree<'_>,
    patch: &Patch,
) -> Result<(Vec<Patched>, BTreeMap<String, Option<Entry>>), PublishError> {
    let mut texts = BTreeMap::new();
    let mut entries = BTreeMap::new();
    for file in &patch.files {
        let entry = tree.entry(&file.path).await?;
        if let Some(entry) = &entry {
            if !entry.mode.starts_with("100") {
                return Err(refused(
                    format!("`{}` is a link, a folder or a submodule", file.path),
                    "make the change by hand",
                ));
            }
            let Some(text) = tree.text(entry).await? else {
                return Err(refused(
                    format!("`{}` is not text", file.path),
                    "make the change by hand",
                ));
            };
            texts.insert(file.path.clone(), text);
        }
        entries.insert(file.path.clone(), entry);
    }
    let files = patch
        .resolve(|path| texts.get(path).cloned())
        .map_err(|error| unfit(&error))?;
    if files.is_empty() {
        return Err(refused(
            "no change is left to commit",
            "choose at least one place of the patch",
        ));
    }
    Ok((files, entries))
}

/// Moved if the base's branch went on and one of the files changed on it.
async fn stands_still(
    target: Target<'_>,
    base: &Base,
    entries: &BTreeMap<String, Option<Entry>>,
) -> Result<(), PublishError> {
    let Some(branch) = &base.branch else {
        return Ok(());
    };
    let Some(now) = head(target, branch).await? else {
        return Err(PublishError::Moved(format!(
            "branch `{branch}` is gone; refresh the suggestion"
        )));
    };
    if now == base.commit {
        return Ok(());
    }
    let mut tree = Tree::of(target, &now).await?;
    for (path, entry) in entries {
        if tree.entry(path).await? != *entry {
            return Err(PublishError::Moved(format!(
                "`{path}` changed on `{branch}` since; refresh the suggestion"
            )));
        }
    }
    Ok(())
}

/// The commit `branch` stands on.
async fn head(target: Target<'_>, branch: &str) -> Result<Option<String>, PublishError> {
    let url = target.url(&format!("/git/ref/heads%2F{}", part(branch)));
    let answer = target.api.get(&url).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => {
            let found: Value = read(&answer).map_err(failed)?;
            let sha = found.pointer("/object/sha").and_then(Value::as_str);
            Ok(sha.map(Into::into))
        }
        StatusCode::NOT_FOUND => Ok(None),
        _ => {
            let doing = format!("look up branch `{branch}`");
            Err(refusal(&target, &answer, &doing, "Contents: read"))
        }
    }
}

/// A branch that stands there already is ours if its commit is this very change on this base.
async fn existing(
    target: Target<'_>,
    branch: &str,
    base: &Base,
    found: &str,
    wanted: &str,
) -> Result<StepResult, PublishError> {
    let url = target.url(&format!("/git/commits/{found}"));
    let answer = target.api.get(&url).await.map_err(failed)?;
    let commit: Value = read(&answer).map_err(failed)?;
    let parents = commit["parents"].as_array().map_or(0, Vec::len);
    let same = commit.pointer("/tree/sha").and_then(Value::as_str) == Some(wanted)
        && parents == 1
        && commit.pointer("/parents/0/sha").and_then(Value::as_str) == Some(&base.commit);
    if same {
        return Ok(done(target, branch, found));
    }
    Err(refused(
        format!("branch `{branch}` exists and holds something else"),
        "delete it on GitHub, or refresh the suggestion",
    ))
}

async fn make_tree(
    target: Target<'_>,
    root: &str,
    files: &[Patched],
    entries: &BTreeMap<String, Option<Entry>>,
) -> Result<String, PublishError> {
    let tree: Vec<Value> = files
        .iter()
        .map(|file| {
            let mode = entries
                .get(&file.path)
                .and_then(Option::as_ref)
                .map_or("100644", |entry| entry.mode.as_str());
            json!({"path": file.path, "mode": mode, "type": "blob", "content": file.after})
        })
        .collect();
    let body = json!({"base_tree": root, "tree": tree});
    made(target, "/git/trees", body, "store the changed files").await
}

async fn make_commit(
    target: Target<'_>,
    message: &str,
    tree: &str,
    parent: &str,
) -> Result<String, PublishError> {
    // Without an author GitHub takes the token's user, and signs where it can.
    let body = json!({"message": message, "tree": tree, "parents": [parent]});
    made(target, "/git/commits", body, "store the commit").await
}

async fn made(
    target: Target<'_>,
    rest: &str,
    body: Value,
    doing: &str,
) -> Result<String, PublishError> {
    let answer = target
        .api
        .write(Method::POST, &target.url(rest), Some(body))
        .await
        .map_err(failed)?;
    if answer.status != StatusCode::CREATED {
        return Err(refusal(&target, &answer, doing, PERMISSION));
    }
    let made: Value = read(&answer).map_err(failed)?;
    made["sha"]
        .as_str()
        .map(Into::into)
        .ok_or_else(|| PublishError::Unavailable("GitHub's answer names no hash".into()))
}

fn done(target: Target<'_>, branch: &str, commit: &str) -> StepResult {
    StepResult {
        summary: format!("created branch `{branch}`"),
        links: link(target, branch),
        undo: Some(Undo::DeleteBranch {
            branch: branch.into(),
            commit: commit.into(),
        }),
    }
}

/// The branch's page. Only github.com's pages can be told from the API's address.
fn link(target: Target<'_>, branch: &str) -> Vec<Link> {
    if target.api.ctx.connection.base_url != "https://api.github.com" {
        return Vec::new();
    }
    vec![Link {
        text: branch.into(),
        url: format!(
            "https://github.com/{}/tree/{}",
            encode(target.repository),
            encode(branch)
        ),
    }]
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
                "delete it on GitHub if nothing on it is wanted",
            ));
        }
        Some(_) => {}
    }
    let url = target.url(&format!("/git/refs/heads%2F{}", part(branch)));
    let answer = target
        .api
        .write(Method::DELETE, &url, None)
        .await
        .map_err(failed)?;
    let gone = matches!(
        answer.status,
        StatusCode::NO_CONTENT | StatusCode::NOT_FOUND
    ) || (answer.status == StatusCode::UNPROCESSABLE_ENTITY
        && head(target, branch).await?.is_none());
    if gone {
        return Ok(format!("deleted branch `{branch}`"));
    }
    let doing = format!("delete branch `{branch}`");
    Err(refusal(&target, &answer, &doing, PERMISSION))
}
