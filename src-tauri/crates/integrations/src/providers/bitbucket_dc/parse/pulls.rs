//! Pull requests, their reviews and comments.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{actor, mentioned, name, sent};
use crate::payload::{flag, list, number, text};
use crate::providers::bitbucket_dc::api::{link, millis};
use crate::reading::{Found, Reading};

pub(super) fn pull_request(reading: &Reading<'_>, what: &str) -> Option<Found> {
    let pull = reading.get("pullRequest")?;
    let of = number(pull, "/id")?;
    let mut subject = subject(reading, pull, of);
    let head = subject.commit.clone().unwrap_or_default();
    let waits_for = if flag(pull, "/draft") {
        "author"
    } else {
        "reviewers"
    };
    let by = actor(reading);
    let sent = sent(reading);
    let (event_type, key, at, by, turn) = match what {
        "opened" => {
            let author = pull.pointer("/author/user").and_then(name);
            (
                EventType::PR_OPENED,
                format!("pull/{of}/opened"),
                millis(pull, "createdDate"),
                author.or(by),
                waits_for,
            )
        }
        // No door tells how often it was declined before; what would be looked at is its head.
        "reopened" => (
            EventType::PR_OPENED,
            format!("pull/{of}/reopened/{head}"),
            sent,
            by,
            waits_for,
        ),
        "from_ref_updated" => {
            subject.before = text(reading.payload, "/previousFromHash").map(Into::into);
            (
                EventType::PR_UPDATED,
                format!("pull/{of}/head/{head}"),
                sent,
                by,
                waits_for,
            )
        }
        "modified" | "reviewer:updated" => (
            EventType::PR_UPDATED,
            format!("pull/{of}/updated/{}", fingerprint(pull)),
            sent,
            by,
            waits_for,
        ),
        "merged" => {
            let merged = text(pull, "/properties/mergeCommit/id").map(Into::into);
            subject.commit = merged.or(subject.commit);
            (
                EventType::PR_MERGED,
                format!("pull/{of}/merged"),
                millis(pull, "closedDate").or(sent),
                by,
                "nobody",
            )
        }
        "declined" | "deleted" => {
            let closed = millis(pull, "closedDate");
            let second = closed.map_or(0, Timestamp::as_second);
            (
                EventType::PR_CLOSED,
                format!("pull/{of}/closed/{second}"),
                closed.or(sent),
                by,
                "nobody",
            )
        }
        _ => return review(reading, what, pull, of, subject),
    };
    Some(Found {
        event_type,
        key,
        subject,
        at,
        actor: by,
        involves: people(pull),
        data: data(pull, turn),
    })
}

/// An approval, a request for changes, or one of them taken back: once for each person and head.
fn review(
    reading: &Reading<'_>,
    what: &str,
    pull: &Value,
    of: u64,
    subject: Subject,
) -> Option<Found> {
    let (done, state, turn) = match what {
        "reviewer:approved" => ("approved", "approved", "author"),
        "reviewer:needs_work" => ("needs_work", "changes_requested", "author"),
        "reviewer:unapproved" => ("unapproved", "dismissed", "reviewers"),
        _ => return None,
    };
    let person = reading.payload.pointer("/participant/user");
    let by = person.and_then(name).or(actor(reading))?;
    let head = subject.commit.clone().unwrap_or_default();
    let mut involves = people(pull);
    involves.push(by.clone());
    let mut data = data(pull, turn);
    data.insert("review".into(), json!({"author": by, "state": state}));
    Some(Found {
        event_type: EventType::PR_UPDATED,
        key: format!("pull/{of}/{done}/{by}/{head}"),
        subject,
        at: sent(reading),
        actor: Some(by),
        involves,
        data,
    })
}

pub(super) fn comment(reading: &Reading<'_>) -> Option<Found> {
    let pull = reading.get("pullRequest")?;
    let comment = reading.get("comment")?;
    let (of, id) = (number(pull, "/id")?, number(comment, "/id")?);
    let author = comment.get("author").and_then(name).or(actor(reading));
    let body = text(comment, "/text").unwrap_or_default();
    let mut involves = people(pull);
    involves.extend(author.clone());
    involves.extend(mentioned(body));
    let url = link(pull).map(|page| format!("{page}/overview?commentId={id}"));
    let about = json!({
        "number": of,
        "title": text(pull, "/title"),
        "body": text(pull, "/description"),
        "author": pull.pointer("/author/user").and_then(name),
        "state": text(pull, "/state"),
        "pull_request": true,
    });
    let said = json!({
        "id": id,
        "author": author,
        "body": body,
        "url": url,
        "edited": false,
    });
    Some(Found {
        event_type: EventType::ISSUE_COMMENT_CREATED,
        key: format!("pull/{of}/comment/{id}"),
        subject: Subject {
            url,
            ..subject(reading, pull, of)
        },
        at: millis(comment, "createdDate"),
        actor: author,
        involves,
        data: Map::from_iter([("issue".to_owned(), about), ("comment".to_owned(), said)]),
    })
}

fn subject(reading: &Reading<'_>, pull: &Value, of: u64) -> Subject {
    Subject {
        number: Some(of),
        branch: head_branch(pull),
        base_branch: text(pull, "/toRef/displayId").map(Into::into),
        commit: text(pull, "/fromRef/latestCommit").map(Into::into),
        url: link(pull).map(Into::into),
        ..reading.subject(
            format!("pull/{of}"),
            text(pull, "/title").unwrap_or_default(),
        )
    }
}

/// The branch it comes from; one in a fork is written `owner:branch`, which no branch's name can be.
pub(in super::super) fn head_branch(pull: &Value) -> Option<String> {
    let branch = text(pull, "/fromRef/displayId")?;
    if !is_fork(pull) {
        return Some(branch.into());
    }
    let owner = text(pull, "/fromRef/repository/project/key").unwrap_or("fork");
    Some(format!("{}:{branch}", owner.trim_start_matches('~')))
}

/// True when it comes from another repository, or from one that is gone.
fn is_fork(pull: &Value) -> bool {
    number(pull, "/fromRef/repository/id") != number(pull, "/toRef/repository/id")
}

fn reviewers(pull: &Value) -> Vec<String> {
    list(pull, "/reviewers")
        .filter_map(|reviewer| name(reviewer.get("user")?))
        .collect()
}

fn people(pull: &Value) -> Vec<String> {
    let author = pull.pointer("/author/user").and_then(name);
    let mut people: Vec<String> = author.into_iter().collect();
    people.extend(reviewers(pull));
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
        "author": pull.pointer("/author/user").and_then(name),
        "assignees": [],
        "requested_reviewers": reviewers(pull),
        "head": text(pull, "/fromRef/displayId"),
        "head_sha": text(pull, "/fromRef/latestCommit"),
        "head_repo_fork": is_fork(pull),
        "base": text(pull, "/toRef/displayId"),
        "base_sha": text(pull, "/toRef/latestCommit"),
        "merge_commit": text(pull, "/properties/mergeCommit/id"),
        "turn": turn,
    });
    Map::from_iter([("pull_request".to_owned(), about)])
}

/// The same as long as nothing is edited, asked for or retargeted. Whoever reviews becomes a reviewer, so only those
/// who have not yet said anything count.
pub(in super::super) fn fingerprint(pull: &Value) -> String {
    let mut waiting: Vec<String> = list(pull, "/reviewers")
        .filter(|reviewer| text(reviewer, "/status").is_none_or(|status| status == "UNAPPROVED"))
        .filter_map(|reviewer| name(reviewer.get("user")?))
        .collect();
    waiting.sort_unstable();
    let facts = json!([
        text(pull, "/title"),
        text(pull, "/description"),
        flag(pull, "/draft"),
        text(pull, "/toRef/displayId"),
    ]);
    short_hash(&json!([facts, waiting]).to_string(), 16)
}
