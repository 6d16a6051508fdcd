//! Warnings that no earlier passing run printed.

use std::collections::HashSet;

use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Log};
use perch_core::finding::Point;

use super::Change;
use crate::environment::{Change as Around, Kind, changes, fingerprint};
use crate::explain::{Diagnostic, Options, Severity, explain};
use crate::log::lines::Lines;
use crate::log::mask::{masked, masked_hash};
use crate::log::normalise::normalise;

/// Warnings named one by one; more are counted.
const NAMED: usize = 5;

/// The new warnings, if there are any and there is something they are new against.
pub(super) fn change(facts: &Facts) -> Option<Change> {
    let log = facts.log.as_ref()?;
    if facts.passing_logs.is_empty() {
        return None;
    }
    let known = known(&facts.passing_logs);
    let mut seen = HashSet::new();
    let new: Vec<Diagnostic> = warnings(log)
        .into_iter()
        .filter(|warning| !known.contains(&masked_hash(warning.message.as_bytes())))
        .filter(|warning| !stands_in(&known, log, warning))
        .filter(|warning| {
            seen.insert((
                warning.rule.clone(),
                warning.path.clone(),
                warning.line,
                masked(&warning.message),
            ))
        })
        .collect();
    let first = new.first()?;
    let mut points: Vec<Point> = new
        .iter()
        .take(NAMED)
        .map(|warning| point(warning, log))
        .collect();
    if new.len() > NAMED
        && let Some(last) = points.last_mut()
    {
        last.text
            .push_str(&format!(", and {} more", new.len() - NAMED));
    }
    points.extend(moved(log, facts));
    let tools: HashSet<&str> = new.iter().map(|warning| warning.tool).collect();
    let from = if tools.len() == 1 {
        format!(" from {}", first.tool)
    } else {
        String::new()
    };
    let title = match (new.len(), &first.path) {
        (1, Some(path)) => format!("A new warning{from} in {path}"),
        (1, None) => format!("A new warning{from}"),
        (count, _) => format!("{count} new warnings{from}"),
    };
    Some(Change {
        rule: "health/warnings",
        title,
        about: format!("{}|{}", first.rule, masked(&first.message)),
        points,
    })
}

/// What tools reported in `log` without failing it.
fn warnings(log: &Log) -> Vec<Diagnostic> {
    let options = Options {
        first_line: log.first_line.max(1),
        ..Options::default()
    };
    let none: Vec<&[u8]> = Vec::new();
    let Ok(explanation) = explain(log.bytes.as_slice(), none, options) else {
        return Vec::new();
    };
    let mut warnings: Vec<Diagnostic> = explanation
        .diagnostics
        .into_iter()
        .filter(|one| one.severity == Severity::Warning && !one.tool.is_empty())
        .collect();
    warnings.sort_by_key(|warning| warning.start_line);
    warnings
}

/// Every line of `logs`, masked.
fn known(logs: &[Log]) -> HashSet<u64> {
    let mut known = HashSet::new();
    let mut text = Vec::new();
    for log in logs {
        for warning in warnings(log) {
            known.insert(masked_hash(warning.message.as_bytes()));
        }
        let mut lines = Lines::new(log.bytes.as_slice());
        while lines.read().unwrap_or(false) {
            normalise(lines.line(), &mut text);
            known.insert(masked_hash(&text));
        }
    }
    known
}

/// True when the report's first line stands in a log before: tools that cut their reports print at least that.
fn stands_in(known: &HashSet<u64>, log: &Log, warning: &Diagnostic) -> bool {
    let mut lines = Lines::new(log.bytes.as_slice());
    let mut number = log.first_line.max(1);
    let mut text = Vec::new();
    while lines.read().unwrap_or(false) {
        if number == warning.start_line {
            normalise(lines.line(), &mut text);
            return known.contains(&masked_hash(&text));
        }
        number += 1;
    }
    false
}

fn point(warning: &Diagnostic, log: &Log) -> Point {
    let place = match (&warning.path, warning.line) {
        (Some(path), Some(line)) => format!("`{path}:{line}`: "),
        (Some(path), None) => format!("`{path}`: "),
        (None, _) => String::new(),
    };
    Point {
        text: format!("New warning: {place}{}", warning.message),
        evidence: vec![Evidence {
            statement: "the log says so, and no passing run before did".into(),
            place: Place::Log {
                log: log.name.clone(),
                start_line: warning.start_line,
                end_line: warning.end_line,
            },
        }],
        todo: false,
    }
}

/// The tools that changed since the run before and may simply see more.
fn moved(log: &Log, facts: &Facts) -> Option<Point> {
    let before: Vec<_> = facts.passing_logs.iter().map(fingerprint).collect();
    let moved: Vec<(String, u64)> = changes(&fingerprint(log), &before)
        .into_iter()
        .filter_map(|change| match change {
            Around::Version {
                kind: Kind::Tool,
                name,
                from,
                to,
                lines: Some((_, line)),
            } => Some((format!("{name} {from} → {to}"), line)),
            _ => None,
        })
        .collect();
    let words: Vec<&str> = moved.iter().map(|(words, _)| words.as_str()).collect();
    (!words.is_empty()).then(|| Point {
        text: format!("Changed since the run before: {}", words.join(", ")),
        evidence: moved
            .iter()
            .map(|(words, line)| Evidence {
                statement: words.clone(),
                place: Place::Log {
                    log: log.name.clone(),
                    start_line: *line,
                    end_line: *line,
                },
            })
            .collect(),
        todo: false,
    })
}
