//! Events, logs and the analysers by their ids.

use jiff::{SignedDuration, Timestamp};
use perch_analyse::analyser::{Analyser, Look};
use perch_analyse::analysers;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Log, PastRun};
use perch_core::finding::Finding;
use perch_core::subject::Subject;
use serde_json::{Value, json};

/// A quiet afternoon.
pub(crate) fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().expect("a moment")
}

pub(crate) fn hours_ago(hours: i64) -> Timestamp {
    noon() - SignedDuration::from_hours(hours)
}

pub(crate) fn event(event_type: EventType, data: Value) -> Event {
    Event {
        event_type,
        dedup_key: "github/github.com/1/run/9/1/ended".into(),
        subject: Subject {
            repository: "acme/shop".into(),
            repository_key: "1".into(),
            key: "run/9".into(),
            branch: Some("main".into()),
            commit: Some("c0ffee".into()),
            on_default_branch: true,
            ..Subject::default()
        },
        at: noon(),
        actor: Some("ada".into()),
        involves: Vec::new(),
        data,
    }
}

/// A run of the workflow `CI`.
pub(crate) fn build(seconds: Option<f64>) -> Value {
    json!({"build": {"job": "CI", "workflow": "CI", "attempt": 1, "seconds": seconds}})
}

pub(crate) fn log(text: &str, url: Option<&str>) -> Log {
    Log {
        name: "test".into(),
        bytes: text.into(),
        first_line: 1,
        url: url.map(Into::into),
    }
}

pub(crate) fn passed(hours: i64) -> PastRun {
    PastRun {
        commit: Some(format!("{hours:040x}")),
        branch: Some("main".into()),
        passed: true,
        finished_at: hours_ago(hours),
        ..PastRun::default()
    }
}

pub(crate) fn analyser(id: &str) -> &'static dyn Analyser {
    analysers::ALL
        .iter()
        .copied()
        .find(|analyser| analyser.id() == id)
        .expect("it is registered")
}

/// The finding of the analyser `id`, or why there is none.
pub(crate) fn look(id: &str, event: &Event, facts: &Facts) -> Result<Finding, String> {
    match analyser(id).look(event, facts) {
        Look::Found(finding) => Ok(*finding),
        Look::Nothing(reason) => Err(reason),
    }
}

/// Every statement of `finding` that names no place where it can be checked.
pub(crate) fn unfounded(finding: &Finding) -> Vec<&str> {
    finding
        .points
        .iter()
        .filter(|point| point.evidence.is_empty())
        .map(|point| point.text.as_str())
        .collect()
}
