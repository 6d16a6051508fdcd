//! What can be done to an issue or pull request: label it, ask for its review, close it, edit it, open issues about it.

use perch_core::action::{Action, Step, Thing};
use perch_core::event::EventRow;

use super::{listed, marker, named, quoted, unset};

/// Titles named in an effect; more are counted.
const TITLES: usize = 3;

/// Gives it labels.
pub(super) fn label(thing: Thing, labels: &[String], row: &EventRow) -> Action {
    let noun = if labels.len() == 1 { "label" } else { "labels" };
    Action {
        id: unset(),
        kind: "label".into(),
        label: format!("Add {noun}"),
        effect: format!(
            "gives {} the {noun} {}; labels it has stay",
            named(thing, row),
            listed(labels)
        ),
        reversible: true,
        refused: None,
        steps: vec![Step::AddLabels {
            thing,
            labels: labels.to_vec(),
        }],
    }
}

/// Asks people to review it.
pub(super) fn ask_to_review(number: u64, reviewers: &[String], row: &EventRow) -> Action {
    Action {
        id: unset(),
        kind: "review".into(),
        label: "Request review".into(),
        effect: format!(
            "asks {} to review {} in your name; the forge tells them",
            listed(reviewers),
            named(Thing::PullRequest(number), row)
        ),
        reversible: true,
        refused: None,
        steps: vec![Step::RequestReviewers {
            number,
            reviewers: reviewers.to_vec(),
        }],
    }
}

/// Says why and closes it.
pub(super) fn close(thing: Thing, comment: &str, not_planned: bool, row: &EventRow) -> Action {
    let name = named(thing, row);
    let (noun, how) = match (thing, not_planned) {
        (Thing::PullRequest(_), _) => ("pull request", "without merging"),
        (Thing::Issue(_), true) => ("issue", "as not planned"),
        (Thing::Issue(_), false) => ("issue", "as completed"),
    };
    let (Thing::Issue(number) | Thing::PullRequest(number)) = thing;
    let mut steps = Vec::new();
    let effect = if comment.trim().is_empty() {
        format!("closes {name} {how} in your name")
    } else {
        steps.push(Step::Comment {
            number,
            body: comment.to_owned(),
            marker: marker(row, "close"),
        });
        format!(
            "posts a comment on {name} in your name and closes it {how}{}",
            quoted(comment)
        )
    };
    steps.push(Step::Close { thing, not_planned });
    Action {
        id: unset(),
        kind: "close".into(),
        label: format!("Close {noun}"),
        effect,
        reversible: true,
        refused: None,
        steps,
    }
}

/// Opens issues, as parts of the event's issue where they are.
pub(super) fn open_issues(
    thing: Thing,
    issues: &[(String, String)],
    labels: &[String],
    parts: bool,
    row: &EventRow,
) -> Option<Action> {
    let parent = match thing {
        Thing::Issue(number) if parts => Some(number),
        _ => None,
    };
    let noun = if parent.is_some() {
        "sub-issue"
    } else {
        "issue"
    };
    let (label, count) = match issues.len() {
        0 => return None,
        1 => (format!("Open {noun}"), format!("one {noun}")),
        several => (
            format!("Open {several} {noun}s"),
            format!("{several} {noun}s"),
        ),
    };
    let titles: Vec<String> = issues
        .iter()
        .take(TITLES)
        .map(|(title, _)| format!("“{title}”"))
        .collect();
    let more = match issues.len() - titles.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let place = match parent {
        Some(_) => named(thing, row),
        None => format!("`{}`", row.event.subject.repository),
    };
    let under = if parent.is_some() { "under" } else { "in" };
    let with = if labels.is_empty() {
        String::new()
    } else {
        format!(", labelled {}", listed(labels))
    };
    Some(Action {
        id: unset(),
        kind: "issue".into(),
        label,
        effect: format!(
            "opens {count} {under} {place} in your name{with}: {}{more}",
            titles.join(", ")
        ),
        reversible: true,
        refused: None,
        steps: issues
            .iter()
            .map(|(title, body)| Step::OpenIssue {
                title: title.clone(),
                body: body.clone(),
                labels: labels.to_vec(),
                parent,
                marker: marker(row, &format!("issue {title}")),
            })
            .collect(),
    })
}

/// Gives an issue another text.
pub(super) fn edit(number: u64, before: &str, after: &str, row: &EventRow) -> Action {
    Action {
        id: unset(),
        kind: "issue".into(),
        label: "Edit issue".into(),
        effect: format!(
            "replaces the text of {} by the one below in your name{}",
            named(Thing::Issue(number), row),
            quoted(after)
        ),
        reversible: true,
        refused: None,
        steps: vec![Step::EditIssue {
            number,
            before: before.to_owned(),
            after: after.to_owned(),
        }],
    }
}
