//! What changed since the last passing run, and whether the failure is the change's fault at all.

use perch_core::event::Event;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, FileChange};
use perch_core::finding::Point;

use super::paths::Paths;
use crate::explain::{Diagnostic, category};

/// Files that decide which dependencies and tools a build uses.
const MANIFESTS: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "package.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "requirements.txt",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "go.mod",
    "go.sum",
    "Gemfile",
    "Gemfile.lock",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "Dockerfile",
    "rust-toolchain.toml",
    "rust-toolchain",
    ".nvmrc",
    ".python-version",
];

/// Points on culprit and flakiness, as far as the facts allow.
pub(super) fn points(
    event: &Event,
    errors: &[&Diagnostic],
    paths: &Paths<'_>,
    facts: &Facts,
) -> Vec<Point> {
    let mut points = Vec::new();
    points.extend(flaky(event, errors, facts));
    points.extend(culprit(errors, paths, facts));
    points
}

/// Why a run of the same commit may well pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chance {
    /// It passed before.
    PassedBefore,
    /// What broke lies outside the repository.
    Outside,
}

/// Why running it again may help, where the facts say so.
pub(super) fn chance(event: &Event, errors: &[&Diagnostic], facts: &Facts) -> Option<Chance> {
    let commit = event.subject.commit.as_deref();
    let passed_here = commit.is_some()
        && facts
            .history
            .iter()
            .any(|run| run.passed && run.commit.as_deref() == commit);
    if passed_here {
        return Some(Chance::PassedBefore);
    }
    let outside = |error: &&Diagnostic| {
        matches!(error.category, category::NETWORK | category::INFRASTRUCTURE)
    };
    errors
        .first()
        .filter(|first| outside(first))
        .map(|_| Chance::Outside)
}

/// The verdict on flakiness, where history or the sort of trouble allows one.
fn flaky(event: &Event, errors: &[&Diagnostic], facts: &Facts) -> Option<Point> {
    match chance(event, errors, facts) {
        Some(Chance::PassedBefore) => {
            let commit = event.subject.commit.as_deref().unwrap_or_default();
            return Some(Point {
                text: "The same commit passed before, so this is likely flaky: run it again".into(),
                evidence: vec![Evidence {
                    statement: "passed and failed".into(),
                    place: Place::Commit { sha: commit.into() },
                }],
                todo: false,
            });
        }
        Some(Chance::Outside) => {
            return Some(Point {
                text: "Nothing in the repository causes this: run it again".into(),
                evidence: Vec::new(),
                todo: false,
            });
        }
        None => {}
    }
    let first = errors.first()?;
    let branch = event.subject.branch.as_deref();
    let before = facts
        .history
        .iter()
        .find(|run| run.branch.as_deref() == branch)?;
    let same = !before.passed && before.rule.as_deref() == Some(first.rule.as_str());
    let which = if before.commit.is_some() && before.commit == event.subject.commit {
        "An earlier run of this commit"
    } else {
        "The run before"
    };
    same.then(|| Point {
        text: format!("{which} failed by `{}` as well", first.rule),
        evidence: before
            .commit
            .iter()
            .map(|sha| Evidence {
                statement: "failed before".into(),
                place: Place::Commit { sha: sha.clone() },
            })
            .collect(),
        todo: false,
    })
}

/// The change that brought it about, as far as files and commits tell.
fn culprit(errors: &[&Diagnostic], paths: &Paths<'_>, facts: &Facts) -> Option<Point> {
    if facts.diff.is_empty() {
        return None;
    }
    let named: Vec<(&Diagnostic, String)> = errors
        .iter()
        .filter_map(|error| Some((*error, paths.resolve(error.path.as_deref()?)?)))
        .collect();
    let changed: Vec<(&Diagnostic, &FileChange)> = named
        .iter()
        .filter_map(|(error, path)| {
            Some((
                *error,
                facts.diff.iter().find(|change| change.path == *path)?,
            ))
        })
        .collect();
    let exact = changed
        .iter()
        .find(|(error, change)| change.added().any(|(line, _)| Some(line) == error.line));
    let (text, mut evidence) = match (exact, changed.first()) {
        (Some((error, change)), _) => (
            format!(
                "`{}` line {} is new since the last passing run",
                change.path,
                error.line.unwrap_or_default()
            ),
            vec![Evidence::file(
                "the changed line",
                change.path.clone(),
                error.line,
            )],
        ),
        (None, Some((error, change))) => (
            format!("`{}` changed since the last passing run", change.path),
            vec![Evidence::file(
                "the changed file",
                change.path.clone(),
                error.line,
            )],
        ),
        (None, None) => {
            let manifest = facts.diff.iter().find(|change| {
                MANIFESTS.contains(&change.path.rsplit('/').next().unwrap_or_default())
            });
            match manifest {
                Some(change) => (
                    format!(
                        "Of the changes since the last passing run `{}` is the likeliest cause",
                        change.path
                    ),
                    vec![Evidence::file(
                        "what the build depends on",
                        change.path.clone(),
                        None,
                    )],
                ),
                None if named.is_empty() => return only_commit(facts),
                None => (
                    "No file the reports name changed since the last passing run".into(),
                    Vec::new(),
                ),
            }
        }
    };
    let text = match facts.commits.as_slice() {
        [commit] => {
            evidence.push(commit_evidence(&commit.sha));
            format!("{text}, by the only commit since: “{}”", commit.subject())
        }
        [] => text,
        commits => format!("{text}, in one of {} commits", commits.len()),
    };
    Some(Point {
        text,
        evidence,
        todo: false,
    })
}

fn only_commit(facts: &Facts) -> Option<Point> {
    let [commit] = facts.commits.as_slice() else {
        return None;
    };
    Some(Point {
        text: format!(
            "The only commit since the last passing run is “{}”",
            commit.subject()
        ),
        evidence: vec![commit_evidence(&commit.sha)],
        todo: false,
    })
}

fn commit_evidence(sha: &str) -> Evidence {
    Evidence {
        statement: "the commit".into(),
        place: Place::Commit { sha: sha.into() },
    }
}
