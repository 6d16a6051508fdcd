//! `gate`: may this event become a suggestion, and why or why not. Pure.

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event::EventRow;
use perch_core::event_type::EventType;
use perch_core::preferences::{Mute, Preferences};
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
    if let Some(mute) = preferences.mutes.iter().find(|mute| mutes_event(mute, row)) {
        return silent(format!("muted by your rule {}", describe(mute)));
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

fn mutes_event(mute: &Mute, row: &EventRow) -> bool {
    // A rule is known only after the analysis; `rank` asks again with it.
    mute.rule.is_none() && fits(mute, row, None)
}

/// True when every field the mute gives fits the event and, where known, the finding's rule.
pub(crate) fn fits(mute: &Mute, row: &EventRow, rule: Option<&str>) -> bool {
    let event = &row.event;
    let job = crate::intake::job(event);
    let same = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| Some(wanted) == found)
    };
    *mute != Mute::default()
        && same(&mute.event_type, Some(event.event_type.as_str()))
        && same(&mute.repository, Some(&event.subject.repository))
        && same(&mute.branch, event.subject.branch.as_deref())
        && same(&mute.job, Some(&job))
        && same(&mute.rule, rule)
}

/// A mute in words.
pub(crate) fn describe(mute: &Mute) -> String {
    let fields = [
        ("event", &mute.event_type),
        ("repository", &mute.repository),
        ("rule", &mute.rule),
        ("job", &mute.job),
        ("branch", &mute.branch),
    ];
    let words: Vec<String> = fields
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} `{value}`")))
        .collect();
    words.join(", ")
}
