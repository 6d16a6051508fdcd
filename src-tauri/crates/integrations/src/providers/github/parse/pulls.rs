//! Pull requests and what is said in their reviews.

use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{Found, Reading};
use crate::payload::{flag, labels, login, logins, mentions, moment, number, text};

/// Actions that change a pull request without opening or closing it.
const CHANGES: [&str; 13] = [
    "assigned",
    "auto_merge_disabled",
    "auto_merge_enabled",
    "converted_to_draft",
    "demilestoned",
    "edited",
    "labeled",
    "milestoned",
    "ready_for_review",
    "review_request_removed",
    "review_requested",
    "unassigned",
    "unlabeled",
];

pub(super) fn pull_request(reading: &Reading<'_>) -> Option<Found> {
    let pull = reading.get("pull_request")?;
    let number = number(pull, "/number")?;
    let head = text(pull, "/head/sha").unwrap_or_default();
    let mut subject = subject(reading, pull, number);
    let (event_type, key, at, actor, turn) = match reading.action() {
        "opened" => (
            EventType::PR_OPENED,
            format!("pull/{number}/opened"),
            "/created_at",
            pull.get("user").and_then(login),
            "reviewers",
        ),
        // Neither door tells how often it was closed before; what would be looked at is its head.
        "reopened" => (
            EventType::PR_OPENED,
            format!("pull/{number}/reopened/{head}"),
            "/updated_at",
            reading.sender(),
            "reviewers",
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
        "synchronize" => {
            subject.before = text(reading.payload, "/before").map(Into::into);
            (
                EventType::PR_UPDATED,
                format!("pull/{number}/head/{head}"),
                "/updated_at",
                reading.sender(),
                "reviewers",
            )
        }
        action if CHANGES.contains(&action) => (
            EventType::PR_UPDATED,
            format!("pull/{number}/updated/{}", fingerprint(pull)),
            "/updated_at",
            reading.sender(),
            if flag(pull, "/draft") {
                "author"
            } else {
                "reviewers"
            },
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

pub(super) fn review(reading: &Reading<'_>) -> Option<Found> {
    let pull = reading.get("pull_request")?;
    let review = reading.get("review")?;
    let (pull_number, id) = (number(pull, "/number")?, number(review, "/id")?);
    let key = match reading.action() {
        "submitted" => format!("pull/{pull_number}/review/{id}"),
        "dismissed" => format!("pull/{pull_number}/review/{id}/dismissed"),
        _ => return None,
    };
    let state = text(review, "/state")
        .unwrap_or_default()
        .to_ascii_lowercase();
    Some(said(reading, pull, pull_number, review, &state, key))
}

/// Every comment on code belongs to a review, so both are told as that review.
pub(super) fn review_comment(reading: &Reading<'_>) -> Option<Found> {
    let pull = reading.get("pull_request")?;
    let comment = reading.get("comment")?;
    let pull_number = number(pull, "/number")?;
    if reading.action() != "created" {
        return None;
    }
    let key = match number(comment, "/pull_request_review_id") {
        Some(review) => format!("pull/{pull_number}/review/{review}"),
        None => format!(
            "pull/{pull_number}/review-comment/{}",
            number(comment, "/id")?
        ),
    };
    Some(said(reading, pull, pull_number, comment, "commented", key))
}

/// Something said about a pull request, and whose turn it is after it.
fn said(
    reading: &Reading<'_>,
    pull: &Value,
    pull_number: u64,
    words: &Value,
    state: &str,
    key: String,
) -> Found {
    let by = words.get("user").and_then(login);
    let author = pull.get("user").and_then(login);
    let turn = if state == "dismissed" || (by.is_some() && by == author) {
        "reviewers"
    } else {
        "author"
    };
    let body = text(words, "/body").unwrap_or_default();
    let mut involves = people(pull);
    involves.extend(by.clone());
    involves.extend(mentions(body));
    let mut data = data(pull, turn);
    data.insert(
        "review".into(),
        json!({
            "author": by,
            "state": state,
            "id": number(words, "/pull_request_review_id").or(number(words, "/id")),
            "body": body,
            "url": text(words, "/html_url"),
        }),
    );
    Found {
        event_type: EventType::PR_UPDATED,
        key,
        subject: subject(reading, pull, pull_number),
        at: moment(words, "/submitted_at")
            .or(moment(words, "/created_at"))
            .or(moment(pull, "/updated_at")),
        actor: by,
        involves,
        data,
    }
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
    let owner = text(pull, "/head/repo/owner/login")
        .or(text(pull, "/head/user/login"))
        .unwrap_or("unknown");
    Some(format!("{owner}:{branch}"))
}

/// True when the head is in another repository, or in one that is gone.
fn is_fork(pull: &Value) -> bool {
    number(pull, "/head/repo/id") != number(pull, "/base/repo/id")
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
        "draft": flag(pull, "/draft"),
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
    let mut teams: Vec<&str> = crate::payload::list(pull, "/requested_teams")
        .filter_map(|team| text(team, "/slug"))
        .collect();
    let mut labels = labels(pull);
    assignees.sort_unstable();
    reviewers.sort_unstable();
    teams.sort_unstable();
    labels.sort_unstable();
    let facts = json!([
        text(pull, "/title"),
        text(pull, "/body"),
        labels,
        assignees,
        reviewers,
        teams,
        flag(pull, "/draft"),
        text(pull, "/base/ref"),
        text(pull, "/milestone/title"),
        pull.get("auto_merge").is_some_and(Value::is_object),
    ]);
    short_hash(&facts.to_string(), 16)
}
