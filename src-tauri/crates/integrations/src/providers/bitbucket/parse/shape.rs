//! Parts of Bitbucket's payloads: people, pages, branches. Pure.

use perch_core::event_type::EventType;
use serde_json::Value;

use crate::payload::{PEOPLE, list, mentions, text};
use crate::reading::Reading;

/// The name of a person: what others write to mention them, or what a team or bot is called.
pub(in super::super) fn name(person: &Value) -> Option<String> {
    text(person, "/nickname")
        .or(text(person, "/username"))
        .or(text(person, "/display_name"))
        .map(Into::into)
}

/// What a person keeps whatever they call themselves.
pub(super) fn identity(person: &Value) -> Option<&str> {
    text(person, "/uuid").or(text(person, "/account_id"))
}

/// Names in a list of persons.
pub(super) fn names(value: &Value, pointer: &str) -> Vec<String> {
    list(value, pointer).filter_map(name).collect()
}

/// Who set it off.
pub(super) fn actor(reading: &Reading<'_>) -> Option<String> {
    reading.payload.get("actor").and_then(name)
}

/// The page of a thing.
pub(super) fn page(thing: &Value) -> Option<String> {
    text(thing, "/links/html/href").map(Into::into)
}

/// People named in a text: by name, or by their account's id in braces, as Bitbucket stores it.
pub(super) fn mentioned(words: &str) -> Vec<String> {
    let mut people = mentions(words);
    let ids = words.split("@{").skip(1);
    let ids = ids.filter_map(|rest| rest.split_once('}').map(|(id, _)| id.to_owned()));
    people.extend(ids.take(PEOPLE));
    people
}

/// True for the default branch. Webhooks do not name it; then the names it usually has must do.
pub(super) fn is_default(reading: &Reading<'_>, branch: &str) -> bool {
    match reading.default_branch {
        Some(default) => default == branch,
        None => matches!(branch, "main" | "master"),
    }
}

/// How a build ended, as Bitbucket's statuses and its pipelines say it; nothing for neither way.
pub(super) fn verdict(state: &str) -> Option<(EventType, &'static str)> {
    match state {
        "FAILED" | "ERROR" => Some((EventType::BUILD_FAILED, "failed")),
        "SUCCESSFUL" => Some((EventType::BUILD_COMPLETED, "passed")),
        _ => None,
    }
}
