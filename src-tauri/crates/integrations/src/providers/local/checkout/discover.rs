//! Looks for working trees below a folder. Opens none of them: what git leaves in its folder says enough.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use perch_core::seam::checkout::Discovered;

/// Folders below each other at most.
const DEPTH: usize = 5;

/// Folders looked into at most; nearer ones come first.
const FOLDERS: usize = 20_000;

/// Working trees told at most.
const MOST: usize = 50;

/// Folders that hold other people's code or none.
const PASSED_OVER: &[&str] = &[
    "node_modules",
    "target",
    "vendor",
    "Library",
    "AppData",
    "snap",
    "Applications",
    "venv",
    "__pycache__",
];

/// Working trees below `under`, the most recently used first.
pub(super) fn below(under: &Path, stop: &AtomicBool) -> Vec<Discovered> {
    let mut found = Vec::new();
    let mut ahead = VecDeque::from([(under.to_owned(), 0)]);
    let mut looked = 0;
    while let Some((folder, depth)) = ahead.pop_front() {
        looked += 1;
        if looked > FOLDERS || stop.load(Ordering::Relaxed) {
            break;
        }
        if let Some(used_at) = last_use(&folder) {
            if let Some(root) = folder.to_str() {
                found.push(Discovered {
                    root: root.to_owned(),
                    used_at,
                });
            }
            continue;
        }
        if depth < DEPTH {
            ahead.extend(folders_in(&folder).map(|one| (one, depth + 1)));
        }
    }
    found.sort_by(|one, next| (next.used_at, &one.root).cmp(&(one.used_at, &next.root)));
    found.truncate(MOST);
    found
}

/// When git last wrote in the working tree at `folder`, if it is one.
fn last_use(folder: &Path) -> Option<Timestamp> {
    let git = folder.join(".git");
    let git = if git.is_file() {
        // A further working tree of a repository: the file says where its git folder is.
        let text = std::fs::read_to_string(&git).ok()?;
        folder.join(text.strip_prefix("gitdir:")?.trim())
    } else {
        git
    };
    if !git.join("HEAD").is_file() {
        return None;
    }
    ["index", "logs/HEAD", "FETCH_HEAD", "HEAD"]
        .iter()
        .filter_map(|name| std::fs::metadata(git.join(name)).ok()?.modified().ok())
        .filter_map(|at| Timestamp::try_from(at).ok())
        .max()
}

fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        // A link may lead in a circle, and what it leads to is found where it is.
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|name| !name.starts_with('.') && !PASSED_OVER.contains(&name))
        })
        .map(|entry| entry.path())
}
