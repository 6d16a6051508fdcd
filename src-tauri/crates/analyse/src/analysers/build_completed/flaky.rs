//! Tests that passed only when tried again, and commits that failed and passed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use perch_core::event::Event;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Log};
use perch_core::finding::Point;
use regex::Regex;

use super::Change;
use super::slower::this_run;
use crate::analysers::build::Build;
use crate::log::lines::Lines;
use crate::log::normalise::plain;

/// Tests named; more are counted.
const NAMED: usize = 5;

/// Lines longer than this name no test.
const LONGEST: usize = 400;

/// How runners name a test they had to try again.
const PATTERNS: &[&str] = &[
    // cargo-nextest
    r"^\s*FLAKY \d+/\d+ \[[^\]]*\]\s+(?P<test>\S.*)$",
    // pytest-rerunfailures
    r"^(?P<test>\S+::\S+) RERUN\b",
    r"^RERUN (?P<test>\S+::\S+)",
    // Vitest
    r"^\s*✓ (?P<test>.+?)(?: \d+m?s)? \(retry x\d+\)",
    // Cypress
    r"^\s*\(Attempt \d+ of \d+\) (?P<test>\S.*)$",
    // RSpec
    r"^RSpec::Retry: \w+ try (?P<test>\S+)",
    // Bazel
    r"^(?P<test>//\S+)\s+FLAKY\b",
];

static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    PATTERNS
        .iter()
        .map(|pattern| Regex::new(pattern).expect("the patterns are constants"))
        .collect()
});

/// What is flaky, once that is sure: on the same commit, or for the second time and not yet for the third.
pub(super) fn change(event: &Event, build: &Build, facts: &Facts) -> Option<Change> {
    same_commit(event, build, facts).or_else(|| tried_again(facts))
}

fn same_commit(event: &Event, build: &Build, facts: &Facts) -> Option<Change> {
    let commit = event.subject.commit.as_ref()?;
    // A tree with changes that are not committed is not the commit.
    let dirty = event.data["base"]["dirty"]
        .as_array()
        .is_some_and(|dirty| !dirty.is_empty());
    if dirty || build.local {
        return None;
    }
    let failed = facts
        .history
        .iter()
        .find(|run| !run.passed && run.commit.as_ref() == Some(commit))?;
    let cause = failed
        .rule
        .as_ref()
        .map(|rule| format!(" (`{rule}`)"))
        .unwrap_or_default();
    let mut evidence = vec![Evidence {
        statement: format!("failed on {}", failed.finished_at),
        place: Place::Commit {
            sha: commit.clone(),
        },
    }];
    evidence.extend(this_run(event, "passed now"));
    Some(Change {
        rule: "health/flaky",
        title: format!("`{}` failed and passed on the same commit", build.name()),
        about: failed.rule.clone().unwrap_or_default(),
        points: vec![Point {
            text: format!(
                "`{}` failed{cause} on this commit before, and passed now: something in it is flaky",
                build.name()
            ),
            evidence,
            todo: false,
        }],
    })
}

fn tried_again(facts: &Facts) -> Option<Change> {
    let log = facts.log.as_ref()?;
    let before: Vec<BTreeMap<String, u64>> = facts.passing_logs.iter().map(tests).collect();
    let flaky: Vec<(String, u64)> = tests(log)
        .into_iter()
        .filter(|(test, _)| {
            before
                .iter()
                .filter(|tests| tests.contains_key(test))
                .count()
                == 1
        })
        .collect();
    let (first, _) = flaky.first()?;
    let title = match flaky.len() {
        1 => format!("`{first}` is flaky"),
        count => format!("{count} tests are flaky"),
    };
    let points = flaky
        .iter()
        .take(NAMED)
        .map(|(test, line)| Point {
            text: format!("`{test}` passed only when tried again, as in one of the last runs"),
            evidence: vec![Evidence {
                statement: "tried again".into(),
                place: Place::Log {
                    log: log.name.clone(),
                    start_line: *line,
                    end_line: *line,
                },
            }],
            todo: false,
        })
        .collect();
    Some(Change {
        rule: "health/flaky",
        title,
        about: first.clone(),
        points,
    })
}

/// Tests that were tried again, with the line that says so.
fn tests(log: &Log) -> BTreeMap<String, u64> {
    let mut tests = BTreeMap::new();
    let mut lines = Lines::new(log.bytes.as_slice());
    let mut number = log.first_line.max(1);
    let mut listed = false;
    while lines.read().unwrap_or(false) {
        if lines.line().len() <= LONGEST {
            let text = plain(lines.line());
            // Playwright lists them indented under a heading, Surefire too.
            if let Some(test) = listed_test(&text).filter(|_| listed) {
                tests.entry(test).or_insert(number);
            } else {
                listed = heads_list(&text);
            }
            for pattern in EACH.iter() {
                if let Some(test) = pattern.captures(&text).and_then(|found| found.name("test")) {
                    tests
                        .entry(test.as_str().trim().to_owned())
                        .or_insert(number);
                }
            }
        }
        number += 1;
    }
    tests
}

/// `  1 flaky`, as Playwright heads the list, or Surefire's own heading.
fn heads_list(text: &str) -> bool {
    let words = text.trim();
    let counted = words
        .strip_suffix(" flaky")
        .is_some_and(|count| count.parse::<u32>().is_ok());
    counted || words.trim_start_matches("[WARNING] ") == "Flakes:"
}

fn listed_test(text: &str) -> Option<String> {
    let name = text
        .strip_prefix("    ")
        .or_else(|| text.strip_prefix("[WARNING] "))?;
    let name = name.trim().trim_end_matches('─').trim();
    (!name.is_empty() && !name.starts_with("Run ")).then(|| name.to_owned())
}
