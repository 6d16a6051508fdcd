//! Snapshots: what is kept of a working tree, and that nothing in it is touched.

use std::path::{Path, PathBuf};

use perch_integrations::providers::local::snapshot::{self, Limits, read, take};
use perch_testkit::repository::Repository;

use crate::support::listing;

/// Differing files of every sort, beside one that is ignored and one that is as committed.
fn changed() -> Repository {
    let repository = Repository::with_readme();
    repository.write(".gitignore", "ignored\n");
    for name in ["staged", "unstaged", "both", "removed", "same"] {
        repository.write(name, "old\n");
    }
    repository.commit("Begin");
    repository.write("staged", "staged\n");
    repository.write("both", "staged\n");
    repository.git(&["add", "--all"]);
    repository.write("both", "then changed\n");
    repository.write("unstaged", "changed\r\n");
    std::fs::remove_file(repository.path().join("removed")).expect("it was there");
    repository.write("ignored", "no\n");
    repository.write("folder/untracked", [0, 159, 146, 150]);
    repository
}

fn store(repository: &Repository) -> PathBuf {
    repository.beside("snapshots")
}

fn kept(base: &perch_core::patch::Base, path: &str) -> Option<Vec<u8>> {
    read(Path::new(base.snapshot.as_deref()?), path)
}

#[test]
fn staged_unstaged_and_untracked_files_are_kept_as_they_lie() {
    let repository = changed();
    let before = listing(repository.path());
    let base = take(
        &repository.path().join("folder"),
        &store(&repository),
        Limits::default(),
    )
    .expect("a repository");
    assert_eq!(listing(repository.path()), before);
    assert_eq!(base.commit, repository.head());
    assert_eq!(base.branch.as_deref(), Some("main"));
    assert_eq!(
        base.dirty,
        ["both", "folder/untracked", "removed", "staged", "unstaged"]
    );
    assert_eq!(kept(&base, "both").as_deref(), Some(&b"then changed\n"[..]));
    assert_eq!(kept(&base, "staged").as_deref(), Some(&b"staged\n"[..]));
    assert_eq!(
        kept(&base, "unstaged").as_deref(),
        Some(&b"changed\r\n"[..])
    );
    assert_eq!(
        kept(&base, "folder/untracked").as_deref(),
        Some(&[0, 159, 146, 150][..])
    );
    for absent in ["removed", "same", "ignored", "../manifest.json"] {
        assert_eq!(kept(&base, absent), None, "{absent}");
    }
    let snapshot = PathBuf::from(base.snapshot.expect("the tree differs"));
    assert!(snapshot.is_absolute());
    assert_eq!(
        snapshot.parent(),
        Some(store(&repository).as_path()),
        "it lies in the store"
    );
}

#[test]
fn a_tree_like_its_commit_needs_no_snapshot() {
    let repository = Repository::with_readme();
    // Another date and the same content, staged and taken back.
    repository.write("README.md", "# Other\n");
    repository.git(&["add", "--all"]);
    repository.write("README.md", "# Project\n");
    let base = take(repository.path(), &store(&repository), Limits::default()).expect("it is one");
    assert_eq!(base.dirty, [] as [&str; 0]);
    assert_eq!(base.snapshot, None);
    assert_eq!(base.commit, repository.head());
    let left: Vec<_> = std::fs::read_dir(store(&repository))
        .into_iter()
        .flatten()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn equal_trees_share_a_snapshot_and_different_ones_do_not() {
    let repository = changed();
    let take = || take(repository.path(), &store(&repository), Limits::default());
    let first = take().expect("it is one");
    assert_eq!(take().expect("it is one"), first);
    repository.write("unstaged", "changed again\n");
    let second = take().expect("it is one");
    assert_ne!(second.snapshot, first.snapshot);
    assert_eq!(
        kept(&first, "unstaged").as_deref(),
        Some(&b"changed\r\n"[..])
    );
    let count = std::fs::read_dir(store(&repository)).expect("made").count();
    assert_eq!(count, 2);
}

#[test]
fn what_exceeds_the_limits_is_listed_without_content() {
    let repository = Repository::with_readme();
    repository.write("README.md", "# Changed\n");
    for name in ["a", "b", "c"] {
        repository.write(name, name.repeat(100));
    }
    let cases = [
        (
            Limits {
                file_bytes: 50,
                ..Limits::default()
            },
            vec!["README.md"],
        ),
        (
            Limits {
                total_bytes: 120,
                ..Limits::default()
            },
            vec!["README.md", "a"],
        ),
        (
            Limits {
                files: 3,
                ..Limits::default()
            },
            vec!["README.md", "a", "b"],
        ),
    ];
    for (limits, expected) in cases {
        let base = take(repository.path(), &store(&repository), limits).expect("it is one");
        assert_eq!(base.dirty, ["README.md", "a", "b", "c"], "{limits:?}");
        let found: Vec<_> = base
            .dirty
            .iter()
            .filter(|path| kept(&base, path).is_some())
            .collect();
        assert_eq!(found, expected, "{limits:?}");
    }
    let few = Limits {
        untracked: 1,
        ..Limits::default()
    };
    let base = take(repository.path(), &store(&repository), few).expect("it is one");
    assert_eq!(base.dirty, ["README.md", "a"]);
}

#[cfg(unix)]
#[test]
fn links_and_foreign_repositories_are_not_followed() {
    let repository = Repository::with_readme();
    let outside = repository.beside("outside");
    std::fs::write(&outside, "private").expect("writable");
    std::os::unix::fs::symlink(&outside, repository.path().join("link"))
        .expect("links can be made");
    let inner = repository.path().join("inner");
    std::fs::create_dir(&inner).expect("a folder can be made");
    repository.git(&["init", "--quiet", "inner"]);
    repository.write("inner/a", "1");
    let base = take(repository.path(), &store(&repository), Limits::default()).expect("it is one");
    assert_eq!(base.dirty, ["link"]);
    assert_eq!(kept(&base, "link"), None);
}

#[test]
fn a_repository_without_a_commit_has_everything_in_the_snapshot() {
    let repository = Repository::new();
    repository.write("a", "1");
    let base = take(repository.path(), &store(&repository), Limits::default()).expect("it is one");
    assert_eq!(base.commit, "");
    assert_eq!(base.branch.as_deref(), Some("main"));
    assert_eq!(base.dirty, ["a"]);
    assert_eq!(kept(&base, "a").as_deref(), Some(&b"1"[..]));
}

#[test]
fn a_detached_head_has_no_branch_and_a_plain_folder_no_base() {
    let repository = Repository::with_readme();
    repository.git(&["checkout", "--quiet", "--detach"]);
    let base = take(repository.path(), &store(&repository), Limits::default()).expect("it is one");
    assert_eq!(base.branch, None);
    assert_eq!(base.commit, repository.head());
    let plain = repository.beside("plain");
    std::fs::create_dir(&plain).expect("a folder can be made");
    assert_eq!(take(&plain, &store(&repository), Limits::default()), None);
    assert_eq!(snapshot::root(&plain), None);
}
