//! The texts a patch was made against: the commit's files, and the snapshot's where the tree differed.

use std::path::Path;

use git2::{ObjectType, Oid, Repository, Tree};
use perch_core::patch::Base;
use perch_core::seam::publisher::PublishError;

use super::super::snapshot::{self, Entry, Manifest};
use super::{fault, refused};

/// File mode of a symbolic link in a tree.
const LINK: i32 = 0o120_000;

/// What stands at a path of the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// Nothing.
    Absent,
    /// A text file as the commit holds it: line ends may be converted on checkout.
    Committed(String),
    /// A text file as it lay in the working tree.
    Dirty(String),
}

impl Text {
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::Committed(text) | Self::Dirty(text) => Some(text),
        }
    }
}

/// The commit a base stands on.
pub(super) fn commit<'a>(
    git: &'a Repository,
    base: &Base,
) -> Result<git2::Commit<'a>, PublishError> {
    if base.commit.is_empty() {
        return Err(refused(
            "the repository had no commit when this was suggested",
            "make a first commit, then run the command again",
        ));
    }
    Oid::from_str(&base.commit)
        .and_then(|oid| git.find_commit(oid))
        .map_err(|_| {
            PublishError::Moved(format!(
                "commit {} is no longer in the repository",
                base.commit
            ))
        })
}

/// The text at `path` of a commit's tree. Links, submodules and what is not text are refused.
pub(super) fn committed(
    git: &Repository,
    tree: &Tree<'_>,
    path: &str,
) -> Result<Text, PublishError> {
    let parts = path.match_indices('/').map(|(at, _)| &path[..at]);
    for folder in parts {
        match tree.get_path(Path::new(folder)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Tree) => {}
            Ok(_) => {
                return Err(refused(
                    format!("`{folder}` is a file, a link or a submodule, not a folder"),
                    "make the change by hand",
                ));
            }
            Err(_) => return Ok(Text::Absent),
        }
    }
    let Ok(entry) = tree.get_path(Path::new(path)) else {
        return Ok(Text::Absent);
    };
    if entry.kind() != Some(ObjectType::Blob) || entry.filemode() == LINK {
        return Err(refused(
            format!("`{path}` is a link, a folder or a submodule"),
            "make the change by hand",
        ));
    }
    text(
        path,
        git.find_blob(entry.id()).map_err(fault)?.content().to_vec(),
    )
    .map(Text::Committed)
}

/// The snapshot that belongs to a base, if it has one and it is still kept.
pub(super) fn manifest(base: &Base) -> Option<Manifest> {
    snapshot::manifest(Path::new(base.snapshot.as_ref()?))
}

/// The text at `path` of the working tree the base describes.
pub(super) fn based(
    git: &Repository,
    tree: Option<&Tree<'_>>,
    base: &Base,
    manifest: Option<&Manifest>,
    path: &str,
) -> Result<Text, PublishError> {
    if !base.dirty.iter().any(|dirty| dirty == path) {
        return tree.map_or(Ok(Text::Absent), |tree| committed(git, tree, path));
    }
    let entry = manifest.and_then(|manifest| manifest.files.get(path));
    let folder = base.snapshot.as_deref().unwrap_or_default();
    let bytes = match entry {
        Some(Entry::Removed) => return Ok(Text::Absent),
        Some(Entry::Kept { hash }) => snapshot::kept(Path::new(folder), hash),
        Some(Entry::LeftOut) | None => None,
    };
    let Some(bytes) = bytes else {
        return Err(PublishError::Moved(format!(
            "what `{path}` held when this was suggested is no longer kept"
        )));
    };
    text(path, bytes).map(Text::Dirty)
}

fn text(path: &str, bytes: Vec<u8>) -> Result<String, PublishError> {
    String::from_utf8(bytes).map_err(|_| {
        refused(
            format!("`{path}` is not UTF-8 text"),
            "make the change by hand",
        )
    })
}
