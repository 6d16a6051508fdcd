//! What happened, in words: events as lines of a timeline, and how long things took.

use jiff::Timestamp;
use perch_core::event::Event;

use super::quotes;
use crate::markdown::{inline, visible};

/// True if `later` ends what `event` began.
pub(crate) fn ends(event: &Event, later: &Event) -> bool {
    let same = |other: &Event| {
        other.subject.key == event.subject.key
            && other.subject.repository_key == event.subject.repository_key
    };
    match (event.event_type.as_str(), later.event_type.as_str()) {
        ("repo.build.failed", "repo.build.completed") => {
            job(event) == job(later) && event.subject.branch == later.subject.branch
        }
        ("incident.opened" | "incident.updated", "incident.resolved")
        | ("issue.created", "issue.closed") => same(later),
        _ => false,
    }
}

pub(super) fn job(event: &Event) -> String {
    event.data["build"]["job"]
        .as_str()
        .unwrap_or(&event.subject.title)
        .to_owned()
}

/// What happened, in Markdown within a line, with where people look at it; none for what says nothing about an
/// incident.
pub(crate) fn in_words(event: &Event, incident: &Event) -> Option<String> {
    let subject = &event.subject;
    let title = inline(&subject.title);
    let branch = subject
        .branch
        .as_deref()
        .map_or(String::new(), |branch| format!(" on `{}`", code(branch)));
    let by = event
        .actor
        .as_deref()
        .map_or(String::new(), |actor| format!(" by {}", inline(actor)));
    let address = subject.url.as_deref().and_then(quotes::link);
    let linked = |words: &str| match address {
        Some(url) => format!("[{words}]({url})"),
        None => words.to_owned(),
    };
    let number = || {
        linked(
            &subject
                .number
                .map_or("it".into(), |number| format!("#{number}")),
        )
    };
    let run = || linked(&format!("`{}`", code(&job(event))));
    Some(match event.event_type.as_str() {
        "repo.build.failed" => format!("{} failed{branch}", run()),
        "repo.build.completed" if ends(incident, event) => format!("{} passed{branch}", run()),
        "repo.pr.merged" if subject.number.is_some() => {
            format!("{} merged{by}: {title}", number())
        }
        "repo.pr.merged" => format!("{}{by}: {title}", linked("merge")),
        "repo.push" => format!("{}{branch}{by}: {title}", linked("push")),
        "repo.release.published" => format!("{}{by}: {title}", linked("release")),
        "issue.created" => format!("{} opened{by}: {title}", number()),
        "issue.closed" => format!("{} closed{by}: {title}", number()),
        "issue.reopened" => format!("{} opened again{by}: {title}", number()),
        "issue.comment.created" if subject.key == incident.subject.key => {
            let words =
                quotes::paragraphs(event.data["comment"]["body"].as_str().unwrap_or_default());
            let said: String = words.first()?.chars().take(240).collect();
            let author = inline(event.actor.as_deref().unwrap_or("somebody"));
            format!("{}: “{}”", linked(&author), inline(&said))
        }
        "incident.opened" => format!("incident opened{by}: {}", linked(&title)),
        "incident.updated" if subject.key == incident.subject.key => {
            format!("incident grew: {}", linked(&title))
        }
        "incident.resolved" => format!("incident resolved{by}: {}", linked(&title)),
        "metric.regression" | "supabase.schema.changed" | "supabase.migration.pending" => {
            linked(&title)
        }
        _ => return None,
    })
}

/// Text for a code span: without what would end it.
pub(crate) fn code(text: &str) -> String {
    visible(text).replace('`', "'")
}

/// A moment for people: `2026-03-04 10:05 UTC`.
pub(crate) fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long it was between two moments, in the two largest units.
pub(crate) fn length(from: Timestamp, to: Timestamp) -> String {
    let minutes = to.duration_since(from).as_mins().max(0);
    let unit =
        |count: i64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => unit(minutes, "minute"),
        (0, hours, 0) => unit(hours, "hour"),
        (0, hours, minutes) => format!("{} {}", unit(hours, "hour"), unit(minutes, "minute")),
        (days, 0, _) => unit(days, "day"),
        (days, hours, _) => format!("{} {}", unit(days, "day"), unit(hours, "hour")),
    }
}
