//! Pushes to branches, and releases.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{Found, Reading};
use crate::payload::{first_line, flag, list, login, mentions, moment, number, text};

/// Commits of a push kept in an event.
const COMMITS: usize = 250;

/// A push to a branch. Tags are told by their release; a branch that is gone asks nothing of anybody, and the
/// message `create` about a new one comes along with its push.
pub(super) fn push(reading: &Reading<'_>) -> Option<Found> {
    let payload = reading.payload;
    let branch = text(payload, "/ref")?.strip_prefix("refs/heads/")?;
    let after = text(payload, "/after")?;
    if is_nothing(after) {
        return None;
    }
    let head = reading.get("head_commit");
    let message = head.and_then(|commit| text(commit, "/message"));
    let before = text(payload, "/before").filter(|before| !is_nothing(before));
    let url = text(payload, "/compare_url");
    let actor = reading
        .sender()
        .or_else(|| reading.get("pusher").and_then(login));
    let commits: Vec<Value> = list(payload, "/commits")
        .take(COMMITS)
        .map(commit)
        .collect();
    let mut involves: Vec<String> = actor.iter().cloned().collect();
    involves.extend(
        list(payload, "/commits")
            .filter_map(|commit| text(commit, "/author/username"))
            .map(Into::into),
    );
    let push = json!({
        "forced": flag(payload, "/forced"),
        "created": before.is_none(),
        "commits": commits,
        "url": url,
    });
    Some(Found {
        event_type: EventType::PUSH,
        key: format!("branch/{branch}/{after}"),
        subject: Subject {
            branch: Some(branch.to_owned()),
            base_branch: reading.default_branch.map(Into::into),
            on_default_branch: reading.default_branch == Some(branch),
            commit: Some(after.to_owned()),
            before: before.map(Into::into),
            url: url.map(Into::into),
            ..reading.subject(
                format!("branch/{branch}"),
                message.map_or(branch, first_line),
            )
        },
        // A commit may be old when it is pushed; a poll knows a better moment.
        at: moment(payload, "/pushed_at"),
        actor,
        involves,
        data: Map::from_iter([("push".to_owned(), push)]),
    })
}

pub(super) fn release(reading: &Reading<'_>) -> Option<Found> {
    let release = reading.get("release")?;
    if reading.action() != "published" || flag(release, "/draft") {
        return None;
    }
    let id = number(release, "/id")?;
    let tag = text(release, "/tag_name").unwrap_or_default();
    let author = release.get("author").and_then(login);
    let body = text(release, "/body").unwrap_or_default();
    let mut involves: Vec<String> = author.iter().cloned().collect();
    involves.extend(mentions(body));
    let about = json!({
        "tag": tag,
        "name": text(release, "/name"),
        "body": body,
        "prerelease": flag(release, "/prerelease"),
        "author": author,
        "target": text(release, "/target_commitish"),
    });
    Some(Found {
        event_type: EventType::RELEASE_PUBLISHED,
        key: format!("release/{id}/published"),
        subject: Subject {
            base_branch: reading.default_branch.map(Into::into),
            url: text(release, "/html_url").map(Into::into),
            ..reading.subject(
                format!("release/{id}"),
                text(release, "/name").unwrap_or(tag),
            )
        },
        at: moment(release, "/published_at"),
        actor: author.or(reading.sender()),
        involves,
        data: Map::from_iter([("release".to_owned(), about)]),
    })
}

fn commit(commit: &Value) -> Value {
    json!({
        "sha": text(commit, "/id"),
        "message": text(commit, "/message"),
        "author": text(commit, "/author/username").or(text(commit, "/author/name")),
        "at": text(commit, "/timestamp"),
    })
}

/// True for the hash that stands for no commit.
fn is_nothing(sha: &str) -> bool {
    sha.bytes().all(|digit| digit == b'0')
}
