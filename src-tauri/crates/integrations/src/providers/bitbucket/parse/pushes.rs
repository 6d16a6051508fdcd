//! Pushes: one message may tell of several branches.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::shape::{actor, is_default, name, page};
use crate::payload::{first_line, flag, list, moment, text};
use crate::reading::{Found, Reading};

/// Commits of a push kept in an event.
const COMMITS: usize = 250;

/// Branches of one push told.
const BRANCHES: usize = 50;

/// The branches that were pushed to. Tags and branches that are gone ask nothing of anybody.
pub(super) fn push(reading: &Reading<'_>) -> Vec<Found> {
    list(reading.payload, "/push/changes")
        .filter_map(|change| branch(reading, change))
        .take(BRANCHES)
        .collect()
}

fn branch(reading: &Reading<'_>, change: &Value) -> Option<Found> {
    let new = change.get("new").filter(|new| new.is_object())?;
    if text(new, "/type").is_some_and(|kind| !kind.ends_with("branch")) {
        return None;
    }
    let (branch, after) = (text(new, "/name")?, text(new, "/target/hash")?);
    let before = text(change, "/old/target/hash");
    // The newest comes first.
    let mut commits: Vec<Value> = list(change, "/commits").take(COMMITS).map(commit).collect();
    commits.reverse();
    let by = actor(reading);
    let mut involves: Vec<String> = by.iter().cloned().collect();
    let authors = list(change, "/commits").filter_map(|one| name(one.pointer("/author/user")?));
    involves.extend(authors);
    let url = page(change).or_else(|| page(new));
    let push = json!({
        "forced": flag(change, "/forced"),
        "created": before.is_none(),
        "commits": commits,
        "url": url,
    });
    let title = text(new, "/target/message").map_or(branch, first_line);
    Some(Found {
        event_type: EventType::PUSH,
        key: format!("branch/{branch}/{after}"),
        subject: Subject {
            branch: Some(branch.to_owned()),
            base_branch: reading.default_branch.map(Into::into),
            on_default_branch: is_default(reading, branch),
            commit: Some(after.to_owned()),
            before: before.map(Into::into),
            url,
            ..reading.subject(format!("branch/{branch}"), title)
        },
        // A commit may be old when it is pushed; a poll knows a better moment.
        at: moment(change, "/pushed_at"),
        actor: by,
        involves,
        data: Map::from_iter([("push".to_owned(), push)]),
    })
}

fn commit(commit: &Value) -> Value {
    json!({
        "sha": text(commit, "/hash"),
        "message": text(commit, "/message"),
        "author": commit.pointer("/author/user").and_then(name)
            .or(text(commit, "/author/raw").map(Into::into)),
        "at": text(commit, "/date"),
    })
}
