//! Issues, and comments on issues and merge requests.

use perch_core::event_type::EventType;
use perch_core::subject::Subject;
use serde_json::{Map, Value, json};

use super::shape::{assignees, author, labels, mentions, moment, second, username};
use super::{Found, Reading};
use crate::payload::{flag, number, text};

pub(super) fn issue(reading: &Reading<'_>) -> Option<Found> {
    let about = reading.about()?;
    let of = number(about, "/iid")?;
    let author = author(reading.payload, "/object_attributes");
    let (event_type, key, at, actor) = match reading.action() {
        "open" => (
            EventType::ISSUE_CREATED,
            format!("issue/{of}/opened"),
            moment(about, "/created_at"),
            author.clone().or(reading.sender()),
        ),
        "close" => {
            let closed = moment(about, "/closed_at").or(moment(about, "/updated_at"));
            let key = format!("issue/{of}/closed/{}", second(closed));
            (EventType::ISSUE_CLOSED, key, closed, reading.sender())
        }
        "reopen" => {
            let reopened = moment(about, "/updated_at");
            let key = format!("issue/{of}/reopened/{}", second(reopened));
            (EventType::ISSUE_REOPENED, key, reopened, reading.sender())
        }
        _ => return None,
    };
    let mut involves: Vec<String> = author.iter().cloned().collect();
    involves.extend(people(reading.payload, about));
    involves.extend(actor.clone());
    Some(Found {
        event_type,
        key,
        subject: Subject {
            url: text(about, "/url").map(Into::into),
            ..subject(reading, about, false, of)
        },
        at,
        actor,
        involves,
        data: data(reading.payload, about, false, author),
    })
}

/// A comment on an issue or merge request. What GitLab itself notes there, and later edits, are no comments.
pub(super) fn note(reading: &Reading<'_>) -> Option<Found> {
    let note = reading.about()?;
    let (pointer, family) = match text(note, "/noteable_type")? {
        "Issue" | "WorkItem" => ("/issue", "issue"),
        "MergeRequest" => ("/merge_request", "pull"),
        _ => return None,
    };
    if flag(note, "/system") || reading.action() == "update" {
        return None;
    }
    let thing = reading.payload.pointer(pointer)?;
    let (of, id) = (number(thing, "/iid")?, number(note, "/id")?);
    let by = reading.sender().or(note.get("author").and_then(username));
    let author = author(reading.payload, pointer);
    let words = text(note, "/note").unwrap_or_default();
    let mut involves: Vec<String> = author.iter().cloned().collect();
    involves.extend(thing.get("assignee").and_then(username));
    involves.extend(people(reading.payload, thing));
    involves.extend(by.clone());
    involves.extend(mentions(words));
    let mut data = data(reading.payload, thing, family == "pull", author);
    data.insert(
        "comment".into(),
        json!({
            "id": id,
            "author": by,
            "body": words,
            "url": text(note, "/url"),
            "edited": false,
        }),
    );
    Some(Found {
        event_type: EventType::ISSUE_COMMENT_CREATED,
        key: format!("{family}/{of}/comment/{id}"),
        subject: Subject {
            url: text(note, "/url").map(Into::into),
            ..subject(reading, thing, family == "pull", of)
        },
        at: moment(note, "/created_at"),
        actor: by,
        involves,
        data,
    })
}

fn subject(reading: &Reading<'_>, thing: &Value, is_pull: bool, of: u64) -> Subject {
    let family = if is_pull { "pull" } else { "issue" };
    Subject {
        number: Some(of),
        base_branch: reading.default_branch.map(Into::into),
        ..reading.subject(
            format!("{family}/{of}"),
            text(thing, "/title").unwrap_or_default(),
        )
    }
}

fn people(payload: &Value, thing: &Value) -> Vec<String> {
    let mut people = assignees(payload);
    people.extend(mentions(text(thing, "/description").unwrap_or_default()));
    people
}

fn data(
    payload: &Value,
    thing: &Value,
    is_pull: bool,
    author: Option<String>,
) -> Map<String, Value> {
    let about = json!({
        "number": number(thing, "/iid"),
        "title": text(thing, "/title"),
        "body": text(thing, "/description"),
        "labels": labels(payload),
        "author": author,
        "assignees": assignees(payload),
        "state": text(thing, "/state").map(|state| state.replace("opened", "open")),
        "confidential": flag(thing, "/confidential"),
        "pull_request": is_pull,
    });
    Map::from_iter([("issue".to_owned(), about)])
}
