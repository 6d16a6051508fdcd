//! A new branch with one commit of several files, made by one request, and its removal.
//!
//! The request makes branch and commit together or neither, so what an interrupted attempt can leave behind is the
//! whole branch; it is recognized by its parent and by what its files hold.
//!
//! Source: docs.gitlab.com/api/commits, "Create a commit with multiple files and actions".

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use perch_core::outcome::{Link, StepResult, Undo};
use perch_core::patch::{Base, Patch, Patched};
use perch_core::seam::publisher::PublishError;
use serde_json::{Value, json};

use super::Target;
use super::files::{self, File};
use super::refusal::refusal;
use crate::http::address::part;
use crate::providers::gitlab::api::read;
use crate::publish::{failed, refused, unfit};

/// The files a patch touches, as they stand at its base.
type Files = BTreeMap<String, Option<File>>;

/// Creates `branch` with the patch as one commit on `base`, or finds that it stands there.
pub(super) async fn create(
    target: &Target<'_>,
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
    stands(target, base).await?;
    let (patched, files) = resolve(target, base, patch).await?;
    if let Some(found) = head(target, branch).await? {
        return existing(target, branch, base, &found, &patched).await;
    }
    stands_still(target, base, &files).await?;
    let actions: Vec<Value> = patched
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
        "branch": branch,
        "start_sha": base.commit,
        "commit_message": message,
        "actions": actions,
    });
    let url = target.url("/repository/commits");
    let answer = target
        .api
        .write(Method::POST, &url, Some(body))
        .await
        .map_err(failed)?;
    if answer.status == StatusCode::CREATED {
        let made: Value = read(&answer).map_err(failed)?;
        let commit = made["id"]
            .as_str()
            .ok_or_else(|| PublishError::Unavailable("GitLab's answer names no hash".into()))?;
        return Ok(done(branch, commit, made["web_url"].as_str()));
    }
    if let Some(found) = head(target, branch).await? {
        return existing(target, branch, base, &found, &patched).await;
    }
    let doing = format!("create branch `{branch}`");
    Err(refusal(target, &answer, &doing))
}

/// Moved if the base's commit is no longer there.
async fn stands(target: &Target<'_>, base: &Base) -> Result<(), PublishError> {
    let rest = format!("/repository/commits/{}", part(&base.commit));
    let answer = target.api.get(&target.url(&rest)).await.map_err(failed)?;
    if answer.status == StatusCode::OK {
        return Ok(());
    }
    let whole = target.api.get(&target.url("")).await.map_err(failed)?;
    Err(if whole.status == StatusCode::OK {
        PublishError::Moved(format!(
            "commit {} is no longer in `{}`; refresh the suggestion",
            base.commit, target.subject.repository
        ))
    } else {
        refusal(target, &whole, "show the project")
    })
}

/// Every file of the patch before and after, and how it stands in the base.
async fn resolve(
    target: &Target<'_>,
    base: &Base,
    patch: &Patch,
) -> Result<(Vec<Patched>, Files), PublishError> {
    let paths = patch.files.iter().map(|file| file.path.as_str());
    let modes = files::modes(target, &base.commit, paths).await?;
    let mut found = Files::new();
    let mut texts = BTreeMap::new();
    for path in patch.files.iter().map(|file| &file.path) {
        if modes.get(path).is_some_and(|mode| !mode.starts_with("100")) {
            return Err(refused(
                format!("`{path}` is a link, a folder or a submodule"),
                "make the change by hand",
            ));
        }
        let file = files::file(target, &base.commit, path).await?;
        if let Some(file) = &file {
            let Some(text) = &file.text else {
                return Err(refused(
                    format!("`{path}` is not text"),
                    "make the change by hand",
                ));
            };
            texts.insert(path.clone(), text.clone());
        }
        found.insert(path.clone(), file);
    }
    let patched = patch
        .resolve(|path| texts.get(path).cloned())
        .map_err(|error| unfit(&error))?;
    if patched.is_empty() {
        return Err(refused(
            "no change is left to commit",
            "choose at least one place of the patch",
        ));
    }
    Ok((patched, found))
}

/// Moved if the base's branch went on and one of the files changed on it.
async fn stands_still(target: &Target<'_>, base: &Base, files: &Files) -> Result<(), PublishError> {
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
    for (path, file) in files {
        if files::file(target, &now, path).await? != *file {
            return Err(PublishError::Moved(format!(
                "`{path}` changed on `{branch}` since; refresh the suggestion"
            )));
        }
    }
    Ok(())
}

/// The commit `branch` stands on.
async fn head(target: &Target<'_>, branch: &str) -> Result<Option<String>, PublishError> {
    let rest = format!("/repository/branches/{}", part(branch));
    let answer = target.api.get(&target.url(&rest)).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => {
            let found: Value = read(&answer).map_err(failed)?;
            let sha = found.pointer("/commit/id").and_then(Value::as_str);
            Ok(sha.map(Into::into))
        }
        StatusCode::NOT_FOUND => Ok(None),
        _ => {
            let doing = format!("look up branch `{branch}`");
            Err(refusal(target, &answer, &doing))
        }
    }
}

/// A branch that stands there already is ours if its commit is this very change on this base.
async fn existing(
    target: &Target<'_>,
    branch: &str,
    base: &Base,
    found: &str,
    patched: &[Patched],
) -> Result<StepResult, PublishError> {
    let rest = format!("/repository/commits/{found}");
    let answer = target.api.get(&target.url(&rest)).await.map_err(failed)?;
    let commit: Value = read(&answer).map_err(failed)?;
    let mut same = commit["parent_ids"] == json!([base.commit]);
    if same {
        same =
            touched(target, found).await? == patched.iter().map(|file| file.path.clone()).collect();
    }
    for file in patched {
        if !same {
            break;
        }
        let there = files::file(target, found, &file.path).await?;
        same = there.and_then(|there| there.text).as_deref() == Some(&file.after);
    }
    if same {
        return Ok(done(branch, found, commit["web_url"].as_str()));
    }
    Err(refused(
        format!("branch `{branch}` exists and holds something else"),
        "delete it on GitLab, or refresh the suggestion",
    ))
}

/// The paths a commit changes.
async fn touched(target: &Target<'_>, commit: &str) -> Result<BTreeSet<String>, PublishError> {
    let mut next = Some(target.url(&format!("/repository/commits/{commit}/diff?per_page=100")));
    let mut paths = BTreeSet::new();
    while let Some(url) = next.take().filter(|_| paths.len() < 10_000) {
        let answer = target.api.get(&url).await.map_err(failed)?;
        if answer.status != StatusCode::OK {
            return Err(refusal(target, &answer, "show the commit"));
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

fn done(branch: &str, commit: &str, page: Option<&str>) -> StepResult {
    // The project's page stands before what marks the end of its path.
    let project = page
        .filter(|page| page.starts_with("https://"))
        .and_then(|page| page.split_once("/-/"))
        .map(|(project, _)| project);
    let links = project.map(|project| Link {
        text: branch.into(),
        url: format!("{project}/-/tree/{}", crate::http::address::encode(branch)),
    });
    StepResult {
        summary: format!("created branch `{branch}`"),
        links: links.into_iter().collect(),
        undo: Some(Undo::DeleteBranch {
            branch: branch.into(),
            commit: commit.into(),
        }),
    }
}

/// Deletes `branch` if it still stands on `commit`.
pub(super) async fn delete(
    target: &Target<'_>,
    branch: &str,
    commit: &str,
) -> Result<String, PublishError> {
    match head(target, branch).await? {
        None => return Ok(format!("branch `{branch}` was gone already")),
        Some(found) if found != commit => {
            return Err(refused(
                format!("branch `{branch}` has been pushed to since"),
                "delete it on GitLab if nothing on it is wanted",
            ));
        }
        Some(_) => {}
    }
    let url = target.url(&format!("/repository/branches/{}", part(branch)));
    let answer = target
        .api
        .write(Method::DELETE, &url, None)
        .await
        .map_err(failed)?;
    match answer.status {
        StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(format!("deleted branch `{branch}`")),
        _ => {
            let doing = format!("delete branch `{branch}`");
            Err(refusal(target, &answer, &doing))
        }
    }
}
