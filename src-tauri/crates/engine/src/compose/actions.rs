//! The actions of a suggestion: what a click can do, said word for word. A file for each family.

mod builds;
mod fix;
mod lines;
mod talk;
mod tickets;

use perch_core::action::{Action, Step, Thing};
use perch_core::event::EventRow;
use perch_core::finding::{Finding, Offer};
use perch_core::id::{ActionId, SuggestionId, short_hash};

use super::Material;

/// Every action of `finding` the provider knows how to do, the one to lead first; refused ones last.
pub(super) fn actions(
    finding: &Finding,
    material: &Material<'_>,
    suggestion: SuggestionId,
) -> Vec<Action> {
    let row = material.event;
    let (again, offers): (Vec<&Offer>, Vec<&Offer>) = finding
        .offers
        .iter()
        .partition(|offer| matches!(offer, Offer::Rerun));
    let mut actions = fix::actions(finding, material);
    actions.extend(again.first().and_then(|_| builds::rerun(row)));
    actions.extend(talk::comment(finding, material));
    for offer in &offers {
        actions.extend(offered(offer, row));
    }
    actions.extend(lines::comments(&offers, row));
    actions.retain(|action| {
        let mut steps = action.steps.iter();
        steps.all(|step| matches!(step, Step::Copy { .. }) || (material.knows)(step))
    });
    for action in &mut actions {
        action.reversible &= action.steps.iter().all(material.can_undo);
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

/// The action of one offer about an issue or pull request, if the event is about one.
fn offered(offer: &Offer, row: &EventRow) -> Option<Action> {
    let thing = thing(row)?;
    match offer {
        Offer::Label { labels } => Some(tickets::label(thing, labels, row)),
        Offer::RequestReviewers { reviewers } => match thing {
            Thing::PullRequest(number) => Some(tickets::ask_to_review(number, reviewers, row)),
            Thing::Issue(_) => None,
        },
        Offer::Close {
            comment,
            not_planned,
        } => Some(tickets::close(thing, comment, *not_planned, row)),
        Offer::OpenIssues {
            issues,
            labels,
            parts,
        } => tickets::open_issues(thing, issues, labels, *parts, row),
        Offer::EditIssue { before, after } => match thing {
            Thing::Issue(number) => Some(tickets::edit(number, before, after, row)),
            Thing::PullRequest(_) => None,
        },
        Offer::ReviewComment { .. } | Offer::Rerun => None,
    }
}

/// What the event is about, where people talk: its issue, or the pull request it is or belongs to.
fn thing(row: &EventRow) -> Option<Thing> {
    let subject = &row.event.subject;
    let number = subject.number?;
    Some(if subject.key.starts_with("issue/") {
        Thing::Issue(number)
    } else {
        Thing::PullRequest(number)
    })
}

/// What people call it: `acme/api#7`.
fn named(thing: Thing, row: &EventRow) -> String {
    let (Thing::Issue(number) | Thing::PullRequest(number)) = thing;
    format!("`{}#{number}`", row.event.subject.repository)
}

/// What something written for this event is known by; `what` tells it from the others.
fn marker(row: &EventRow, what: &str) -> String {
    let key = &row.event.dedup_key;
    let of = if what.is_empty() {
        key.clone()
    } else {
        format!("{key}\n{what}")
    };
    format!("<!-- perch:{} -->", short_hash(&of, 16))
}

/// Texts up to this many characters stand in the effect itself.
const SHORT: usize = 140;

/// A text quoted where it is short, so that the effect says all of it.
fn quoted(text: &str) -> String {
    let text = text.trim();
    let short = text.chars().count() <= SHORT && !text.contains('\n');
    if short {
        format!(": “{text}”")
    } else {
        String::new()
    }
}

/// Has `action` post or copy `new` where it would have `old`, and say so. Others are left as they are.
pub(super) fn say_instead(action: &mut Action, old: &str, new: &str, row: &EventRow) {
    let mut changed = false;
    for step in &mut action.steps {
        let text = match step {
            // What closes a thing is no comment of the finding's.
            Step::Comment { body, .. } if action.kind == "comment" => body,
            Step::Copy { text } => text,
            _ => continue,
        };
        if text == old {
            new.clone_into(text);
            changed = true;
        }
    }
    if changed
        && action.kind == "comment"
        && let Some(thing) = thing(row)
    {
        action.effect = talk::effect(thing, row, new);
    }
}

/// Names between backticks, with commas.
fn listed(names: &[String]) -> String {
    format!("`{}`", names.join("`, `"))
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

/// Replaced once the action's place in the list is known.
fn unset() -> ActionId {
    ActionId::new(jiff::Timestamp::UNIX_EPOCH, &[])
}

#[cfg(test)]
mod tests;
