//! A commit on a new branch, made from objects and a reference alone.
//!
//! Neither the working tree, nor the index, nor `HEAD` is touched.

use git2::build::TreeUpdateBuilder;
use git2::{ErrorCode, FileMode, Oid, Reference, Tree};
use jiff::Timestamp;
use perch_core::outcome::{StepResult, Undo};
use perch_core::patch::{Base, Patch, Patched};
use perch_core::seam::publisher::PublishError;

use super::super::folder::Folder;
use super::texts::{self, Text};
use super::{commit, fault, refused, unfit};

const EXECUTABLE: i32 = 0o100_755;

/// Makes `branch` with one commit that is `patch` on top of `base`, or finds that it is there.
pub(super) fn create(
    folder: &Folder,
    branch: &str,
    base: &Base,
    message: &str,
    patch: &Patch,
    now: Timestamp,
) -> Result<StepResult, PublishError> {
    let git = &folder.git;
    let reference = format!("refs/heads/{branch}");
    if !Reference::is_valid_name(&reference) || branch.starts_with('-') {
        return Err(refused(
            format!("`{branch}` is no name for a branch"),
            "choose another name",
        ));
    }
    if patch.files.is_empty() {
        return Err(refused(
            "every change was left out",
            "keep at least one of them",
        ));
    }
    let touched = patch.files.iter().map(|file| file.path.as_str());
    if let Some(path) = touched
        .clone()
        .find(|path| base.dirty.iter().any(|dirty| dirty == path))
    {
        return Err(refused(
            format!("`{path}` has uncommitted changes, so the fix does not fit the commit"),
            "choose \"Apply to the working tree\", or commit first",
        ));
    }
    let parent = texts::commit(git, base)?;
    let tree = parent.tree().map_err(fault)?;
    let files = resolve(folder, &tree, patch)?;
    let changed = updated(folder, &tree, &files)?;
    if let Ok(existing) = git.find_reference(&reference) {
        let found = existing.peel_to_commit().map_err(fault)?;
        let same = found.tree_id() == changed && found.parent_ids().eq([parent.id()]);
        return if same {
            Ok(created(branch, found.id()))
        } else {
            Err(refused(
                format!("branch `{branch}` exists and holds something else"),
                "rename or delete it, then accept again",
            ))
        };
    }
    if let Some(name) = &base.branch {
        unmoved(folder, name, &tree, touched)?;
    }
    let made = commit::make(folder, &parent, changed, message, now)?;
    match git.reference(&reference, made, false, "branch: Created by Perch") {
        Ok(_) => Ok(created(branch, made)),
        Err(error) if error.code() == ErrorCode::Locked => Err(PublishError::Unavailable(format!(
            "branch `{branch}` is locked by another git command"
        ))),
        Err(error) => Err(refused(
            format!("branch `{branch}` cannot be made: {}", error.message()),
            "see whether a branch of a similar name is in its way",
        )),
    }
}

fn created(branch: &str, commit: Oid) -> StepResult {
    let commit = commit.to_string();
    StepResult {
        summary: format!("created branch `{branch}` with commit {}", &commit[..7]),
        links: Vec::new(),
        undo: Some(Undo::DeleteBranch {
            branch: branch.into(),
            commit,
        }),
    }
}

fn resolve(folder: &Folder, tree: &Tree<'_>, patch: &Patch) -> Result<Vec<Patched>, PublishError> {
    let mut fault = None;
    let resolved = patch.resolve(|path| match texts::committed(&folder.git, tree, path) {
        Ok(text) => text.as_str().map(Into::into),
        Err(error) => {
            fault.get_or_insert(error);
            None
        }
    });
    match (fault, resolved) {
        (Some(fault), _) => Err(fault),
        (None, resolved) => resolved.map_err(|error| unfit(&error)),
    }
}

/// The tree with the files changed; a changed file keeps its mode.
fn updated(folder: &Folder, tree: &Tree<'_>, files: &[Patched]) -> Result<Oid, PublishError> {
    let mut update = TreeUpdateBuilder::new();
    for file in files {
        let mode = match tree.get_path(std::path::Path::new(&file.path)) {
            Ok(entry) if entry.filemode() == EXECUTABLE => FileMode::BlobExecutable,
            _ => FileMode::Blob,
        };
        let blob = folder.git.blob(file.after.as_bytes()).map_err(fault)?;
        update.upsert(file.path.as_str(), blob, mode);
    }
    update.create_updated(&folder.git, tree).map_err(fault)
}

/// Refuses when the branch moved on and changed a file the patch touches.
fn unmoved<'a>(
    folder: &Folder,
    branch: &str,
    tree: &Tree<'_>,
    touched: impl Iterator<Item = &'a str>,
) -> Result<(), PublishError> {
    let git = &folder.git;
    let Ok(tip) = git.find_reference(&format!("refs/heads/{branch}")) else {
        return Ok(());
    };
    let now = tip.peel_to_tree().map_err(fault)?;
    let text =
        |tree: &Tree<'_>, path: &str| -> Option<Text> { texts::committed(git, tree, path).ok() };
    for path in touched {
        if text(&now, path) != text(tree, path) {
            return Err(PublishError::Moved(format!(
                "`{branch}` has moved on and changed `{path}`"
            )));
        }
    }
    Ok(())
}

/// Deletes `branch` if it still stands on `commit` and is checked out nowhere.
pub(super) fn delete(folder: &Folder, branch: &str, commit: &str) -> Result<String, PublishError> {
    let name = format!("refs/heads/{branch}");
    let mut reference = match folder.git.find_reference(&name) {
        Ok(reference) => reference,
        Err(error) if error.code() == ErrorCode::NotFound => {
            return Ok(format!("branch `{branch}` is gone already"));
        }
        Err(error) => return Err(fault(error)),
    };
    if reference.target().map(|tip| tip.to_string()).as_deref() != Some(commit) {
        return Err(refused(
            format!("branch `{branch}` has other commits by now"),
            format!("delete it yourself with `git branch -D {branch}` if you want none of them"),
        ));
    }
    if is_checked_out(folder, &name) {
        return Err(refused(
            format!("branch `{branch}` is checked out"),
            "switch to another branch first",
        ));
    }
    reference.delete().map_err(fault)?;
    Ok(format!("deleted branch `{branch}`"))
}

/// True when `HEAD` of the repository or of one of its linked working trees is this reference.
fn is_checked_out(folder: &Folder, reference: &str) -> bool {
    let common = folder.git.commondir();
    let linked = std::fs::read_dir(common.join("worktrees"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let expected = format!("ref: {reference}");
    linked
        .chain([common.to_path_buf()])
        .filter_map(|place| std::fs::read_to_string(place.join("HEAD")).ok())
        .any(|head| head.trim_end() == expected)
}
