//! Diffs as git writes them, as facts hold them.

use perch_core::facts::{ChangeStatus, FileChange, parse_hunks};

/// The files of a diff that begins each with `diff --git a/… b/…`. Panics on what is none.
pub fn diff(text: &str) -> Vec<FileChange> {
    text.split("diff --git ")
        .skip(1)
        .map(|part| {
            let (names, rest) = part.split_once('\n').expect("a diff as git writes it");
            let (old, new) = names
                .trim()
                .split_once(" b/")
                .expect("a diff as git writes it");
            let old = old.trim_start_matches("a/");
            let head = rest.split("@@").next().expect("a diff as git writes it");
            let status = if head.contains("new file") {
                ChangeStatus::Added
            } else if head.contains("deleted file") {
                ChangeStatus::Removed
            } else if old != new {
                ChangeStatus::Renamed
            } else {
                ChangeStatus::Modified
            };
            FileChange {
                path: new.into(),
                old_path: (old != new).then(|| old.into()),
                status,
                hunks: parse_hunks(rest),
                opaque: false,
            }
        })
        .collect()
}
