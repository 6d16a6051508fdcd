//! How much there is to read, what it will take, and how it could be split.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::evidence::Evidence;
use perch_core::facts::FileChange;
use perch_core::finding::Point;

use super::{Remark, Review, words};
use crate::change::language::Language;
use crate::change::role::{self, Role};

/// Changed lines beyond which a split is worth a thought, and beyond which it leads.
const LARGE: usize = 400;
const VERY_LARGE: usize = 1000;

/// How much there is to read.
pub(super) struct Size {
    /// Added and removed lines without generated, vendored and lock files.
    pub(super) lines: usize,
    files: usize,
    /// 1 (a glance) to 5 (half a day).
    pub(super) effort: u8,
}

impl Size {
    /// "124 changed lines in 5 files".
    pub(super) fn words(&self) -> String {
        format!(
            "{} in {}",
            words::count(self.lines, "changed line"),
            words::count(self.files, "file")
        )
    }
}

/// The size of `changes`.
pub(super) fn of(changes: &[&FileChange]) -> Size {
    let lines: usize = changes
        .iter()
        .map(|change| role::changed_lines(change))
        .sum();
    let languages: BTreeSet<Language> = changes
        .iter()
        .filter_map(|change| Language::of(&change.path))
        .collect();
    let parts = parts(changes).len();
    let risky = changes
        .iter()
        .filter(|change| risk(&change.path).is_some())
        .count();
    let mut effort = match lines {
        0..50 => 1,
        50..200 => 2,
        200..LARGE => 3,
        LARGE..VERY_LARGE => 4,
        _ => 5,
    };
    if lines >= 20 && (languages.len() > 2 || parts > 4 || risky > 1) {
        effort += 1;
    }
    Size {
        lines,
        files: changes.len(),
        effort: effort.min(5),
    }
}

/// Why a change to the file at `path` deserves a second reading.
pub(super) fn risk(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    if matches!(
        role::of(path),
        Role::Test | Role::Docs | Role::Generated | Role::Lockfile
    ) {
        return None;
    }
    let has = |list: &[&str]| {
        lower
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| list.contains(&word))
    };
    if role::of(path) == Role::Migration {
        return Some("database migration");
    }
    if name == "dockerfile"
        || role::ending(path) == "tf"
        || name.starts_with("docker-compose")
        || has(&["terraform", "helm", "k8s", "kubernetes", "ansible"])
    {
        return Some("infrastructure");
    }
    if has(&[
        "auth",
        "authentication",
        "authorization",
        "login",
        "oauth",
        "session",
        "sessions",
        "permission",
        "permissions",
        "acl",
        "rbac",
        "sso",
    ]) {
        return Some("who may do what");
    }
    if has(&[
        "crypto",
        "encryption",
        "signature",
        "signing",
        "password",
        "passwords",
        "secrets",
        "security",
    ]) {
        return Some("secrets and cryptography");
    }
    if has(&[
        "payment", "payments", "billing", "checkout", "invoice", "invoices", "refund", "refunds",
    ]) {
        return Some("money");
    }
    None
}

/// Changed lines by part: the top-level folder, or the one below it where all share the first.
fn parts<'a>(changes: &[&'a FileChange]) -> BTreeMap<&'a str, usize> {
    let depth = (1..=3)
        .find(|depth| {
            let folders: BTreeSet<&str> = changes
                .iter()
                .map(|change| folder(&change.path, *depth))
                .collect();
            folders.len() > 1
        })
        .unwrap_or(1);
    let mut parts = BTreeMap::new();
    for change in changes {
        *parts.entry(folder(&change.path, depth)).or_default() += role::changed_lines(change);
    }
    parts
}

/// The first `depth` folders of `path`; empty for a file above them.
fn folder(path: &str, depth: usize) -> &str {
    let Some((folders, _)) = path.rsplit_once('/') else {
        return "";
    };
    folders
        .match_indices('/')
        .nth(depth - 1)
        .map_or(folders, |(at, _)| &folders[..at])
}

pub(super) fn look(review: &Review<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let size = of(&review.changes);
    if size.lines > LARGE {
        let mut largest: Vec<&&FileChange> = review.changes.iter().collect();
        largest.sort_by_key(|change| std::cmp::Reverse(role::changed_lines(change)));
        let evidence = largest
            .iter()
            .take(3)
            .map(|change| {
                Evidence::file(
                    words::count(role::changed_lines(change), "changed line"),
                    &change.path,
                    None,
                )
            })
            .collect();
        let plan = split_plan(&review.changes, size.lines)
            .map_or(String::new(), |plan| format!(". It could be split: {plan}"));
        remarks.push(Remark {
            rank: 60,
            rule: "pr/large",
            category: "size",
            title: format!("changes {} lines", size.lines),
            point: Point {
                text: format!("{} are much for one review{plan}", size.words()),
                evidence,
                todo: size.lines <= VERY_LARGE,
            },
            confidence: 0.9,
        });
    }
    let mut risky: BTreeMap<&str, Vec<&FileChange>> = BTreeMap::new();
    for change in &review.changes {
        if let Some(reason) = risk(&change.path) {
            risky.entry(reason).or_default().push(change);
        }
    }
    for (reason, changes) in risky {
        let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        let evidence = changes
            .iter()
            .take(3)
            .map(|change| {
                let line = change.added().next().map(|(line, _)| line);
                Evidence::file(format!("changed: {reason}"), &change.path, line)
            })
            .collect();
        remarks.push(Remark {
            rank: 70,
            rule: "pr/risk",
            category: "review",
            title: format!("touches {reason}"),
            point: Point {
                text: format!("Read twice, {reason}: {}", words::names(&paths, 3)),
                evidence,
                todo: true,
            },
            confidence: 0.8,
        });
    }
    remarks
}

/// Parts that could go alone, in the order they could go in.
fn split_plan(changes: &[&FileChange], lines: usize) -> Option<String> {
    let mut parts: Vec<(&str, usize)> = parts(changes)
        .into_iter()
        .filter(|(folder, lines)| !folder.is_empty() && *lines > 0)
        .collect();
    parts.retain(|(_, part)| part * 20 >= lines);
    if parts.len() < 2 {
        return None;
    }
    // What others stand on goes first.
    let first = |folder: &str| {
        let words = [
            "migration",
            "migrations",
            "db",
            "schema",
            "proto",
            "core",
            "lib",
            "common",
            "shared",
        ];
        !folder
            .split(['/', '-', '_'])
            .any(|word| words.contains(&word))
    };
    parts.sort_by_key(|(folder, lines)| (first(folder), std::cmp::Reverse(*lines)));
    let more = parts.len().saturating_sub(5);
    let mut plan: Vec<String> = parts
        .iter()
        .take(5)
        .map(|(folder, lines)| format!("`{folder}/` ({lines} lines)"))
        .collect();
    if more > 0 {
        plan.push(format!("{more} smaller parts"));
    }
    Some(plan.join(", then "))
}
