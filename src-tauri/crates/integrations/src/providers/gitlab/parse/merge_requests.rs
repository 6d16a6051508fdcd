//! Merge requests, and who approved them.

use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::shape::{assignees, author, labels, mentions, moment, usernames};
use super::{Found, Reading};
use crate::payload::{flag, number, text};

/// The merge request itself within a payload.
const ABOUT: &str = "/object_attributes";

pub(super) fn merge_request(reading: &Reading<'_>) -> Option<Found> {
    let payload = reading.payload;
    let about = reading.about()?;
    let of = number(about, "/iid")?;
    let head = text(about, "/last_commit/id").unwrap_or_default();
    let mut subject = Subject {
        number: Some(of),
        branch: head_branch(about, author(payload, ABOUT).as_deref()),
        base_branch: text(about, "/target_branch").map(Into::into),
        commit: (!head.is_empty()).then(|| head.to_owned()),
        url: text(about, "/url").map(Into::into),
        ..reading.subject(
            format!("pull/{of}"),
            text(about, "/title").unwrap_or_default(),
        )
    };
    let sender = reading.sender();
    let (event_type, key, at, turn) = match reading.action() {
        "open" => (
            EventType::PR_OPENED,
            format!("pull/{of}/opened"),
            "/created_at",
            "reviewers",
        ),
        // No door tells how often it was closed before; what would be looked at is its head.
        "reopen" => (
            EventType::PR_OPENED,
            format!("pull/{of}/reopened/{head}"),
            "/updated_at",
            "reviewers",
        ),
        "merge" => {
            let merged = text(about, "/merge_commit_sha").or(text(about, "/squash_commit_sha"));
            // A fast-forward makes no commit of its own.
            subject.commit = merged.map(Into::into).or(subject.commit);
            (
                EventType::PR_MERGED,
                format!("pull/{of}/merged"),
                "/updated_at",
                "nobody",
            )
        }
        "close" => (
            EventType::PR_CLOSED,
            format!("pull/{of}/closed/{head}"),
            "/updated_at",
            "nobody",
        ),
        "update" if text(about, "/oldrev").is_some() => {
            subject.before = text(about, "/oldrev").map(Into::into);
            (
                EventType::PR_UPDATED,
                format!("pull/{of}/head/{head}"),
                "/updated_at",
                "reviewers",
            )
        }
        "update" => (
            EventType::PR_UPDATED,
            format!("pull/{of}/updated/{}", fingerprint(payload)),
            "/updated_at",
            if is_draft(about) {
                "author"
            } else {
                "reviewers"
            },
        ),
        // "approved" is said of the approval after which no more are needed, "approval" of any other.
        action @ ("approved" | "approval" | "unapproved" | "unapproval") => {
            let done = if action.starts_with("un") {
                "unapproved"
            } else {
                "approved"
            };
            (
                EventType::PR_UPDATED,
                format!("pull/{of}/{done}/{}/{head}", sender.clone()?),
                "/updated_at",
                if done == "approved" {
                    "author"
                } else {
                    "reviewers"
                },
            )
        }
        _ => return None,
    };
    let mut data = data(payload, about, turn);
    if reading.action().contains("approv") {
        let state = if reading.action().starts_with("un") {
            "dismissed"
        } else {
            "approved"
        };
        data.insert("review".into(), json!({"author": sender, "state": state}));
    }
    let actor = if event_type == EventType::PR_OPENED {
        author(payload, ABOUT).or(sender)
    } else {
        sender
    };
    let mut involves = people(payload, about);
    involves.extend(actor.clone());
    Some(Found {
        event_type,
        key,
        subject,
        at: moment(about, at),
        actor,
        involves,
        data,
    })
}

/// The branch a merge request comes from; one in a fork is written `owner:branch`, which no branch's name can be.
pub(super) fn head_branch(about: &Value, author: Option<&str>) -> Option<String> {
    let branch = text(about, "/source_branch")?;
    if !is_fork(about) {
        return Some(branch.into());
    }
    let owner = text(about, "/source/path_with_namespace")
        .and_then(|path| path.rsplit_once('/'))
        .map(|(owner, _)| owner);
    Some(format!("{}:{branch}", owner.or(author).unwrap_or("fork")))
}

/// True when it comes from another project, or from one that is gone.
fn is_fork(about: &Value) -> bool {
    number(about, "/source_project_id") != number(about, "/target_project_id")
}

fn is_draft(about: &Value) -> bool {
    flag(about, "/draft") || flag(about, "/work_in_progress")
}

fn people(payload: &Value, about: &Value) -> Vec<String> {
    let mut people: Vec<String> = author(payload, ABOUT).into_iter().collect();
    people.extend(assignees(payload));
    people.extend(usernames(payload, "/reviewers"));
    people.extend(mentions(text(about, "/description").unwrap_or_default()));
    people
}

fn data(payload: &Value, about: &Value, turn: &str) -> Map<String, Value> {
    let pull = json!({
        "number": number(about, "/iid"),
        "title": text(about, "/title"),
        "body": text(about, "/description"),
        "labels": labels(payload),
        "draft": is_draft(about),
        "author": author(payload, ABOUT),
        "assignees": assignees(payload),
        "requested_reviewers": usernames(payload, "/reviewers"),
        "head": text(about, "/source_branch"),
        "head_sha": text(about, "/last_commit/id"),
        "head_repo_fork": is_fork(about),
        "base": text(about, "/target_branch"),
        "merge_commit": text(about, "/merge_commit_sha"),
        "turn": turn,
    });
    Map::from_iter([("pull_request".to_owned(), pull)])
}

/// The same as long as nothing is edited, labelled, assigned, asked for or retargeted.
pub(in super::super) fn fingerprint(payload: &Value) -> String {
    let about = payload.get("object_attributes").unwrap_or(&Value::Null);
    let mut assignees = assignees(payload);
    let mut reviewers = usernames(payload, "/reviewers");
    assignees.sort_unstable();
    reviewers.sort_unstable();
    let facts = json!([
        text(about, "/title"),
        text(about, "/description"),
        labels(payload),
        assignees,
        reviewers,
        is_draft(about),
        text(about, "/target_branch"),
        number(about, "/milestone_id"),
    ]);
    short_hash(&facts.to_string(), 16)
}
