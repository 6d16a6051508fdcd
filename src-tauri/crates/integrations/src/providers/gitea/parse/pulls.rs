//! Pull requests and their reviews.

use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{Found, Reading};
use crate::payload::{flag, labels, login, logins, mentions, moment, number, text};
use crate::providers::gitea::api::is_work_in_progress;

/// Actions that change a pull request without opening or closing it.
const CHANGES: [&str; 9] = [
    "assigned",
    "demilestoned",
    "edited",
    "label_cleared",
    "label_updated",
    "milestoned",
    "review_request_removed",
    "review_requested",
    "unassigned",
];

pub(super) fn pull_request(reading: &Reading<'_>) -> Option<Found> {
    let pull = reading.get("pull_request")?;
    let number = number(pull, "/number")?;
    let head = text(pull, "/head/sha").unwrap_or_default();
    let mut subject = subject(reading, pull, number);
    let waits_for = if is_draft(pull) {
        "author"
    } else {
        "reviewers"
    };
    let (event_type, key, at, actor, turn) = match reading.action() {
        "opened" => (
            EventType::PR_OPENED,
            format!("pull/{number}/opened"),
            "/created_at",
            pull.get("user").and_then(login),
            waits_for,
        ),
        // Neither door tells how often it was closed before; what would be looked at is its head.
        "reopened" => (
            EventType::PR_OPENED,
            format!("pull/{number}/reopened/{head}"),
            "/updated_at",
            reading.sender(),
            waits_for,
        ),
        "closed" if flag(pull, "/merged") || text(pull, "/merged_at").is_some() => {
            subject.commit = text(pull, "/merge_commit_sha").map(Into::into);
            (
                EventType::PR_MERGED,
                format!("pull/{number}/merged"),
                "/merged_at",
                pull.get("merged_by").and_then(login).or(reading.sender()),
                "nobody",
            )
        }
        "closed" => {
            let closed = moment(pull, "/closed_at").map_or(0, jiff::Timestamp::as_second);
            (
                EventType::PR_CLOSED,
                format!("pull/{number}/closed/{closed}"),
                "/closed_at",
                reading.sender(),
                "nobody",
            )
        }
        "synchronized" => {
            subject.before = text(reading.payload, "/before").map(Into::into);
            (
                EventType::PR_UPDATED,
                format!("pull/{number}/head/{head}"),
                "/updated_at",
                reading.sender(),
                waits_for,
            )
        }
        action if CHANGES.contains(&action) => (
            EventType::PR_UPDATED,
            format!("pull/{number}/updated/{}", fingerprint(pull)),
            "/updated_at",
            reading.sender(),
            waits_for,
        ),
        _ => return None,
    };
    Some(Found {
        event_type,
        key,
        subject,
        at: moment(pull, at),
        actor,
        involves: people(pull),
        data: data(pull, turn),
    })
}

/// A review. Its webhook tells neither its number nor its moment, only its kind and its words.
pub(super) fn review(reading: &Reading<'_>) -> Option<Found> {
    let pull = reading.get("pull_request")?;
    let review = reading.get("review")?;
    let of = number(pull, "/number")?;
    let words = text(review, "/type").unwrap_or_default();
    let state = if words.ends_with("approved") {
        "approved"
    } else if words.ends_with("rejected") {
        "changes_requested"
    } else if words.ends_with("comment") {
        "commented"
    } else {
        return None;
    };
    let by = reading.sender();
    let body = text(review, "/content").unwrap_or_default();
    let commit = text(review, "/commit_id").or(text(pull, "/head/sha"));
    let turn = if by.is_some() && by == pull.get("user").and_then(login) {
        "reviewers"
    } else {
        "author"
    };
    let mut involves = people(pull);
    involves.extend(by.clone());
    involves.extend(mentions(body));
    let mut data = data(pull, turn);
    data.insert(
        "review".into(),
        json!({
            "author": by,
            "state": state,
            "id": number(review, "/id"),
            "body": body,
            "url": text(review, "/html_url"),
        }),
    );
    let key = review_key(of, by.as_deref(), state, commit, body);
    Some(Found {
        event_type: EventType::PR_UPDATED,
        key,
        subject: subject(reading, pull, of),
        at: moment(review, "/submitted_at").or(moment(pull, "/updated_at")),
        actor: by,
        involves,
        data,
    })
}

/// What both doors know of a review: who, how, of which commit, in which words.
fn review_key(
    pull: u64,
    by: Option<&str>,
    state: &str,
    commit: Option<&str>,
    body: &str,
) -> String {
    let facts = json!([by, state, commit, body]).to_string();
    format!("pull/{pull}/review/{}", short_hash(&facts, 16))
}

fn is_draft(pull: &Value) -> bool {
    flag(pull, "/draft") || is_work_in_progress(text(pull, "/title").unwrap_or_default())
}

fn subject(reading: &Reading<'_>, pull: &Value, number: u64) -> Subject {
    Subject {
        number: Some(number),
        branch: head_branch(pull),
        base_branch: text(pull, "/base/ref").map(Into::into),
        commit: text(pull, "/head/sha").map(Into::into),
        url: text(pull, "/html_url").map(Into::into),
        ..reading.subject(
            format!("pull/{number}"),
            text(pull, "/title").unwrap_or_default(),
        )
    }
}

/// The head's branch; one in a fork is written `owner:branch`, which no branch's name can be.
fn head_branch(pull: &Value) -> Option<String> {
    let branch = text(pull, "/head/ref")?;
    if !is_fork(pull) {
        return Some(branch.into());
    }
    let owner = text(pull, "/head/repo/owner/login").unwrap_or("unknown");
    Some(format!("{owner}:{branch}"))
}

/// True when the head is in another repository, or in one that is gone.
fn is_fork(pull: &Value) -> bool {
    number(pull, "/head/repo_id") != number(pull, "/base/repo_id")
}

fn people(pull: &Value) -> Vec<String> {
    let mut people: Vec<String> = pull.get("user").and_then(login).into_iter().collect();
    people.extend(logins(pull, "/assignees"));
    people.extend(logins(pull, "/requested_reviewers"));
    people.extend(mentions(text(pull, "/body").unwrap_or_default()));
    people
}

fn data(pull: &Value, turn: &str) -> Map<String, Value> {
    let about = json!({
        "number": number(pull, "/number"),
        "title": text(pull, "/title"),
        "body": text(pull, "/body"),
        "labels": labels(pull),
        "draft": is_draft(pull),
        "author": pull.get("user").and_then(login),
        "assignees": logins(pull, "/assignees"),
        "requested_reviewers": logins(pull, "/requested_reviewers"),
        "head": text(pull, "/head/ref"),
        "head_sha": text(pull, "/head/sha"),
        "head_repo_fork": is_fork(pull),
        "base": text(pull, "/base/ref"),
        "base_sha": text(pull, "/base/sha"),
        "merge_commit": text(pull, "/merge_commit_sha"),
        "turn": turn,
    });
    Map::from_iter([("pull_request".to_owned(), about)])
}

/// The same as long as nothing is edited, labelled, assigned, asked for or retargeted.
pub(in super::super) fn fingerprint(pull: &Value) -> String {
    let mut assignees = logins(pull, "/assignees");
    let mut reviewers = logins(pull, "/requested_reviewers");
    let mut labels = labels(pull);
    assignees.sort_unstable();
    reviewers.sort_unstable();
    labels.sort_unstable();
    let facts = json!([
        text(pull, "/title"),
        text(pull, "/body"),
        labels,
        assignees,
        reviewers,
        text(pull, "/base/ref"),
        text(pull, "/milestone/title"),
    ]);
    short_hash(&facts.to_string(), 16)
}
