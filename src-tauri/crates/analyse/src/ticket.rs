//! The issue or pull request an event is about, as it stands now or as the event tells it.

use perch_core::event::Event;
use perch_core::facts::{Facts, Ticket};
use serde_json::Value;

/// The issue or pull request of `event`. What was fetched is newer than what the event brought.
pub fn of(event: &Event, facts: &Facts) -> Ticket {
    if let Some(ticket) = &facts.ticket {
        return ticket.clone();
    }
    let told = ["issue", "pull_request"]
        .into_iter()
        .find_map(|field| event.data.get(field))
        .unwrap_or(&Value::Null);
    let text = |field: &str| told[field].as_str().unwrap_or_default().to_owned();
    let names = |field: &str| -> Vec<String> {
        let listed = told[field].as_array().into_iter().flatten();
        listed.filter_map(Value::as_str).map(Into::into).collect()
    };
    let moment = |field: &str| told[field].as_str().and_then(|text| text.parse().ok());
    let title = text("title");
    let author = text("author");
    Ticket {
        number: event.subject.number.unwrap_or_default(),
        title: if title.is_empty() {
            event.subject.title.clone()
        } else {
            title
        },
        body: text("body"),
        author: if author.is_empty() {
            event.actor.clone().unwrap_or_default()
        } else {
            author
        },
        labels: names("labels"),
        assignees: names("assignees"),
        reviewers: names("requested_reviewers"),
        milestone: told["milestone"].as_str().map(Into::into),
        open: told["state"] != "closed",
        draft: told["draft"] == true,
        mergeable: None,
        created_at: moment("created_at").unwrap_or(event.at),
        updated_at: event.at,
        url: event.subject.url.clone(),
    }
}

/// What people call it, as a sentence begins: `PR #42`, `Issue #7`.
pub(crate) fn name(event: &Event) -> String {
    let family = if is_pull(event) { "PR" } else { "Issue" };
    match event.subject.number {
        Some(number) => format!("{family} #{number}"),
        None => format!("{family} without a number"),
    }
}

/// True when the event is about a pull request.
pub(crate) fn is_pull(event: &Event) -> bool {
    event.subject.key.starts_with("pull/")
}
