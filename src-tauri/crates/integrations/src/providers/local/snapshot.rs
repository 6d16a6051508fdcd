//! Snapshots: the working tree a command ran on, kept outside the repository.
//!
//! A snapshot holds what differs from `HEAD`: staged, unstaged and untracked files, not ignored ones.
//! Nothing in the repository is written, not even its index. Two runs on the same tree share one.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use git2::{Delta, DiffOptions, ObjectType, Oid};
use perch_core::patch::Base;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::folder::Folder;

const MANIFEST: &str = "manifest.json";

/// How much one snapshot keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files whose content is kept.
    pub files: usize,
    /// Bytes of one file; the content of larger ones is left out.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Untracked files that are listed at all; changed files are always listed.
    pub untracked: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 2_000,
            file_bytes: 2 << 20,
            total_bytes: 64 << 20,
            untracked: 10_000,
        }
    }
}

/// What a snapshot knows of one path that differs from the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum Entry {
    /// Its content lies beside the manifest under this SHA-256.
    Kept { hash: String },
    /// It is there, its content was not kept: too large, too many, a link, unreadable.
    LeftOut,
    /// It is gone.
    Removed,
}

/// What lies in `manifest.json`.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) commit: String,
    pub(super) files: BTreeMap<String, Entry>,
}

/// The root of the working tree around `folder`, absolute and without links.
pub fn root(folder: &Path) -> Option<PathBuf> {
    Folder::around(folder).map(|around| around.root)
}

/// Keeps the tree around `folder` as it is now in a folder of its own below `store`.
///
/// `None` when `folder` is in no working tree, or when the snapshot could not be written whole. A tree
/// that is as its commit says needs none: then `snapshot` in the answer is absent. In a repository
/// without a commit `commit` is empty.
pub fn take(folder: &Path, store: &Path, limits: Limits) -> Option<Base> {
    let folder = Folder::around(folder)?;
    let head = folder.git.head().ok();
    let commit = head.as_ref().and_then(|head| head.peel_to_commit().ok());
    let branch = branch(&folder);
    let tree = match &commit {
        Some(commit) => Some(commit.tree().ok()?),
        None => None,
    };
    let changed = changed(&folder, tree.as_ref(), limits).ok()?;
    let commit = commit
        .map(|commit| commit.id().to_string())
        .unwrap_or_default();
    let mut base = Base {
        commit: commit.clone(),
        branch,
        snapshot: None,
        dirty: Vec::new(),
    };
    if changed.is_empty() {
        return Some(base);
    }
    std::fs::create_dir_all(store).ok()?;
    let draft = tempfile::Builder::new()
        .prefix(".snapshot-")
        .tempdir_in(store)
        .ok()?;
    let manifest = Manifest {
        commit,
        files: keep(&folder.root, changed, draft.path(), limits).ok()?,
    };
    if manifest.files.is_empty() {
        return Some(base);
    }
    base.dirty = manifest.files.keys().cloned().collect();
    base.snapshot = Some(settle(draft, store, &manifest).ok()?);
    Some(base)
}

/// The content `path` had in the snapshot in the folder `snapshot` (see [`Base::snapshot`]), if it was kept.
pub fn read(snapshot: &Path, path: &str) -> Option<Vec<u8>> {
    match manifest(snapshot)?.files.get(path)? {
        Entry::Kept { hash } => kept(snapshot, hash),
        _ => None,
    }
}

/// What lies in the folder `snapshot`.
pub(super) fn manifest(snapshot: &Path) -> Option<Manifest> {
    serde_json::from_slice(&std::fs::read(snapshot.join(MANIFEST)).ok()?).ok()
}

/// The content kept under `hash`.
pub(super) fn kept(snapshot: &Path, hash: &str) -> Option<Vec<u8>> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash
        .then(|| std::fs::read(snapshot.join(hash)).ok())
        .flatten()
}

/// The checked-out branch, also when it has no commit yet; `None` for a detached head.
fn branch(folder: &Folder) -> Option<String> {
    let head = folder.git.find_reference("HEAD").ok()?;
    let target = head.symbolic_target().ok().flatten()?;
    target.strip_prefix("refs/heads/").map(str::to_owned)
}

/// A path that may differ from the commit, and the blob it has there.
struct Changed {
    path: String,
    committed: Option<Oid>,
}

/// Paths that may differ from `tree`: tracked ones first, each group sorted.
fn changed(
    folder: &Folder,
    tree: Option<&git2::Tree<'_>>,
    limits: Limits,
) -> Result<Vec<Changed>, git2::Error> {
    let mut options = DiffOptions::new();
    options
        .include_untracked(true)
        .recurse_untracked_dirs(true)
        .include_typechange(true)
        .ignore_submodules(true)
        .skip_binary_check(true)
        .update_index(false);
    let diff = folder
        .git
        .diff_tree_to_workdir_with_index(tree, Some(&mut options))?;
    let mut tracked = BTreeMap::new();
    let mut untracked = Vec::new();
    for delta in diff.deltas() {
        let file = match delta.status() {
            Delta::Deleted => delta.old_file(),
            _ => delta.new_file(),
        };
        // Paths that are not UTF-8 cannot stand in a patch; nested repositories end in a slash.
        let Some(path) = file.path().and_then(Path::to_str) else {
            continue;
        };
        if path.ends_with('/') {
            continue;
        }
        if delta.status() == Delta::Untracked {
            if untracked.len() < limits.untracked {
                untracked.push(path.to_owned());
            }
        } else {
            let committed = tree
                .and_then(|tree| tree.get_path(Path::new(path)).ok())
                .filter(|entry| entry.kind() == Some(ObjectType::Blob))
                .map(|entry| entry.id());
            tracked.insert(path.to_owned(), committed);
        }
    }
    let untracked = untracked
        .into_iter()
        .filter(|path| !tracked.contains_key(path))
        .map(|path| Changed {
            path,
            committed: None,
        })
        .collect::<Vec<_>>();
    Ok(tracked
        .into_iter()
        .map(|(path, committed)| Changed { path, committed })
        .chain(untracked)
        .collect())
}

/// Copies the files into `draft` under their hashes, as far as the limits go.
fn keep(
    root: &Path,
    changed: Vec<Changed>,
    draft: &Path,
    limits: Limits,
) -> io::Result<BTreeMap<String, Entry>> {
    let mut files = BTreeMap::new();
    let (mut count, mut total) = (0, 0);
    for Changed { path, committed } in changed {
        let room = limits.file_bytes.min(limits.total_bytes - total);
        let entry = match content(&root.join(&path), room) {
            Content::Gone if committed.is_none() => continue,
            Content::Gone => Entry::Removed,
            // What was staged and taken back again differs in the index only.
            Content::Bytes(bytes)
                if committed.is_some()
                    && Oid::hash_object(ObjectType::Blob, &bytes).ok() == committed =>
            {
                continue;
            }
            Content::Bytes(bytes) if count < limits.files => {
                count += 1;
                total += bytes.len() as u64;
                let hash = hex::encode(Sha256::digest(&bytes));
                write_new(&draft.join(&hash), &bytes)?;
                Entry::Kept { hash }
            }
            Content::Bytes(_) | Content::Unreadable => Entry::LeftOut,
        };
        files.insert(path, entry);
    }
    Ok(files)
}

enum Content {
    Bytes(Vec<u8>),
    Gone,
    Unreadable,
}

/// The bytes of a plain file of at most `most` bytes.
fn content(path: &Path, most: u64) -> Content {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Content::Gone,
        Ok(metadata) if metadata.is_file() && metadata.len() <= most => {}
        _ => return Content::Unreadable,
    }
    let mut bytes = Vec::new();
    // The file may grow while it is read.
    let read =
        std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 <= most => Content::Bytes(bytes),
        _ => Content::Unreadable,
    }
}

/// Writes a file only its owner can read. Equal content is written once.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(bytes),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Moves the draft to its final name, which follows from what it holds, and gives that.
fn settle(draft: tempfile::TempDir, store: &Path, manifest: &Manifest) -> io::Result<String> {
    let text = serde_json::to_vec(manifest)?;
    let id = &hex::encode(Sha256::digest(&text))[..32];
    let folder = store.canonicalize()?.join(id);
    write_new(&draft.path().join(MANIFEST), &text)?;
    if folder.join(MANIFEST).is_file() || std::fs::rename(draft.path(), &folder).is_err() {
        // Used again, or just made by another run: the manifest's date tells how long it has to be kept.
        std::fs::rename(draft.path().join(MANIFEST), folder.join(MANIFEST))?;
    } else {
        let _moved = draft.keep();
    }
    folder
        .into_os_string()
        .into_string()
        .map_err(|_| io::Error::other("the data folder's name is not UTF-8"))
}
