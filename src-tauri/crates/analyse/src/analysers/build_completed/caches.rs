//! A cache that used to hit and does not any more.
//!
//! A changed lockfile misses once, which is as it should be: only a cache that stays cold is worth a word.

use std::collections::BTreeMap;

use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Log};
use perch_core::finding::Point;

use super::Change;
use crate::log::lines::Lines;
use crate::log::normalise::plain;

/// Runs in a row that must have missed.
const COLD: usize = 3;

/// How runners say that a cache was there, before its key.
const HITS: &[&str] = &["Cache restored from key: ", "Cache hit for: "];

/// How they say that it was not.
const MISSES: &[&str] = &[
    "Cache not found for input keys: ",
    "Cache not found for keys: ",
];

/// The cache, if this is the third run without it after one that had it.
pub(super) fn change(facts: &Facts) -> Option<Change> {
    let log = facts.log.as_ref()?;
    let before: Vec<Caches> = facts.passing_logs.iter().map(caches).collect();
    let (cold, earlier) = before.split_at_checked(COLD - 1)?;
    let (name, line) = caches(log).missed.into_iter().find(|(name, _)| {
        cold.iter().all(|run| run.missed.contains_key(name))
            && earlier.iter().any(|run| run.hit.contains_key(name))
    })?;
    Some(Change {
        rule: "health/cache",
        title: format!("The cache `{name}` no longer hits"),
        about: name.clone(),
        points: vec![Point {
            text: format!(
                "The cache `{name}` was missed {COLD} times in a row, and had hit before: its key changes with \
                 every run, or it is no longer saved"
            ),
            evidence: vec![Evidence {
                statement: "missed".into(),
                place: Place::Log {
                    log: log.name.clone(),
                    start_line: line,
                    end_line: line,
                },
            }],
            todo: false,
        }],
    })
}

/// What a log says of caches, by the parts of their keys that stay the same.
#[derive(Default)]
struct Caches {
    hit: BTreeMap<String, u64>,
    missed: BTreeMap<String, u64>,
}

fn caches(log: &Log) -> Caches {
    let mut caches = Caches::default();
    let mut lines = Lines::new(log.bytes.as_slice());
    let mut number = log.first_line.max(1);
    while lines.read().unwrap_or(false) {
        let text = plain(lines.line());
        let keys = |beginnings: &[&str]| {
            beginnings
                .iter()
                .find_map(|beginning| text.strip_prefix(beginning).map(stem))
        };
        if let Some(name) = keys(HITS) {
            caches.hit.entry(name).or_insert(number);
        } else if let Some(name) = keys(MISSES) {
            caches.missed.entry(name).or_insert(number);
        }
        number += 1;
    }
    caches
}

/// The first key without the hash at its end.
fn stem(keys: &str) -> String {
    let first = keys.split(',').next().unwrap_or(keys).trim();
    let hash = |part: &str| part.len() >= 7 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = first.split('-').filter(|part| !hash(part)).collect();
    parts.join("-").trim_end_matches('-').to_owned()
}
