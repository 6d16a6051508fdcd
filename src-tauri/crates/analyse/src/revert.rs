//! A change taken back: the patch that undoes a diff in files as they stand now, or nothing where it no longer fits.
//! Pure.

use std::collections::BTreeMap;

use perch_core::facts::{ChangeStatus, DiffLine, FileChange, Hunk};
use perch_core::patch::{Change, Edit, FilePatch, Patch};

/// The patch that takes back `diff`, given the texts of its files; none unless all of it can be taken back exactly.
/// A file that was added cannot: patches remove none.
pub(crate) fn patch(diff: &[FileChange], texts: &BTreeMap<String, String>) -> Option<Patch> {
    let mut files = diff
        .iter()
        .map(|change| {
            Some(FilePatch {
                path: change.path.clone(),
                change: undone(change)?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let patch = Patch { files };
    let fits = patch.resolve(|path| texts.get(path).cloned()).is_ok();
    (fits && !patch.files.is_empty()).then_some(patch)
}

fn undone(change: &FileChange) -> Option<Change> {
    if change.opaque || change.hunks.is_empty() {
        return None;
    }
    match change.status {
        ChangeStatus::Modified => {
            let edits = change.hunks.iter().map(edit).collect::<Option<_>>()?;
            Some(Change::Edit { edits })
        }
        ChangeStatus::Removed => {
            let mut content = String::new();
            for (_, line) in change.removed() {
                content.push_str(line);
                content.push('\n');
            }
            Some(Change::Create { content })
        }
        ChangeStatus::Added | ChangeStatus::Renamed => None,
    }
}

/// The hunk the other way round. Without a line that stays on either side the place would be a guess.
fn edit(hunk: &Hunk) -> Option<Edit> {
    let (mut now, mut before) = (Vec::new(), Vec::new());
    let mut stays = false;
    for line in &hunk.lines {
        match line {
            DiffLine::Context(text) => {
                stays |= !text.trim().is_empty();
                now.push(text.as_str());
                before.push(text.as_str());
            }
            DiffLine::Added(text) => now.push(text.as_str()),
            DiffLine::Removed(text) => before.push(text.as_str()),
        }
    }
    let search = now.join("\n");
    (stays || (!search.trim().is_empty() && !before.is_empty())).then(|| Edit {
        search,
        replace: before.join("\n"),
        line: Some(hunk.new_start),
    })
}

#[cfg(test)]
mod tests {
    use perch_core::facts::parse_hunks;

    use super::*;

    fn diff(patch: &str) -> Vec<FileChange> {
        vec![FileChange {
            path: "a.txt".into(),
            hunks: parse_hunks(patch),
            ..FileChange::default()
        }]
    }

    fn back(patch: &str, text: &str) -> Option<String> {
        let texts = BTreeMap::from([("a.txt".to_owned(), text.to_owned())]);
        let patch = super::patch(&diff(patch), &texts)?;
        let mut done = patch.resolve(|path| texts.get(path).cloned()).ok()?;
        Some(done.remove(0).after)
    }

    #[test]
    fn a_change_is_taken_back_where_it_still_stands_and_nowhere_else() {
        let change = "@@ -1,3 +1,4 @@\n a\n-b\n+c\n+d\n e\n";
        assert_eq!(back(change, "a\nc\nd\ne\n").as_deref(), Some("a\nb\ne\n"));
        let moved = "new\nnew\na\nc\nd\ne\nlater\n";
        assert_eq!(
            back(change, moved).as_deref(),
            Some("new\nnew\na\nb\ne\nlater\n")
        );
        assert_eq!(back(change, "a\nc\nchanged since\ne\n"), None);
        assert_eq!(back("@@ -1 +1 @@\n-b\n+c\n", "c\n").as_deref(), Some("b\n"));
    }

    #[test]
    fn what_a_patch_cannot_take_back_is_not_offered() {
        for (status, opaque) in [
            (ChangeStatus::Added, false),
            (ChangeStatus::Renamed, false),
            (ChangeStatus::Modified, true),
        ] {
            let mut change = diff("@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
            change[0].status = status;
            change[0].opaque = opaque;
            let texts = BTreeMap::from([("a.txt".to_owned(), "a\nc\n".to_owned())]);
            assert_eq!(patch(&change, &texts), None, "{status:?}");
        }
    }
}
