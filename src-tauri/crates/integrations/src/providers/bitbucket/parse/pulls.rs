//! Pull requests, their reviews and comments.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::shape::{actor, identity, mentioned, name, names, page};
use crate::payload::{flag, list, moment, number, text};
use crate::reading::{Found, Reading};

pub(super) fn pull_request(reading: &Reading<'_>, what: &str) -> Option<Found> {
    let pull = reading.get("pullrequest")?;
    let of = number(pull, "/id")?;
    let mut subject = subject(reading, pull, of);
    let waits_for = if flag(pull, "/draft") {
        "author"
    } else {
        "reviewers"
    };
    let by = actor(reading);
    let author = pull.get("author").and_then(name);
    let (event_type, key, at, actor, turn) = match what {
        "created" => (
            EventType::PR_OPENED,
            format!("pull/{of}/opened"),
            moment(pull, "/created_on"),
            author.or(by),
            waits_for,
        ),
        // It does not say what changed; a push to its branch is told this way too.
        "updated" | "push" => (
            EventType::PR_UPDATED,
            format!("pull/{of}/updated/{}", fingerprint(pull)),
            moment(pull, "/updated_on"),
            by,
            waits_for,
        ),
        "fulfilled" => {
            let merged = text(pull, "/merge_commit/hash").map(Into::into);
            subject.commit = merged.or(subject.commit);
            (
                EventType::PR_MERGED,
                format!("pull/{of}/merged"),
                moment(pull, "/updated_on"),
                pull.get("closed_by").and_then(name).or(by),
                "nobody",
            )
        }
        // What was declined stays so.
        "rejected" => (
            EventType::PR_CLOSED,
            format!("pull/{of}/closed"),
            moment(pull, "/updated_on"),
            pull.get("closed_by").and_then(name).or(by),
            "nobody",
        ),
        _ => return review(reading, what, pull, of, subject),
    };
    Some(Found {
        event_type,
        key,
        subject,
        at,
        actor,
        involves: people(pull),
        data: data(pull, turn),
    })
}

/// An approval, a request for changes, or one of them taken back.
fn review(
    reading: &Reading<'_>,
    what: &str,
    pull: &Value,
    of: u64,
    subject: Subject,
) -> Option<Found> {
    let (field, done, state) = match what {
        "approved" => ("approval", "approved", "approved"),
        "unapproved" => ("approval", "unapproved", "dismissed"),
        "changes_request_created" => ("changes_request", "changes_requested", "changes_requested"),
        "changes_request_removed" => ("changes_request", "changes_unrequested", "dismissed"),
        _ => return None,
    };
    let review = reading.get(field)?;
    let person = review.get("user")?;
    let at = moment(review, "/date");
    let second = at.map_or(0, Timestamp::as_second);
    let by = name(person);
    let turn = if state == "dismissed" {
        "reviewers"
    } else {
        "author"
    };
    let mut involves = people(pull);
    involves.extend(by.clone());
    let mut data = data(pull, turn);
    data.insert("review".into(), json!({"author": by, "state": state}));
    Some(Found {
        event_type: EventType::PR_UPDATED,
        key: format!("pull/{of}/{done}/{}/{second}", identity(person)?),
        subject,
        at,
        actor: by,
        involves,
        data,
    })
}

pub(super) fn comment(reading: &Reading<'_>) -> Option<Found> {
    let pull = reading.get("pullrequest")?;
    let comment = reading.get("comment")?;
    let (of, id) = (number(pull, "/id")?, number(comment, "/id")?);
    let author = comment.get("user").and_then(name).or(actor(reading));
    let body = text(comment, "/content/raw").unwrap_or_default();
    let mut involves = people(pull);
    involves.extend(author.clone());
    involves.extend(mentioned(body));
    let about = json!({
        "number": of,
        "title": text(pull, "/title"),
        "body": text(pull, "/description"),
        "author": pull.get("author").and_then(name),
        "state": text(pull, "/state"),
        "pull_request": true,
    });
    let said = json!({
        "id": id,
        "author": author,
        "body": body,
        "url": page(comment),
        "path": text(comment, "/inline/path"),
        "edited": false,
    });
    Some(Found {
        event_type: EventType::ISSUE_COMMENT_CREATED,
        key: format!("pull/{of}/comment/{id}"),
        subject: Subject {
            url: page(comment),
            ..subject(reading, pull, of)
        },
        at: moment(comment, "/created_on"),
        actor: author,
        involves,
        data: Map::from_iter([("issue".to_owned(), about), ("comment".to_owned(), said)]),
    })
}

fn subject(reading: &Reading<'_>, pull: &Value, of: u64) -> Subject {
    Subject {
        number: Some(of),
        branch: head_branch(pull),
        base_branch: text(pull, "/destination/branch/name").map(Into::into),
        commit: text(pull, "/source/commit/hash").map(Into::into),
        url: page(pull),
        ..reading.subject(
            format!("pull/{of}"),
            text(pull, "/title").unwrap_or_default(),
        )
    }
}

/// The branch it comes from; one in a fork is written `owner:branch`, which no branch's name can be.
fn head_branch(pull: &Value) -> Option<String> {
    let branch = text(pull, "/source/branch/name")?;
    if !is_fork(pull) {
        return Some(branch.into());
    }
    let owner = text(pull, "/source/repository/full_name")
        .and_then(|name| name.split('/').next())
        .unwrap_or("fork");
    Some(format!("{owner}:{branch}"))
}

/// True when it comes from another repository, or from one that is gone.
fn is_fork(pull: &Value) -> bool {
    text(pull, "/source/repository/uuid") != text(pull, "/destination/repository/uuid")
}

fn people(pull: &Value) -> Vec<String> {
    let mut people: Vec<String> = pull.get("author").and_then(name).into_iter().collect();
    people.extend(names(pull, "/reviewers"));
    people.extend(mentioned(text(pull, "/description").unwrap_or_default()));
    people
}

fn data(pull: &Value, turn: &str) -> Map<String, Value> {
    let about = json!({
        "number": number(pull, "/id"),
        "title": text(pull, "/title"),
        "body": text(pull, "/description"),
        "labels": [],
        "draft": flag(pull, "/draft"),
        "author": pull.get("author").and_then(name),
        "assignees": [],
        "requested_reviewers": names(pull, "/reviewers"),
        "head": text(pull, "/source/branch/name"),
        "head_sha": text(pull, "/source/commit/hash"),
        "head_repo_fork": is_fork(pull),
        "base": text(pull, "/destination/branch/name"),
        "base_sha": text(pull, "/destination/commit/hash"),
        "merge_commit": text(pull, "/merge_commit/hash"),
        "turn": turn,
    });
    Map::from_iter([("pull_request".to_owned(), about)])
}

/// The same as long as nothing is pushed, edited, asked for or retargeted.
pub(in super::super) fn fingerprint(pull: &Value) -> String {
    let mut reviewers: Vec<&str> = list(pull, "/reviewers").filter_map(identity).collect();
    reviewers.sort_unstable();
    let facts = json!([
        text(pull, "/title"),
        text(pull, "/description"),
        reviewers,
        flag(pull, "/draft"),
        text(pull, "/source/commit/hash"),
        text(pull, "/destination/branch/name"),
    ]);
    short_hash(&facts.to_string(), 16)
}
