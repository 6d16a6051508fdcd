//! Fixes as actions: a branch in a git folder, a change to the working tree, a draft pull request at a forge, a command
//! to copy.

use perch_core::action::{Action, Step};
use perch_core::event::EventRow;
use perch_core::finding::{Finding, Fix, Remedy};
use perch_core::id::short_hash;
use perch_core::patch::{Base, Patch};

use super::{copy, unset};
use crate::compose::Material;
use crate::follow::OURS;

/// The actions of the best fix that can be offered; the others stand in the text.
pub(super) fn actions(finding: &Finding, material: &Material<'_>) -> Vec<Action> {
    finding
        .fixes
        .iter()
        .map(|fix| of(fix, material))
        .find(|actions| !actions.is_empty())
        .unwrap_or_default()
}

fn of(fix: &Fix, material: &Material<'_>) -> Vec<Action> {
    match (&fix.remedy, material.base) {
        (Remedy::Patch { patch }, Some(base)) if material.local => {
            let dirty = touched_dirty(patch, base);
            vec![
                branch(fix, patch, base, material, dirty.as_deref()),
                tree(patch, base),
            ]
        }
        (Remedy::Patch { patch }, Some(base)) => vec![pull_request(fix, patch, base, material)],
        (Remedy::Patch { .. }, None) => Vec::new(),
        (Remedy::Command { command }, _) => vec![copy(
            "Copy command",
            format!("puts `{command}` on the clipboard; nothing is run"),
            command,
        )],
    }
}

/// Touched files that differ from the commit in the snapshot, named for a message.
fn touched_dirty(patch: &Patch, base: &Base) -> Option<String> {
    let touched: Vec<&str> = patch
        .files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| base.dirty.iter().any(|dirty| dirty == path))
        .collect();
    (!touched.is_empty()).then(|| format!("`{}`", touched.join("`, `")))
}

fn branch(
    fix: &Fix,
    patch: &Patch,
    base: &Base,
    material: &Material<'_>,
    dirty: Option<&str>,
) -> Action {
    let name = branch_name(fix, base, material.event);
    Action {
        id: unset(),
        kind: "branch".into(),
        label: "Create fix branch".into(),
        effect: format!(
            "creates branch `{name}` from `{}` with {} changed; your files, index and branch stay as they are, \
             and nothing is pushed",
            at(base),
            files(patch)
        ),
        reversible: true,
        refused: dirty.map(|files| {
            format!("{files} has uncommitted changes, and a branch is made from the commit: apply to the working tree instead")
        }),
        steps: vec![Step::CreateBranch {
            branch: name,
            base: base.clone(),
            message: message(fix),
            patch: patch.clone(),
        }],
    }
}

fn tree(patch: &Patch, base: &Base) -> Action {
    Action {
        id: unset(),
        kind: "tree".into(),
        label: "Apply to the working tree".into(),
        effect: format!(
            "changes {} in your working tree, unstaged; nothing is committed",
            files(patch)
        ),
        reversible: true,
        refused: None,
        steps: vec![Step::ApplyToTree {
            base: base.clone(),
            patch: patch.clone(),
        }],
    }
}

fn pull_request(fix: &Fix, patch: &Patch, base: &Base, material: &Material<'_>) -> Action {
    let subject = &material.event.event.subject;
    let name = branch_name(fix, base, material.event);
    let target = base
        .branch
        .clone()
        .or_else(|| subject.base_branch.clone())
        .unwrap_or_else(|| "the default branch".into());
    let from = subject
        .url
        .as_ref()
        .map_or(String::new(), |url| format!("\n\nSeen in {url}"));
    Action {
        id: unset(),
        kind: "pull_request".into(),
        label: if target.starts_with(OURS) {
            "Open PR that revises it".into()
        } else {
            "Open fix PR".into()
        },
        effect: format!(
            "creates branch `{name}` from `{}` in `{}` with {} changed, and opens a draft pull request into `{target}`",
            at(base),
            subject.repository,
            files(patch)
        ),
        reversible: true,
        refused: None,
        steps: vec![
            Step::CreateBranch {
                branch: name.clone(),
                base: base.clone(),
                message: message(fix),
                patch: patch.clone(),
            },
            Step::OpenPullRequest {
                branch: name,
                base_branch: target,
                title: fix.title.clone(),
                body: format!("{}{from}", fix.explanation),
                draft: true,
            },
        ],
    }
}

/// `perch/<event>/<slug>-<hash of the event's key and the base>`: the same click finds the same branch.
fn branch_name(fix: &Fix, base: &Base, row: &EventRow) -> String {
    let event = row
        .event
        .event_type
        .as_str()
        .trim_start_matches("repo.")
        .replace('.', "-");
    let hash = short_hash(&format!("{}\n{}", row.event.dedup_key, base.commit), 6);
    format!("{OURS}{event}/{}-{hash}", slug(&fix.title))
}

/// Up to five lowercase words of letters and digits, for a branch's name.
fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !matches!(*word, "the" | "a" | "an" | "in" | "to"))
        .take(5)
        .map(str::to_owned)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(40);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "fix".into()
    } else {
        slug.into()
    }
}

fn message(fix: &Fix) -> String {
    format!("{}\n\n{}\n", fix.title, fix.explanation)
}

fn at(base: &Base) -> String {
    let short = base.commit.get(..7).unwrap_or(&base.commit);
    base.branch
        .as_ref()
        .map_or_else(|| short.to_owned(), |branch| format!("{branch}@{short}"))
}

fn files(patch: &Patch) -> String {
    match patch.files.as_slice() {
        [one] => format!("`{}`", one.path),
        files => format!("{} files", files.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_short_and_safe_in_a_branch_name() {
        let cases = [
            ("Remove the unused `mut`", "remove-unused-mut"),
            ("../../x; rm -rf /", "x-rm-rf"),
            ("日本語", "fix"),
            (
                "Update a lockfile that is out of date now",
                "update-lockfile-that-is-out",
            ),
        ];
        for (title, expected) in cases {
            assert_eq!(slug(title), expected, "{title}");
        }
    }
}
