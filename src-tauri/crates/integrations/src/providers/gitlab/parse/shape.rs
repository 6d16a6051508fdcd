//! People, labels and moments as GitLab writes them.

use jiff::Timestamp;
use serde_json::Value;

use crate::payload::{list, mentions_with, number, text};

/// A moment: RFC 3339, or as older hooks have it, `2015-05-17 18:21:36 UTC` and `… +0200`.
pub(super) fn moment(value: &Value, pointer: &str) -> Option<Timestamp> {
    let written = text(value, pointer)?;
    if let Ok(moment) = written.parse() {
        return Some(moment);
    }
    let mut parts = written.split_ascii_whitespace();
    let (date, time) = (parts.next()?, parts.next()?);
    let zone = parts.next().filter(|zone| *zone != "UTC").unwrap_or("Z");
    format!("{date}T{time}{zone}").parse().ok()
}

/// A moment as it stands in keys.
pub(super) fn second(at: Option<Timestamp>) -> i64 {
    at.map_or(0, Timestamp::as_second)
}

/// A person's name at GitLab.
pub(super) fn username(person: &Value) -> Option<String> {
    text(person, "/username").map(Into::into)
}

/// The names in a list of persons.
pub(super) fn usernames(value: &Value, pointer: &str) -> Vec<String> {
    list(value, pointer).filter_map(username).collect()
}

/// Names written `@name`, which may hold dots and underscores here.
pub(super) fn mentions(words: &str) -> Vec<String> {
    mentions_with(words, &['.', '_'])
}

/// The titles of a payload's labels.
pub(super) fn labels(payload: &Value) -> Vec<String> {
    let of_thing = list(payload, "/object_attributes/labels");
    let mut labels: Vec<String> = list(payload, "/labels")
        .chain(of_thing)
        .filter_map(|label| text(label, "/title").or(label.as_str()))
        .map(Into::into)
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// Those assigned: newer hooks list them, older ones name one.
pub(super) fn assignees(payload: &Value) -> Vec<String> {
    let listed = usernames(payload, "/assignees");
    if listed.is_empty() {
        return payload
            .get("assignee")
            .and_then(username)
            .into_iter()
            .collect();
    }
    listed
}

/// The author of the thing at `pointer`. Hooks give only their number, so it must be somebody the payload names.
pub(super) fn author(payload: &Value, pointer: &str) -> Option<String> {
    let thing = payload.pointer(pointer)?;
    if let Some(name) = thing.get("author").and_then(username) {
        return Some(name);
    }
    let id = number(thing, "/author_id")?;
    let people = payload.get("user").into_iter();
    people
        .chain(list(payload, "/assignees"))
        .chain(list(payload, "/reviewers"))
        .find(|person| number(person, "/id") == Some(id))
        .and_then(username)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_read_however_gitlab_writes_them() {
        for written in [
            "2015-05-17T18:21:36Z",
            "2015-05-17T18:21:36.000Z",
            "2015-05-17 18:21:36 UTC",
            "2015-05-17 20:21:36 +0200",
        ] {
            let found = moment(&json!({"at": written}), "/at");
            assert_eq!(second(found), 1_431_886_896, "{written}");
        }
        assert_eq!(moment(&json!({"at": "soon"}), "/at"), None);
    }
}
