//! Which file of a working tree a path means, as people, tools and build machines write paths.

use std::path::{Path, PathBuf};

use git2::Repository;
use perch_core::patch::is_inside;
use perch_core::seam::checkout::CheckoutError;

use crate::providers::local::folder::Folder;

/// The file that `path` means in the working tree at `root`, absolute.
pub(super) fn find(root: &Path, path: &str) -> Result<String, CheckoutError> {
    let folder = Folder::open(root)?;
    let wanted = path.replace('\\', "/");
    let from_root = folder
        .root
        .to_str()
        .map(|root| format!("{}/", root.replace('\\', "/")));
    let within = from_root
        .and_then(|root| wanted.strip_prefix(&root))
        .unwrap_or(&wanted)
        .trim_start_matches("./");
    let found = at(&folder, within)
        .or_else(|| ends(within).find_map(|end| at(&folder, end)))
        .or_else(|| at(&folder, &ends_so(&folder.git, within)?));
    found
        .and_then(|file| file.to_str().map(str::to_owned))
        .ok_or_else(|| CheckoutError::Refused {
            problem: format!("`{path}` is not in `{}` as it is checked out", folder.name),
            next_step: "check out the commit it is about".into(),
        })
}

/// The file at `path` from the root, if it is one and no link leads it out of the folder.
fn at(folder: &Folder, path: &str) -> Option<PathBuf> {
    if !is_inside(path) {
        return None;
    }
    let file = folder.root.join(path).canonicalize().ok()?;
    let within = file.strip_prefix(&folder.root).ok()?;
    let own = within
        .components()
        .next()
        .is_some_and(|first| first.as_os_str().eq_ignore_ascii_case(".git"));
    (file.is_file() && !own).then_some(file)
}

/// The ends of a path from another machine, the longest first: `/home/runner/work/api/api/src/main.rs`.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    let whole = path.starts_with('/') || path.get(1..3) == Some(":/");
    let slashes = path.match_indices('/').filter(move |_| whole);
    slashes.map(|(at, _)| &path[at + 1..])
}

/// The tracked file whose path ends so, if there is only one: a tool that runs in a folder names files from there.
fn ends_so(git: &Repository, path: &str) -> Option<String> {
    if !is_inside(path) {
        return None;
    }
    let end = format!("/{path}");
    let index = git.index().ok()?;
    let mut fitting = index
        .iter()
        .filter_map(|entry| String::from_utf8(entry.path).ok())
        .filter(|tracked| tracked.ends_with(&end));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}
