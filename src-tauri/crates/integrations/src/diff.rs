//! Diffs as git computes them, in Perch's words.

use std::path::Path;

use git2::{Blob, Delta, Diff, DiffDelta, DiffOptions, ObjectType, Oid, Patch, Repository, Tree};
use perch_core::facts::{ChangeStatus, DiffLine, FileChange, Hunk};

/// Files whose lines are shown at most; of the others only that they changed.
const FILES: usize = 1_000;

/// Bytes of a file beyond which its lines are not shown.
const FILE_BYTES: i64 = 1 << 20;

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    options
        .context_lines(3)
        .max_size(FILE_BYTES)
        .indent_heuristic(true);
    options
}

/// What changed from `before` to `after`, sorted by path. `None` is the empty tree.
pub(crate) fn trees(
    git: &Repository,
    before: Option<&Tree<'_>>,
    after: Option<&Tree<'_>>,
) -> Result<Vec<FileChange>, git2::Error> {
    let mut diff = git.diff_tree_to_tree(before, after, Some(&mut options()))?;
    diff.find_similar(None)?;
    changes(&diff)
}

/// What the text of a unified diff, as git writes it, says changed.
pub(crate) fn text(text: &[u8]) -> Result<Vec<FileChange>, git2::Error> {
    if text.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    changes(&Diff::from_buffer(text)?)
}

fn changes(diff: &Diff<'_>) -> Result<Vec<FileChange>, git2::Error> {
    (0..diff.deltas().len())
        .map(|index| {
            let patch = if index < FILES {
                Patch::from_diff(diff, index)?
            } else {
                None
            };
            let delta = diff
                .get_delta(index)
                .expect("the index is below the number of deltas");
            let mut change = described(&delta);
            fill(&mut change, patch.as_ref())?;
            Ok(change)
        })
        .collect()
}

/// The change of one file between two versions, either of which may not be there.
pub(crate) fn buffers(
    path: &str,
    before: Option<&[u8]>,
    after: Option<&[u8]>,
) -> Result<Option<FileChange>, git2::Error> {
    let status = match (before, after) {
        (None, None) => return Ok(None),
        (None, Some(_)) => ChangeStatus::Added,
        (Some(_), None) => ChangeStatus::Removed,
        (Some(before), Some(after)) if before == after => return Ok(None),
        (Some(_), Some(_)) => ChangeStatus::Modified,
    };
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let name = Some(Path::new(path));
    let patch = Patch::from_buffers(before, name, after, name, Some(&mut options()))?;
    let mut change = FileChange {
        path: path.into(),
        status,
        ..FileChange::default()
    };
    fill(&mut change, Some(&patch))?;
    Ok(Some(change))
}

/// The change of one file from a blob, if it was there, to bytes, if they are there.
pub(crate) fn contents(
    path: &str,
    before: Option<&Blob<'_>>,
    after: Option<&[u8]>,
) -> Result<Option<FileChange>, git2::Error> {
    buffers(path, before.map(Blob::content), after)
}

/// The blob at `path`; `None` when nothing, a folder or a submodule is there.
pub(crate) fn blob<'a>(git: &'a Repository, tree: &Tree<'_>, path: &str) -> Option<Blob<'a>> {
    let entry = tree.get_path(Path::new(path)).ok()?;
    (entry.kind() == Some(ObjectType::Blob))
        .then(|| git.find_blob(entry.id()).ok())
        .flatten()
}

/// The tree of a commit.
pub(crate) fn tree(git: &Repository, commit: Oid) -> Result<Tree<'_>, git2::Error> {
    git.find_commit(commit)?.tree()
}

fn described(delta: &DiffDelta<'_>) -> FileChange {
    let name = |path: Option<&[u8]>| {
        path.map(|path| String::from_utf8_lossy(path).into_owned())
            .unwrap_or_default()
    };
    let (old, new) = (
        name(delta.old_file().path_bytes()),
        name(delta.new_file().path_bytes()),
    );
    let status = match delta.status() {
        Delta::Added | Delta::Copied | Delta::Untracked => ChangeStatus::Added,
        Delta::Deleted => ChangeStatus::Removed,
        Delta::Renamed => ChangeStatus::Renamed,
        _ => ChangeStatus::Modified,
    };
    FileChange {
        old_path: (status == ChangeStatus::Renamed).then(|| old.clone()),
        path: if status == ChangeStatus::Removed {
            old
        } else {
            new
        },
        status,
        hunks: Vec::new(),
        opaque: false,
    }
}

/// Adds the hunks, or marks what cannot be shown: binary, too large, a submodule.
fn fill(change: &mut FileChange, patch: Option<&Patch<'_>>) -> Result<(), git2::Error> {
    let Some(patch) = patch else {
        change.opaque = true;
        return Ok(());
    };
    for index in 0..patch.num_hunks() {
        let (hunk, lines) = patch.hunk(index)?;
        let mut read = Hunk {
            old_start: hunk.old_start(),
            new_start: hunk.new_start(),
            heading: heading(hunk.header()),
            lines: Vec::with_capacity(lines),
        };
        for line in 0..lines {
            let line = patch.line_in_hunk(index, line)?;
            let text = String::from_utf8_lossy(line.content());
            let text = text.strip_suffix('\n').unwrap_or(&text);
            let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
            match line.origin() {
                ' ' => read.lines.push(DiffLine::Context(text)),
                '+' => read.lines.push(DiffLine::Added(text)),
                '-' => read.lines.push(DiffLine::Removed(text)),
                _ => {}
            }
        }
        change.hunks.push(read);
    }
    let delta = patch.delta();
    let is_submodule = [delta.old_file(), delta.new_file()]
        .iter()
        .any(|file| file.mode() == git2::FileMode::Commit);
    change.opaque = is_submodule || delta.flags().is_binary();
    if change.opaque {
        change.hunks.clear();
    }
    Ok(())
}

fn heading(header: &[u8]) -> String {
    let header = String::from_utf8_lossy(header);
    header
        .splitn(3, "@@")
        .nth(2)
        .unwrap_or_default()
        .trim()
        .into()
}
