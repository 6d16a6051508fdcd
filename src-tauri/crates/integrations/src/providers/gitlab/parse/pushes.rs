//! Pushes to branches, and releases.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::shape::{mentions, moment, username};
use super::{Found, Reading};
use crate::payload::{first_line, list, text};

/// Commits of a push kept in an event.
const COMMITS: usize = 250;

/// A push to a branch. A branch that is gone asks nothing of anybody.
pub(super) fn push(reading: &Reading<'_>) -> Option<Found> {
    let payload = reading.payload;
    let branch = text(payload, "/ref")?.strip_prefix("refs/heads/")?;
    let after = text(payload, "/after").filter(|after| !is_nothing(after))?;
    let before = text(payload, "/before").filter(|before| !is_nothing(before));
    let head = list(payload, "/commits").find(|commit| text(commit, "/id") == Some(after));
    let actor = reading.sender();
    let commits: Vec<Value> = list(payload, "/commits")
        .take(COMMITS)
        .map(commit)
        .collect();
    let compare = before.and_then(|before| {
        let page = text(payload, "/project/web_url")?;
        Some(format!("{page}/-/compare/{before}...{after}"))
    });
    let push = json!({
        "forced": false,
        "created": before.is_none(),
        "commits": commits,
        "url": compare,
    });
    let title = head.and_then(|commit| text(commit, "/message"));
    Some(Found {
        event_type: EventType::PUSH,
        key: format!("branch/{branch}/{after}"),
        subject: Subject {
            branch: Some(branch.to_owned()),
            base_branch: reading.default_branch.map(Into::into),
            on_default_branch: reading.default_branch == Some(branch),
            commit: Some(after.to_owned()),
            before: before.map(Into::into),
            url: compare,
            ..reading.subject(format!("branch/{branch}"), title.map_or(branch, first_line))
        },
        at: moment(payload, "/pushed_at")
            .or_else(|| head.and_then(|commit| moment(commit, "/timestamp"))),
        involves: actor.iter().cloned().collect(),
        actor,
        data: Map::from_iter([("push".to_owned(), push)]),
    })
}

/// A release, known by its tag: only hooks give it a number.
pub(super) fn release(reading: &Reading<'_>) -> Option<Found> {
    let payload = reading.payload;
    if text(payload, "/action") != Some("create") {
        return None;
    }
    let tag = text(payload, "/tag")?;
    let author = payload.get("author").and_then(username);
    let body = text(payload, "/description").unwrap_or_default();
    let mut involves: Vec<String> = author.iter().cloned().collect();
    involves.extend(mentions(body));
    let about = json!({
        "tag": tag,
        "name": text(payload, "/name"),
        "body": body,
        "prerelease": false,
        "author": author,
        "target": text(payload, "/commit/id"),
    });
    Some(Found {
        event_type: EventType::RELEASE_PUBLISHED,
        key: format!("release/{tag}/published"),
        subject: Subject {
            base_branch: reading.default_branch.map(Into::into),
            commit: text(payload, "/commit/id").map(Into::into),
            url: text(payload, "/url").map(Into::into),
            ..reading.subject(
                format!("release/{tag}"),
                text(payload, "/name").unwrap_or(tag),
            )
        },
        at: moment(payload, "/released_at").or(moment(payload, "/created_at")),
        actor: author,
        involves,
        data: Map::from_iter([("release".to_owned(), about)]),
    })
}

fn commit(commit: &Value) -> Value {
    json!({
        "sha": text(commit, "/id"),
        "message": text(commit, "/message"),
        "author": text(commit, "/author/name"),
        "at": text(commit, "/timestamp"),
    })
}

/// True for the hash that stands for no commit.
fn is_nothing(sha: &str) -> bool {
    sha.bytes().all(|digit| digit == b'0')
}
