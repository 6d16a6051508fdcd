//! What changed besides the code since the build last passed: tools, images, packages, names of variables.

use perch_core::event::Event;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Log};
use perch_core::finding::Point;
use perch_core::run::Environment;
use serde::Deserialize as _;

use crate::environment::{Change, Kind, changes, fingerprint, recorded_changes};
use crate::explain::Diagnostic;

/// Changes named one by one; more are counted.
const NAMED: usize = 3;

/// The point, if there is a run to compare with and something is different.
pub(super) fn point(event: &Event, errors: &[&Diagnostic], facts: &Facts) -> Option<Point> {
    let mut found = recorded(event, facts);
    let logged = facts
        .failing_log
        .as_ref()
        .map(|log| logged(log, facts))
        .unwrap_or_default();
    for change in logged {
        // The log shows where it is said, so it goes before what the recorder saw.
        found.retain(|other| name(other) != name(&change));
        found.push(change);
    }
    let accused = |change: &Change| {
        errors
            .iter()
            .any(|error| names(&error.message, name(change)))
    };
    found.sort_by_key(|change| (!accused(change), rank(change)));
    let named: Vec<String> = found.iter().take(NAMED).map(words).collect();
    let rest = found.len() - named.len();
    let mut text = named.join(", ");
    if rest > 0 {
        text.push_str(&format!(" and {rest} more"));
    }
    (!text.is_empty()).then(|| Point {
        text: format!("Changed besides the code since it last passed: {text}"),
        evidence: found
            .iter()
            .take(NAMED)
            .flat_map(|change| evidence(change, facts))
            .collect(),
        todo: false,
    })
}

fn logged(log: &Log, facts: &Facts) -> Vec<Change> {
    let passing: Vec<_> = facts.passing_logs.iter().map(fingerprint).collect();
    if passing.is_empty() {
        return Vec::new();
    }
    changes(&fingerprint(log), &passing)
}

/// What the recorder on this machine saw.
fn recorded(event: &Event, facts: &Facts) -> Vec<Change> {
    let last = facts.history.iter().find(|run| run.passed);
    let now = event
        .data
        .get("environment")
        .and_then(|environment| Environment::deserialize(environment).ok());
    match (now, last.and_then(|run| run.environment.as_ref())) {
        (Some(now), Some(before)) => recorded_changes(&now, before),
        _ => Vec::new(),
    }
}

fn name(change: &Change) -> &str {
    match change {
        Change::Version { name, .. } | Change::Set { name, .. } | Change::Unset { name, .. } => {
            name
        }
    }
}

fn rank(change: &Change) -> u8 {
    match change {
        Change::Version { kind, .. } => match kind {
            Kind::Tool => 0,
            Kind::Image => 1,
            Kind::Package => 2,
            Kind::Action => 3,
        },
        Change::Set { .. } | Change::Unset { .. } => 4,
    }
}

fn words(change: &Change) -> String {
    match change {
        Change::Version {
            kind: Kind::Tool,
            name,
            from,
            to,
            ..
        } => format!("{name} {from} → {to}"),
        Change::Version { name, from, to, .. } => format!("`{name}` {from} → {to}"),
        Change::Set { name, .. } => format!("variable `{name}` is new"),
        Change::Unset { name, .. } => format!("variable `{name}` is gone"),
    }
}

/// True when `message` has `name` as a word.
fn names(message: &str, name: &str) -> bool {
    message
        .split(|c: char| !(c.is_alphanumeric() || "_-./@".contains(c)))
        .any(|word| word == name)
}

/// Where both sides stand. What the recorder saw stands nowhere but in its record of the two runs' commits.
fn evidence(change: &Change, facts: &Facts) -> Vec<Evidence> {
    let now = |statement: String, line: u64| {
        let log = facts.failing_log.as_ref().map(|log| log.name.clone());
        at_log(statement, log, line)
    };
    let before = |statement: String, line: u64| {
        let log = facts.passing_logs.first();
        match log.and_then(|log| log.url.clone()) {
            Some(url) => Evidence {
                statement: format!("{statement}, line {line} of the log that passed"),
                place: Place::Page { url },
            },
            None => at_log(
                statement,
                log.map(|log| format!("{} (last passing run)", log.name)),
                line,
            ),
        }
    };
    match change {
        Change::Version {
            from,
            to,
            lines: Some((passed, failed)),
            ..
        } => vec![
            now(format!("{to} when it failed"), *failed),
            before(format!("{from} when it passed"), *passed),
        ],
        Change::Set {
            line: Some(line), ..
        } => vec![now("set when it failed".into(), *line)],
        Change::Unset {
            line: Some(line), ..
        } => vec![before("set when it passed".into(), *line)],
        Change::Version {
            from, lines: None, ..
        } => recorded_with(&format!("recorded with {from}"), facts),
        Change::Set { line: None, .. } => recorded_with("recorded without it", facts),
        Change::Unset { line: None, .. } => recorded_with("recorded with it", facts),
    }
}

fn at_log(statement: String, log: Option<String>, line: u64) -> Evidence {
    Evidence {
        statement,
        place: Place::Log {
            log: log.unwrap_or_default(),
            start_line: line,
            end_line: line,
        },
    }
}

fn recorded_with(statement: &str, facts: &Facts) -> Vec<Evidence> {
    let last = facts.history.iter().find(|run| run.passed);
    last.into_iter()
        .flat_map(|run| {
            run.commit.iter().map(|sha| Evidence {
                statement: format!("the run that passed on {} was {statement}", run.finished_at),
                place: Place::Commit { sha: sha.clone() },
            })
        })
        .collect()
}
