//! Comments on lines of a pull request's change, all in one action.

use perch_core::action::{Action, Step, Thing};
use perch_core::event::EventRow;
use perch_core::finding::Offer;

use super::{marker, named, quoted, thing, unset};

/// The action that comments on all offered lines; the event must be about a pull request at a known commit.
pub(super) fn comments(offers: &[&Offer], row: &EventRow) -> Option<Action> {
    let Some(Thing::PullRequest(number)) = thing(row) else {
        return None;
    };
    let commit = row.event.subject.commit.as_ref()?;
    let mut steps = Vec::new();
    let mut places = Vec::new();
    let mut changes = 0;
    for offer in offers {
        let Offer::ReviewComment {
            path,
            lines,
            body,
            replacement,
        } = offer
        else {
            continue;
        };
        let (first, last) = *lines;
        places.push(if first == last {
            format!("`{path}:{first}`")
        } else {
            format!("`{path}:{first}–{last}`")
        });
        changes += usize::from(replacement.is_some());
        steps.push(Step::ReviewComment {
            number,
            commit: commit.clone(),
            path: path.clone(),
            lines: *lines,
            body: body.clone(),
            replacement: replacement.clone(),
            marker: marker(row, &format!("{path}:{first}-{last}")),
        });
    }
    let words = match steps.as_slice() {
        [] => return None,
        [Step::ReviewComment { body, .. }] => quoted(body),
        _ => String::new(),
    };
    let with = match changes {
        0 => String::new(),
        1 => ", with a suggested change".into(),
        changes => format!(", with {changes} suggested changes"),
    };
    let label = if let [_] = steps.as_slice() {
        "Post review comment".to_owned()
    } else {
        format!("Post {} review comments", steps.len())
    };
    Some(Action {
        id: unset(),
        kind: "comment".into(),
        label,
        effect: format!(
            "comments on {} in {} in your name{with}{words}",
            places.join(", "),
            named(Thing::PullRequest(number), row)
        ),
        reversible: true,
        refused: None,
        steps,
    })
}
