//! Documents that still name what a change removed or renamed.

use perch_core::evidence::Evidence;
use perch_core::facts::{ChangeStatus, Facts};
use perch_core::finding::Point;
use perch_core::patch::{Change, Edit, FilePatch, Patch};

use crate::change::role::{self, Role};
use crate::change::surface::{self, Promise};
use crate::change::testing::mentions;
use crate::changelog::which;

/// The most documents read, and the most lines told of.
const MOST_FILES: usize = 20;
const MOST_LINES: usize = 12;

/// A name that is gone.
struct Gone {
    name: String,
    now: Option<String>,
}

/// A line that still names it.
pub(super) struct Mention {
    pub(super) path: String,
    line: u32,
    pub(super) name: String,
    now: Option<String>,
}

impl Mention {
    pub(super) fn point(&self) -> Point {
        let fate = self
            .now
            .as_ref()
            .map_or("which is gone".to_owned(), |now| format!("now `{now}`"));
        Point {
            text: format!("`{}` still names `{}`, {fate}", self.path, self.name),
            evidence: vec![Evidence::file(
                format!("names `{}`", self.name),
                &self.path,
                Some(self.line),
            )],
            todo: true,
        }
    }
}

/// What the change removed or renamed that a document may name.
fn gone(facts: &Facts) -> Vec<Gone> {
    let mut gone: Vec<Gone> = surface::breaks(&facts.diff)
        .into_iter()
        .filter(|found| {
            found.now.as_deref() != Some(&found.name) && found.promise != Promise::Database
        })
        .filter(|found| found.name.len() >= 4)
        .map(|found| Gone {
            name: found.name,
            now: found.now,
        })
        .collect();
    for change in &facts.diff {
        let moved = change.status == ChangeStatus::Renamed;
        if !moved && change.status != ChangeStatus::Removed {
            continue;
        }
        let old = change.old_path.as_ref().unwrap_or(&change.path);
        if old.contains('/') && role::of(old) != Role::Test {
            gone.push(Gone {
                name: old.clone(),
                now: moved.then(|| change.path.clone()),
            });
        }
    }
    gone
}

/// The documents to read: the front pages and the folders of documents.
pub(super) fn wanted(facts: &Facts) -> Vec<String> {
    if gone(facts).is_empty() {
        return Vec::new();
    }
    let mut documents: Vec<&String> = facts.tree.iter().filter(|path| is_document(path)).collect();
    documents.sort_by_key(|path| {
        (
            path.matches('/').count(),
            !path.to_ascii_lowercase().contains("readme"),
            path.len(),
        )
    });
    documents.into_iter().take(MOST_FILES).cloned().collect()
}

fn is_document(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    role::of(path) == Role::Docs
        && !which::is_changelog(path)
        && !which::is_fragment(path)
        && (name.starts_with("readme")
            || !path.contains('/')
            || lower.split('/').any(|folder| {
                matches!(
                    folder,
                    "docs" | "doc" | "documentation" | "guide" | "guides" | "website"
                )
            }))
        && !lower.contains("decisions/")
        && !lower.contains("adr/")
        && !name.starts_with("license")
}

/// The lines that still name what is gone, one per document and name.
pub(super) fn find(facts: &Facts) -> Vec<Mention> {
    let mut found = Vec::new();
    for gone in gone(facts) {
        for (path, text) in facts.files.iter().filter(|(path, _)| is_document(path)) {
            if facts
                .diff
                .iter()
                .any(|change| change.path == *path && change.status == ChangeStatus::Removed)
            {
                continue;
            }
            let line = text
                .lines()
                .zip(1..)
                .find(|(line, _)| names(line, &gone.name));
            if let Some((_, line)) = line {
                found.push(Mention {
                    path: path.clone(),
                    line,
                    name: gone.name.clone(),
                    now: gone.now.clone(),
                });
            }
        }
    }
    found.truncate(MOST_LINES);
    found
}

/// True if `line` speaks of `name` and not of an everyday word like it.
fn names(line: &str, name: &str) -> bool {
    let bare = name.trim_start_matches('-');
    if !mentions(line, bare) || (bare.len() < name.len() && !line.contains(name)) {
        return false;
    }
    let unmistakable =
        name.contains(['_', '-', '/', '.']) || name.chars().skip(1).any(char::is_uppercase);
    let as_code = line.contains(&format!("`{name}"))
        || line.contains(&format!("{name}("))
        || line.contains(&format!("::{name}"));
    unmistakable || as_code
}

/// A patch that puts the new names into the lines of `mentions`.
pub(super) fn renames(facts: &Facts, mentions: &[Mention]) -> Patch {
    let mut patch = Patch::default();
    for mention in mentions {
        let Some(now) = &mention.now else { continue };
        let Some(raw) = facts
            .files
            .get(&mention.path)
            .and_then(|text| text.split_inclusive('\n').nth(mention.line as usize - 1))
        else {
            continue;
        };
        let edit = Edit {
            search: raw.to_owned(),
            replace: renamed(raw, &mention.name, now),
            line: Some(mention.line),
        };
        let at = patch
            .files
            .iter()
            .position(|file| file.path == mention.path);
        match at.map(|at| &mut patch.files[at].change) {
            Some(Change::Edit { edits }) => {
                if edits.iter().all(|other| other.line != edit.line) {
                    edits.push(edit);
                }
            }
            _ => patch.files.push(FilePatch {
                path: mention.path.clone(),
                change: Change::Edit { edits: vec![edit] },
            }),
        }
    }
    patch.files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in &mut patch.files {
        if let Change::Edit { edits } = &mut file.change {
            edits.sort_by_key(|edit| edit.line);
        }
    }
    patch
}

/// `line` with every `name` that stands alone replaced.
fn renamed(line: &str, name: &str, now: &str) -> String {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in line.match_indices(name) {
        if line[..at].ends_with(in_word) || line[at + name.len()..].starts_with(in_word) {
            continue;
        }
        out.push_str(&line[done..at]);
        out.push_str(now);
        done = at + name.len();
    }
    out.push_str(&line[done..]);
    out
}
