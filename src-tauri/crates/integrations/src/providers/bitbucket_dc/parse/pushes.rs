//! Pushes: one message may tell of several branches.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{actor, is_default, name, sent};
use crate::payload::{first_line, flag, list, text};
use crate::providers::bitbucket_dc::api::millis;
use crate::reading::{Found, Reading};

/// Commits of a push kept in an event.
const COMMITS: usize = 250;

/// Branches of one push told.
const BRANCHES: usize = 50;

/// The branches that were pushed to. Tags and branches that are gone ask nothing of anybody.
pub(super) fn push(reading: &Reading<'_>) -> Vec<Found> {
    list(reading.payload, "/changes")
        .filter_map(|change| branch(reading, change))
        .take(BRANCHES)
        .collect()
}

fn branch(reading: &Reading<'_>, change: &Value) -> Option<Found> {
    let reference = text(change, "/ref/id").or(text(change, "/refId"))?;
    let branch = reference.strip_prefix("refs/heads/")?;
    let after = text(change, "/toHash").filter(|hash| !is_nothing(hash))?;
    let before = text(change, "/fromHash").filter(|hash| !is_nothing(hash));
    // The newest comes first. Older servers send none, and of several branches nobody says whose they are.
    let listed = list(reading.payload, "/commits").take(COMMITS);
    let mut commits: Vec<Value> = listed.map(commit).collect();
    commits.reverse();
    let by = actor(reading);
    let mut involves: Vec<String> = by.iter().cloned().collect();
    let authors = list(reading.payload, "/commits");
    involves.extend(authors.filter_map(|one| name(one.get("author")?)));
    let newest = text(reading.payload, "/toCommit/message")
        .or_else(|| text(reading.payload, "/commits/0/message"));
    let push = json!({
        "forced": flag(change, "/forced"),
        "created": before.is_none(),
        "commits": commits,
        "url": null,
    });
    Some(Found {
        event_type: EventType::PUSH,
        key: format!("branch/{branch}/{after}"),
        subject: Subject {
            branch: Some(branch.to_owned()),
            base_branch: reading.default_branch.map(Into::into),
            on_default_branch: is_default(reading, branch),
            commit: Some(after.to_owned()),
            before: before.map(Into::into),
            ..reading.subject(
                format!("branch/{branch}"),
                newest.map_or(branch, first_line),
            )
        },
        at: sent(reading),
        actor: by,
        involves,
        data: Map::from_iter([("push".to_owned(), push)]),
    })
}

fn commit(commit: &Value) -> Value {
    json!({
        "sha": text(commit, "/id"),
        "message": text(commit, "/message"),
        "author": commit.get("author").and_then(name),
        "at": millis(commit, "authorTimestamp").map(|at| at.to_string()),
    })
}

/// True for the hash that stands for no commit.
fn is_nothing(hash: &str) -> bool {
    hash.bytes().all(|digit| digit == b'0')
}
