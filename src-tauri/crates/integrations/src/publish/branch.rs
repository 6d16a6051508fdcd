//! A new branch with one commit, and its removal: what goes before the commit and what an earlier attempt left.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use http::StatusCode;
use perch_core::outcome::{StepResult, Undo};
use perch_core::patch::{Base, Patch, Patched};
use perch_core::seam::publisher::PublishError;

use super::forge::{Forge, Need, NewBranch, refusal};
use super::{failed, link, refused, unfit};
use crate::http::Answer;

/// A file as it stands at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// False for a link, a folder or a submodule.
    pub(crate) plain: bool,
    /// What tells its content from others, as the forge has it.
    pub(crate) hash: String,
    /// Its text; absent when it is not text.
    pub(crate) text: Option<String>,
}

/// The files a patch touches, as they stand at its base.
pub(crate) type Standing = BTreeMap<String, Option<File>>;

/// A forge that shows files one by one, and makes a branch of a commit at once.
#[async_trait]
pub(crate) trait Files: Forge {
    /// The address of the repository, and of a commit in it.
    fn commit_url(&self, commit: Option<&str>) -> String;

    /// Those of `paths` that are no plain files at `commit`, where [`Files::file`] cannot tell.
    async fn others(
        &self,
        _commit: &str,
        _paths: &[&str],
    ) -> Result<BTreeSet<String>, PublishError> {
        Ok(BTreeSet::new())
    }

    /// The file at `path` at `commit`; nothing if there is none.
    async fn file(&self, commit: &str, path: &str) -> Result<Option<File>, PublishError>;

    /// What a commit is.
    async fn change(&self, commit: &str) -> Result<Change, PublishError>;

    /// True if a commit with these parents may be what an earlier attempt made on `base`.
    fn stands_on(&self, parents: &[String], base: &str) -> bool {
        parents == [base]
    }

    /// Makes the branch with its commit.
    async fn commit(
        &self,
        new: &NewBranch<'_>,
        files: &[Patched],
        standing: &Standing,
    ) -> Result<Made, PublishError>;

    /// The page of a branch, which may follow from that of a commit.
    fn branch_page(&self, branch: &str, commit: Option<&str>) -> Option<String>;
}

/// A commit as far as publishing reads it.
pub(crate) struct Change {
    /// Its parents.
    pub(crate) parents: Vec<String>,
    /// The paths it changes.
    pub(crate) touched: BTreeSet<String>,
    /// Its page.
    pub(crate) page: Option<String>,
}

/// What came of making a branch.
pub(crate) enum Made {
    /// It stands on this commit, whose page may be known.
    Commit(String, Option<String>),
    /// It was refused.
    Refused(Answer),
}

/// Creates a branch with the patch as one commit on its base, or finds that it stands there.
pub(crate) async fn create(
    forge: &impl Files,
    new: &NewBranch<'_>,
) -> Result<StepResult, PublishError> {
    stands(forge, &new.base.commit).await?;
    let (patched, files) = resolve(forge, &new.base.commit, new.patch).await?;
    if let Some(found) = forge.head(new.branch).await? {
        return existing(forge, new, &found, &patched).await;
    }
    stands_still(forge, new.base, &files).await?;
    match forge.commit(new, &patched, &files).await? {
        Made::Commit(commit, page) => {
            let page = forge.branch_page(new.branch, page.as_deref());
            Ok(created(new.branch, &commit, page.as_deref()))
        }
        Made::Refused(answer) => {
            if let Some(found) = forge.head(new.branch).await? {
                return existing(forge, new, &found, &patched).await;
            }
            let doing = format!("create branch `{}`", new.branch);
            Err(refusal(forge, &answer, &doing, Need::Push))
        }
    }
}

/// Refused unless repository and commit can be read.
pub(crate) async fn stands(forge: &impl Files, commit: &str) -> Result<(), PublishError> {
    let api = forge.api();
    let answer = api.get(&forge.commit_url(Some(commit))).await;
    if answer.map_err(failed)?.status == StatusCode::OK {
        return Ok(());
    }
    let whole = api.get(&forge.commit_url(None)).await.map_err(failed)?;
    Err(if whole.status == StatusCode::OK {
        PublishError::Moved(format!(
            "commit {commit} is no longer in `{}`; refresh the suggestion",
            forge.repository()
        ))
    } else {
        let doing = format!("read the {}", forge.words().home);
        refusal(forge, &whole, &doing, Need::Read)
    })
}

/// Every file of the patch before and after, and how it stands in the base.
pub(crate) async fn resolve(
    forge: &impl Files,
    commit: &str,
    patch: &Patch,
) -> Result<(Vec<Patched>, Standing), PublishError> {
    let mut standing = Standing::new();
    let paths: Vec<&str> = patch.files.iter().map(|file| file.path.as_str()).collect();
    let others = forge.others(commit, &paths).await?;
    for path in paths {
        let linked = || {
            refused(
                format!("`{path}` is a link, a folder or a submodule"),
                "make the change by hand",
            )
        };
        if others.contains(path) {
            return Err(linked());
        }
        let file = forge.file(commit, path).await?;
        match &file {
            Some(file) if !file.plain => return Err(linked()),
            Some(file) if file.text.is_none() => {
                let reason = format!("`{path}` is not text");
                return Err(refused(reason, "make the change by hand"));
            }
            _ => {}
        }
        standing.insert(path.to_owned(), file);
    }
    let patched = patch
        .resolve(|path| standing.get(path)?.as_ref()?.text.clone())
        .map_err(|error| unfit(&error))?;
    if patched.is_empty() {
        return Err(refused(
            "no change is left to commit",
            "choose at least one place of the patch",
        ));
    }
    Ok((patched, standing))
}

/// Moved if the base's branch went on and one of the files changed on it. True if it stands on the base.
pub(crate) async fn stands_still(
    forge: &impl Files,
    base: &Base,
    files: &Standing,
) -> Result<bool, PublishError> {
    let Some(branch) = &base.branch else {
        return Ok(false);
    };
    let Some(now) = forge.head(branch).await? else {
        return Err(PublishError::Moved(format!(
            "branch `{branch}` is gone; refresh the suggestion"
        )));
    };
    if now == base.commit {
        return Ok(true);
    }
    for (path, file) in files {
        let there = forge.file(&now, path).await?;
        if there.map(|file| file.hash) != file.as_ref().map(|file| file.hash.clone()) {
            return Err(PublishError::Moved(format!(
                "`{path}` changed on `{branch}` since; refresh the suggestion"
            )));
        }
    }
    Ok(false)
}

/// A branch that stands there already is ours if its commit is this very change.
pub(crate) async fn existing(
    forge: &impl Files,
    new: &NewBranch<'_>,
    found: &str,
    patched: &[Patched],
) -> Result<StepResult, PublishError> {
    let change = forge.change(found).await?;
    let wanted: BTreeSet<String> = patched.iter().map(|file| file.path.clone()).collect();
    let mut same = forge.stands_on(&change.parents, &new.base.commit) && change.touched == wanted;
    for file in patched {
        if !same {
            break;
        }
        let there = forge.file(found, &file.path).await?;
        same = there.and_then(|there| there.text).as_deref() == Some(&file.after);
    }
    if same {
        let page = forge.branch_page(new.branch, change.page.as_deref());
        return Ok(created(new.branch, found, page.as_deref()));
    }
    Err(holds_something_else(forge, new.branch))
}

pub(crate) fn holds_something_else(forge: &impl Forge, branch: &str) -> PublishError {
    refused(
        format!("branch `{branch}` exists and holds something else"),
        format!(
            "delete it on {}, or refresh the suggestion",
            forge.words().name
        ),
    )
}

pub(crate) fn created(branch: &str, commit: &str, page: Option<&str>) -> StepResult {
    StepResult {
        summary: format!("created branch `{branch}`"),
        links: link(branch, page),
        undo: Some(Undo::DeleteBranch {
            branch: branch.into(),
            commit: commit.into(),
        }),
    }
}

/// Deletes `branch` if it still stands on `commit`.
pub(super) async fn delete(
    forge: &impl Forge,
    branch: &str,
    commit: &str,
) -> Result<String, PublishError> {
    match forge.head(branch).await? {
        None => return Ok(format!("branch `{branch}` was gone already")),
        Some(found) if found != commit => {
            return Err(refused(
                format!("branch `{branch}` has been pushed to since"),
                format!(
                    "delete it on {} if nothing on it is wanted",
                    forge.words().name
                ),
            ));
        }
        Some(_) => {}
    }
    let answer = forge.delete_branch(branch, commit).await.map_err(failed)?;
    let gone = answer.status.is_success()
        || answer.status == StatusCode::NOT_FOUND
        || (answer.status == StatusCode::UNPROCESSABLE_ENTITY
            && forge.head(branch).await?.is_none());
    if gone {
        return Ok(format!("deleted branch `{branch}`"));
    }
    let doing = format!("delete branch `{branch}`");
    Err(refusal(forge, &answer, &doing, Need::Push))
}
