//! A new branch with one commit, made through the git data API.
//!
//! Trees are named by their content, so making one twice changes nothing; a commit no branch points at is
//! swept up by GitHub. Only the reference is an effect, and GitHub makes it once or says that it exists.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use perch_core::outcome::StepResult;
use perch_core::patch::{Base, Patch, Patched};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use super::tree::{Entry, Tree};
use crate::http::address::encode;
use crate::providers::github::api::read;
use crate::publish::{
    Forge, Need, NewBranch, created, failed, holds_something_else, refusal, refused, unfit,
};

/// Creates a branch with the patch as one commit on its base, or finds that it stands there.
pub(super) async fn create(
    target: Target<'_>,
    new: &NewBranch<'_>,
) -> Result<StepResult, PublishError> {
    let NewBranch {
        branch,
        base,
        message,
        patch,
    } = *new;
    let mut tree = Tree::of(target, &base.commit).await?;
    let (files, entries) = resolve(&mut tree, patch).await?;
    if let Some(found) = target.head(branch).await? {
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
        && let Some(found) = target.head(branch).await?
    {
        return existing(target, branch, base, &found, &made).await;
    }
    let doing = format!("create branch `{branch}`");
    Err(refusal(&target, &answer, &doing, Need::Push))
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
    let Some(now) = target.head(branch).await? else {
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
    Err(holds_something_else(&target, branch))
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
        return Err(refusal(&target, &answer, doing, Need::Push));
    }
    let made: Value = read(&answer).map_err(failed)?;
    made["sha"]
        .as_str()
        .map(Into::into)
        .ok_or_else(|| PublishError::Unavailable("GitHub's answer names no hash".into()))
}

fn done(target: Target<'_>, branch: &str, commit: &str) -> StepResult {
    // Only github.com's pages can be told from the API's address.
    let public = target.api.ctx.connection.base_url == "https://api.github.com";
    let page = public.then(|| {
        let repository = encode(target.repository);
        format!("https://github.com/{repository}/tree/{}", encode(branch))
    });
    created(branch, commit, page.as_deref())
}
