//! Issues, and comments on issues and pull requests.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::{Found, Reading};
use crate::payload::{flag, labels, login, logins, mentions, moment, number, text};

pub(super) fn issue(reading: &Reading<'_>) -> Option<Found> {
    let issue = reading.get("issue")?;
    let of = number(issue, "/number")?;
    if is_pull(reading, issue) {
        return None;
    }
    let second = |name| moment(issue, name).map_or(0, Timestamp::as_second);
    let (event_type, key, at, actor) = match reading.action() {
        "opened" => (
            EventType::ISSUE_CREATED,
            format!("issue/{of}/opened"),
            "/created_at",
            issue.get("user").and_then(login),
        ),
        "closed" => (
            EventType::ISSUE_CLOSED,
            format!("issue/{of}/closed/{}", second("/closed_at")),
            "/closed_at",
            reading.sender(),
        ),
        "reopened" => (
            EventType::ISSUE_REOPENED,
            format!("issue/{of}/reopened/{}", second("/updated_at")),
            "/updated_at",
            reading.sender(),
        ),
        _ => return None,
    };
    Some(Found {
        event_type,
        key,
        subject: subject(reading, issue, of),
        at: moment(issue, at),
        actor,
        involves: people(issue),
        data: data(reading, issue),
    })
}

/// A comment. An edit to one in a pull request may hand the turn to somebody else; in an issue it is no news.
pub(super) fn comment(reading: &Reading<'_>) -> Option<Found> {
    let issue = reading.get("issue")?;
    let comment = reading.get("comment")?;
    let (of, id) = (number(issue, "/number")?, number(comment, "/id")?);
    let edited = moment(comment, "/updated_at");
    let (event_type, key, at) = match reading.action() {
        "created" => (
            EventType::ISSUE_COMMENT_CREATED,
            format!("issue/{of}/comment/{id}"),
            moment(comment, "/created_at"),
        ),
        "edited" if is_pull(reading, issue) => (
            EventType::PR_UPDATED,
            format!(
                "issue/{of}/comment/{id}/{}",
                edited.map_or(0, Timestamp::as_second)
            ),
            edited,
        ),
        _ => return None,
    };
    let author = comment.get("user").and_then(login);
    let body = text(comment, "/body").unwrap_or_default();
    let mut involves = people(issue);
    involves.extend(author.clone());
    involves.extend(mentions(body));
    let mut data = data(reading, issue);
    data.insert(
        "comment".into(),
        json!({
            "id": id,
            "author": author,
            "body": body,
            "url": text(comment, "/html_url"),
            "edited": reading.action() == "edited",
        }),
    );
    Some(Found {
        event_type,
        key,
        subject: Subject {
            url: text(comment, "/html_url").map(Into::into),
            ..subject(reading, issue, of)
        },
        at,
        actor: author,
        involves,
        data,
    })
}

/// Some versions say it of the message, some of the issue.
fn is_pull(reading: &Reading<'_>, issue: &Value) -> bool {
    flag(reading.payload, "/is_pull") || issue.get("pull_request").is_some_and(Value::is_object)
}

fn subject(reading: &Reading<'_>, issue: &Value, of: u64) -> Subject {
    let family = if is_pull(reading, issue) {
        "pull"
    } else {
        "issue"
    };
    Subject {
        number: Some(of),
        base_branch: reading.default_branch.map(Into::into),
        url: text(issue, "/html_url").map(Into::into),
        ..reading.subject(
            format!("{family}/{of}"),
            text(issue, "/title").unwrap_or_default(),
        )
    }
}

fn people(issue: &Value) -> Vec<String> {
    let mut people: Vec<String> = issue.get("user").and_then(login).into_iter().collect();
    people.extend(logins(issue, "/assignees"));
    people.extend(mentions(text(issue, "/body").unwrap_or_default()));
    people
}

fn data(reading: &Reading<'_>, issue: &Value) -> Map<String, Value> {
    let about = json!({
        "number": number(issue, "/number"),
        "title": text(issue, "/title"),
        "body": text(issue, "/body"),
        "labels": labels(issue),
        "author": issue.get("user").and_then(login),
        "assignees": logins(issue, "/assignees"),
        "state": text(issue, "/state"),
        "comments": number(issue, "/comments"),
        "pull_request": is_pull(reading, issue),
    });
    Map::from_iter([("issue".to_owned(), about)])
}
