//! What the finding would say where the thing is discussed, as a comment, or as text to copy.

use perch_core::action::{Action, Step, Thing};
use perch_core::event::EventRow;
use perch_core::finding::Finding;

use super::{copy, marker, named, quoted, thing, unset};
use crate::compose::Material;

/// The action that posts the finding's comment, or hands it over; none where the user would talk to nobody but themself.
pub(super) fn comment(finding: &Finding, material: &Material<'_>) -> Option<Action> {
    let text = finding.comment.as_ref()?;
    let called = called(text);
    if !called.is_empty() && called.iter().all(|name| (material.is_user)(name)) {
        return None;
    }
    let Some(thing) = thing(material.event) else {
        return Some(copy(
            "Copy text",
            "puts the text on the clipboard".into(),
            text,
        ));
    };
    if material.local {
        return Some(copy(
            "Copy checklist",
            "puts the checklist on the clipboard".into(),
            text,
        ));
    }
    let (Thing::Issue(number) | Thing::PullRequest(number)) = thing;
    Some(Action {
        id: unset(),
        kind: "comment".into(),
        label: "Post as comment".into(),
        effect: effect(thing, material.event, text),
        reversible: true,
        refused: None,
        steps: vec![Step::Comment {
            number,
            body: text.clone(),
            marker: marker(material.event, ""),
        }],
    })
}

/// What posting `text` on `thing` does, in words.
pub(super) fn effect(thing: Thing, row: &EventRow, text: &str) -> String {
    format!(
        "posts this comment on {} in your name{}",
        named(thing, row),
        quoted(text)
    )
}

/// Those whom `text` begins by calling: `@ada and @grace, this waits for you`.
fn called(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for word in text.split_whitespace() {
        if let Some(name) = word.strip_prefix('@') {
            names.push(name.trim_end_matches([',', ':']));
        } else if word != "and" {
            break;
        }
    }
    names
}
