//! The actions of a suggestion: what a click can do, said word for word.

use perch_core::action::{Action, Step};
use perch_core::event::EventRow;
use perch_core::finding::{Finding, Fix, Remedy};
use perch_core::id::{ActionId, SuggestionId, short_hash};
use perch_core::patch::{Base, Patch};

use super::Material;

/// Every action of `finding`, the one to lead first; refused ones last.
pub(super) fn actions(
    finding: &Finding,
    material: &Material<'_>,
    suggestion: SuggestionId,
) -> Vec<Action> {
    let mut actions = Vec::new();
    for (number, fix) in finding.fixes.iter().enumerate() {
        match (&fix.remedy, &material.facts.base) {
            (Remedy::Patch { patch }, Some(base)) if material.local => {
                let dirty = touched_dirty(patch, base);
                actions.push(branch(fix, patch, base, material, dirty.as_deref()));
                actions.push(tree(patch, base));
            }
            (Remedy::Patch { patch }, Some(base)) => {
                actions.push(pull_request(fix, patch, base, material));
            }
            (Remedy::Patch { .. }, None) => {}
            (Remedy::Command { command }, _) => actions.push(copy(
                "Copy command",
                format!("puts `{command}` on the clipboard; nothing is run"),
                command,
            )),
        }
        // Only the best fix is offered as a button; the others stand in the text.
        if number == 0 && !actions.is_empty() {
            break;
        }
    }
    if let (Some(text), Some(issue)) = (&finding.comment, material.event.event.subject.number) {
        if material.local {
            actions.push(copy(
                "Copy checklist",
                "puts the checklist on the clipboard".into(),
                text,
            ));
        } else {
            actions.push(comment(text, issue, material.event));
        }
    } else if let Some(text) = &finding.comment {
        actions.push(copy(
            "Copy text",
            "puts the text on the clipboard".into(),
            text,
        ));
    }
    actions.sort_by_key(|action| action.refused.is_some());
    for (number, action) in actions.iter_mut().enumerate() {
        action.id = ActionId::new(
            material.now,
            &[
                &suggestion.to_string(),
                &material.run_id.to_string(),
                &number.to_string(),
            ],
        );
    }
    actions
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
        label: "Open fix PR".into(),
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

fn comment(text: &str, number: u64, row: &EventRow) -> Action {
    let subject = &row.event.subject;
    Action {
        id: unset(),
        kind: "comment".into(),
        label: "Post as comment".into(),
        effect: format!(
            "posts this comment on `{}#{number}` in your name",
            subject.repository
        ),
        reversible: true,
        refused: None,
        steps: vec![Step::Comment {
            number,
            body: text.to_owned(),
            marker: format!("<!-- perch:{} -->", short_hash(&row.event.dedup_key, 16)),
        }],
    }
}

fn copy(label: &str, effect: String, text: &str) -> Action {
    Action {
        id: unset(),
        kind: "copy".into(),
        label: label.into(),
        effect,
        reversible: true,
        refused: None,
        steps: vec![Step::Copy {
            text: text.to_owned(),
        }],
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
    format!("perch/{event}/{}-{hash}", slug(&fix.title))
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

/// Replaced once the action's place in the list is known.
fn unset() -> ActionId {
    ActionId::new(jiff::Timestamp::UNIX_EPOCH, &[])
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
