//! `gate`: may this event become a suggestion, and why or why not. Pure.

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::event_type::EventType;
use perch_core::filter::{Filters, Known, Say, Treatment};
use perch_core::preferences::Preferences;
use perch_core::verdict::Verdict;
use serde_json::Value;

use crate::follow::OURS;

/// What the gate decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// It goes on.
    Pass(Verdict),
    /// It waits.
    Wait {
        /// Until then.
        until: Timestamp,
    },
    /// Nothing is suggested.
    Silent(Verdict),
}

/// An event that took longer than this to reach us is history, not news.
const NEWS: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Decides about one event. `analysed` tells whether an analyser looks at its type.
pub fn gate(
    row: &EventRow,
    connection: Option<&Connection>,
    preferences: &Preferences,
    filters: &Filters,
    analysed: bool,
    now: Timestamp,
) -> Gate {
    let event = &row.event;
    let silent = |reason: String| Gate::Silent(Verdict::silent("gate", reason));
    let Some(connection) = connection else {
        return silent(format!(
            "the connection `{}` is no longer set up",
            row.connection_id
        ));
    };
    if !preferences.auto_suggest {
        return silent(
            "auto_suggest is off for this user, so events are stored and nothing is made of them"
                .into(),
        );
    }
    if !analysed {
        return silent(format!(
            "`{}` is kept for history and suggests nothing by itself",
            event.event_type
        ));
    }
    // What depends on the finding or the changed files is asked again by the ranking.
    let said = filters.say(&Known {
        event,
        job: &crate::intake::job(event),
        rule: None,
        paths: None,
    });
    if let Some(reason) = never(said) {
        return silent(reason);
    }
    if is_ours(row) {
        return silent("Perch did this itself".into());
    }
    let by_me = event
        .actor
        .as_deref()
        .is_some_and(|actor| connection.is_me(actor));
    if by_me
        && matches!(
            event.event_type,
            EventType::ISSUE_COMMENT_CREATED | EventType::PR_UPDATED
        )
    {
        return silent("you did this yourself".into());
    }
    if now.duration_since(event.at) > NEWS {
        return silent(format!(
            "it happened more than {} days before Perch saw it",
            NEWS.as_hours() / 24
        ));
    }
    if let Some(until) = preferences.paused_until.filter(|until| *until > now) {
        return Gate::Wait { until };
    }
    Gate::Pass(Verdict::new(
        "gate",
        "suggest",
        "an analyser looks at it and nothing keeps it silent",
    ))
}

/// True when what happened was Perch's own doing, this one's or a teammate's: its branches carry its name, and what it
/// writes carries its marker.
fn is_ours(row: &EventRow) -> bool {
    let event = &row.event;
    match event.event_type {
        EventType::PUSH | EventType::PR_OPENED => event
            .subject
            .branch
            .as_deref()
            .is_some_and(|branch| branch.starts_with(OURS)),
        EventType::ISSUE_CREATED => is_marked(&event.data["issue"]["body"]),
        EventType::ISSUE_COMMENT_CREATED => is_marked(&event.data["comment"]["body"]),
        EventType::PR_UPDATED => is_marked(&event.data["review"]["body"]),
        _ => false,
    }
}

/// True for a text that ends with a marker, as Perch writes them.
fn is_marked(text: &Value) -> bool {
    let last = text
        .as_str()
        .and_then(|text| text.trim_end().lines().last());
    last.is_some_and(|line| line.starts_with("<!-- perch:") && line.ends_with("-->"))
}

/// Why nothing is made of what the filters say this of; none if something is.
pub(crate) fn never(said: Say<'_>) -> Option<String> {
    match said {
        Say::Mute(mute) => Some(format!("you muted {}", mute.describe())),
        Say::Filter(filter) if filter.action == Treatment::Never => Some(format!(
            "your filter {} says that nothing is ever made of it",
            filter.describe()
        )),
        _ => None,
    }
}
