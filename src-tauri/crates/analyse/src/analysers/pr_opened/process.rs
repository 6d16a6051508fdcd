//! What goes with the code: description, linked issues, lock files, checks.

use std::sync::LazyLock;

use perch_core::evidence::{Evidence, Place};
use perch_core::facts::FileChange;
use perch_core::finding::Point;
use regex::Regex;

use super::{Remark, Review};
use crate::change::role;

/// The most open boxes taken over from the description.
const MOST_BOXES: usize = 5;

static OPEN_BOX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*[-*+]\s+\[ \]\s+(\S.*?)\s*$").expect("the pattern is constant")
});
static LINKED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\s*:?\s+((?:[\w.-]+/[\w.-]+)?#\d+)")
        .expect("the pattern is constant")
});
/// A line of a manifest that names a dependency with a version or a source.
static DEPENDENCY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:["']?([\w@/.-]+)["']?\s*[:=]\s*(?:["'][~^>=<v]*\s*[\d*]|["'](?:workspace:|git|npm:)|\{.*(?:version|git)\s*=)|(?:require\s+)?[\w.-]+\.[a-z]+/\S+\s+v\d|gem\s+["']|["'][\w.-]+(?:\[[\w,]+\])?\s*(?:[~=<>!]=|>|<)\s*\d)"#).expect("the pattern is constant")
});
/// Names in a manifest whose value looks like a version and is none of a dependency.
const OWN_FIELDS: &[&str] = &[
    "version",
    "edition",
    "rust-version",
    "node",
    "npm",
    "go",
    "python",
    "requires-python",
    "engines",
    "packageManager",
    "resolver",
    "schemaVersion",
    "lockfileVersion",
    "manifest_version",
    "port",
];

pub(super) fn look(review: &Review<'_>) -> Vec<Remark> {
    let mut remarks = lockfiles(review);
    let todo = |rank, rule, title: &str, text: String, evidence| Remark {
        rank,
        rule,
        category: "review",
        title: title.into(),
        point: Point {
            text,
            evidence,
            todo: true,
        },
        confidence: 0.9,
    };
    for check in review
        .facts
        .checks
        .iter()
        .filter(|check| check.passed == Some(false))
        .take(3)
    {
        let evidence = check.url.iter().map(|url| Evidence {
            statement: "the failed check".into(),
            place: Place::Page { url: url.clone() },
        });
        remarks.push(todo(
            68,
            "pr/check",
            "has a failing check",
            format!("Check `{}` fails", check.name),
            evidence.collect(),
        ));
    }
    let body = review.pull_request.written_body();
    let boxes: Vec<&str> = OPEN_BOX
        .captures_iter(&body)
        .filter_map(|found| found.get(1))
        .map(|text| text.as_str())
        .collect();
    for text in boxes.iter().take(MOST_BOXES) {
        remarks.push(todo(
            80,
            "pr/open_box",
            "has open points in its description",
            format!("Open in the description: {}", quoted(text)),
            Vec::new(),
        ));
    }
    let mut issues: Vec<&str> = LINKED
        .captures_iter(&body)
        .filter_map(|found| found.get(1))
        .map(|text| text.as_str())
        .collect();
    issues.dedup();
    if !issues.is_empty() {
        remarks.push(todo(
            81,
            "pr/linked",
            "closes an issue",
            format!("Compare with what {} asks for", issues.join(", ")),
            Vec::new(),
        ));
    }
    if body.trim().len() < 10 {
        remarks.push(todo(
            85,
            "pr/description",
            "has no description",
            "The description is empty: what changes, and why".into(),
            Vec::new(),
        ));
    }
    remarks
}

fn lockfiles(review: &Review<'_>) -> Vec<Remark> {
    let facts = review.facts;
    let mut remarks = Vec::new();
    for change in &facts.diff {
        let (folder, name) = change.path.rsplit_once('/').unwrap_or(("", &change.path));
        let Some((_, locks)) = role::LOCKED_BY
            .iter()
            .find(|(manifest, _)| *manifest == name)
        else {
            continue;
        };
        let Some(line) = changed_dependency(change) else {
            continue;
        };
        // Workspaces keep one lock file above their members.
        let lock = std::iter::successors(Some(folder), |folder| {
            (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(above, _)| above))
        })
        .find_map(|folder| {
            locks.iter().find_map(|lock| {
                let path = if folder.is_empty() {
                    (*lock).to_owned()
                } else {
                    format!("{folder}/{lock}")
                };
                facts.tree.binary_search(&path).is_ok().then_some(path)
            })
        });
        let Some(lock) = lock else { continue };
        if facts.diff.iter().any(|other| other.path == lock) {
            continue;
        }
        remarks.push(Remark {
            rank: 50,
            rule: "pr/lockfile",
            category: "dependency",
            title: format!(
                "leaves `{}` behind",
                lock.rsplit('/').next().unwrap_or(&lock)
            ),
            point: Point {
                text: format!(
                    "`{}` changes a dependency, `{lock}` does not follow",
                    change.path
                ),
                evidence: vec![Evidence::file(
                    "changed dependency",
                    &change.path,
                    Some(line),
                )],
                todo: false,
            },
            confidence: 0.85,
        });
    }
    remarks
}

fn changed_dependency(change: &FileChange) -> Option<u32> {
    let is_dependency = |text: &str| {
        DEPENDENCY.captures(text).is_some_and(|found| {
            found
                .get(1)
                .is_none_or(|name| !OWN_FIELDS.contains(&name.as_str()))
        })
    };
    let removed: Vec<&str> = change
        .removed()
        .map(|(_, text)| text.trim().trim_end_matches(','))
        .collect();
    change
        .added()
        .find(|(_, text)| {
            is_dependency(text) && !removed.contains(&text.trim().trim_end_matches(','))
        })
        .map(|(line, _)| line)
}

/// Words of others as they can be repeated: nobody is notified again and nothing is drawn.
fn quoted(text: &str) -> String {
    if text.contains(['@', '<', '[', '!']) {
        format!("`{}`", text.replace('`', "'"))
    } else {
        text.to_owned()
    }
}
