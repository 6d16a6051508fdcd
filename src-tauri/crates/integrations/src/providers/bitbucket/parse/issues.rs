//! Issues and comments on them.

use jiff::Timestamp;
use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::shape::{actor, mentioned, name, page};
use crate::payload::{moment, number, text};
use crate::reading::{Found, Reading};

/// True for a state in which nobody works on an issue any more.
pub(in super::super) fn is_closed(state: &str) -> bool {
    matches!(
        state,
        "resolved" | "duplicate" | "invalid" | "wontfix" | "closed"
    )
}

/// What is told of an issue. One message may tell of a state and of words said along with it.
pub(super) fn issue(reading: &Reading<'_>, what: &str) -> Vec<Found> {
    let Some(issue) = reading.get("issue") else {
        return Vec::new();
    };
    let Some(of) = number(issue, "/id") else {
        return Vec::new();
    };
    let found = match what {
        "created" => [Some(created(reading, issue, of)), None],
        "updated" => [state(reading, issue, of), comment(reading, issue, of)],
        "comment_created" => [comment(reading, issue, of), None],
        _ => [None, None],
    };
    found.into_iter().flatten().collect()
}

fn created(reading: &Reading<'_>, issue: &Value, of: u64) -> Found {
    Found {
        event_type: EventType::ISSUE_CREATED,
        key: format!("issue/{of}/opened"),
        subject: subject(reading, issue, of),
        at: moment(issue, "/created_on"),
        actor: issue.get("reporter").and_then(name).or(actor(reading)),
        involves: people(issue),
        data: data(issue),
    }
}

fn state(reading: &Reading<'_>, issue: &Value, of: u64) -> Option<Found> {
    let change = |side: &str| {
        let status = text(reading.payload, &format!("/changes/status/{side}"));
        status.or_else(|| text(reading.payload, &format!("/changes/state/{side}")))
    };
    let (old, new) = (is_closed(change("old")?), is_closed(change("new")?));
    let (event_type, done) = match (old, new) {
        (false, true) => (EventType::ISSUE_CLOSED, "closed"),
        (true, false) => (EventType::ISSUE_REOPENED, "reopened"),
        _ => return None,
    };
    // A change and what is said along with it are one entry of the issue's history.
    let at = moment(reading.payload, "/comment/created_on").or(moment(issue, "/updated_on"));
    let second = at.map_or(0, Timestamp::as_second);
    Some(Found {
        event_type,
        key: format!("issue/{of}/{done}/{second}"),
        subject: subject(reading, issue, of),
        at,
        actor: actor(reading),
        involves: people(issue),
        data: data(issue),
    })
}

/// A comment; a change of state without words is none.
fn comment(reading: &Reading<'_>, issue: &Value, of: u64) -> Option<Found> {
    let comment = reading.get("comment")?;
    let id = number(comment, "/id")?;
    let body = text(comment, "/content/raw")?;
    let author = comment.get("user").and_then(name).or(actor(reading));
    let mut involves = people(issue);
    involves.extend(author.clone());
    involves.extend(mentioned(body));
    let mut data = data(issue);
    let said = json!({
        "id": id,
        "author": author,
        "body": body,
        "url": page(comment),
        "edited": false,
    });
    data.insert("comment".into(), said);
    Some(Found {
        event_type: EventType::ISSUE_COMMENT_CREATED,
        key: format!("issue/{of}/comment/{id}"),
        subject: Subject {
            url: page(comment),
            ..subject(reading, issue, of)
        },
        at: moment(comment, "/created_on"),
        actor: author,
        involves,
        data,
    })
}

fn subject(reading: &Reading<'_>, issue: &Value, of: u64) -> Subject {
    Subject {
        number: Some(of),
        base_branch: reading.default_branch.map(Into::into),
        url: page(issue),
        ..reading.subject(
            format!("issue/{of}"),
            text(issue, "/title").unwrap_or_default(),
        )
    }
}

fn people(issue: &Value) -> Vec<String> {
    let mut people: Vec<String> = ["reporter", "assignee"]
        .iter()
        .filter_map(|field| issue.get(*field).and_then(name))
        .collect();
    people.extend(mentioned(text(issue, "/content/raw").unwrap_or_default()));
    people
}

fn data(issue: &Value) -> Map<String, Value> {
    let assignees: Vec<String> = issue.get("assignee").and_then(name).into_iter().collect();
    // What it is and where it belongs are its labels.
    let labels: Vec<&str> = ["/kind", "/priority", "/component/name", "/component"]
        .iter()
        .filter_map(|field| text(issue, field))
        .collect();
    let about = json!({
        "number": number(issue, "/id"),
        "title": text(issue, "/title"),
        "body": text(issue, "/content/raw"),
        "labels": labels,
        "author": issue.get("reporter").and_then(name),
        "assignees": assignees,
        "state": text(issue, "/state"),
        "pull_request": false,
    });
    Map::from_iter([("issue".to_owned(), about)])
}
