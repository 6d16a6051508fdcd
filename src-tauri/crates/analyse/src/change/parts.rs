//! The parts of a diff that could go alone: files connected by what they define, use and test.
//!
//! Two files are connected when one names in its added lines what the other defines in its changed ones, when one is
//! the other's test, or when both are called the same. What nothing connects goes by folder.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::facts::{DiffLine, FileChange};

use super::language::Language;
use super::role::{self, Role};

/// Files that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Their paths, the most changed first.
    pub(crate) files: Vec<String>,
    /// Added and removed lines.
    pub(crate) lines: usize,
}

/// More files than this are not compared with each other.
const MOST: usize = 300;
/// A name that this many files define connects nothing.
const COMMON: usize = 3;

/// The parts of `changes`, what others stand on first, then the largest.
pub(crate) fn of(changes: &[&FileChange]) -> Vec<Part> {
    if changes.len() > MOST {
        return Vec::new();
    }
    let mut union = Union::of(changes.len());
    let words: Vec<BTreeSet<&str>> = changes.iter().map(|change| added_words(change)).collect();
    let mut definers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, change) in changes.iter().enumerate() {
        for name in defined(change) {
            definers.entry(name).or_default().push(number);
        }
    }
    let mut stands_on = vec![0_usize; changes.len()];
    for (name, definers) in &definers {
        if definers.len() >= COMMON || name.len() < 4 {
            continue;
        }
        for (user, words) in words.iter().enumerate() {
            if words.contains(name.as_str()) {
                for definer in definers.iter().filter(|definer| **definer != user) {
                    union.join(*definer, user);
                    stands_on[*definer] += 1;
                }
            }
        }
    }
    let mut called: BTreeMap<String, usize> = BTreeMap::new();
    for (number, change) in changes.iter().enumerate() {
        let key = match role::of(&change.path) {
            Role::Code | Role::Test => stem(&change.path),
            _ => folder(&change.path).to_owned(),
        };
        if let Some(other) = called.insert(key, number) {
            union.join(other, number);
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for number in 0..changes.len() {
        parts.entry(union.root(number)).or_default().push(number);
    }
    let mut parts: Vec<(usize, Part)> = parts
        .into_values()
        .map(|mut numbers| {
            let lines = |number: usize| role::changed_lines(changes[number]);
            numbers.sort_by_key(|number| std::cmp::Reverse(lines(*number)));
            let part = Part {
                files: numbers
                    .iter()
                    .map(|number| changes[*number].path.clone())
                    .collect(),
                lines: numbers.iter().map(|number| lines(*number)).sum(),
            };
            (numbers.iter().map(|number| stands_on[*number]).sum(), part)
        })
        .collect();
    parts.sort_by_key(|(stands_on, part)| std::cmp::Reverse((*stands_on > 0, part.lines)));
    parts.into_iter().map(|(_, part)| part).collect()
}

fn added_words(change: &FileChange) -> BTreeSet<&str> {
    change
        .added()
        .flat_map(|(_, line)| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .filter(|word| word.len() >= 4)
        .collect()
}

/// The names defined in the changed lines of `change`.
fn defined(change: &FileChange) -> BTreeSet<String> {
    let Some(language) = Language::of(&change.path) else {
        return BTreeSet::new();
    };
    let lines = change.hunks.iter().flat_map(|hunk| &hunk.lines);
    lines
        .filter_map(|line| match line {
            DiffLine::Added(text) | DiffLine::Removed(text) => language.definition(text),
            DiffLine::Context(_) => None,
        })
        .map(|definition| definition.name)
        .collect()
}

/// `range` for `src/range.rs`, `tests/test_range.py` and `range.test.ts`.
fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name).to_lowercase();
    let stem = stem.strip_prefix("test_").unwrap_or(&stem);
    let stem = ["_test", "_spec", "-test", "test"]
        .iter()
        .find_map(|ending| stem.strip_suffix(ending))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(stem);
    if matches!(stem, "mod" | "index" | "main" | "lib" | "__init__") {
        return folder(path).to_owned();
    }
    stem.to_owned()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Sets that are joined (union-find).
struct Union(Vec<usize>);

impl Union {
    fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&self, mut one: usize) -> usize {
        while self.0[one] != one {
            one = self.0[one];
        }
        one
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[other] = one;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::sample;

    #[test]
    fn files_that_name_each_other_stay_together_and_the_rest_could_go_alone() {
        let diff = sample::diff(
            "diff --git a/src/range.rs b/src/range.rs\n@@ -1 +1,2 @@\n+pub fn parse_range(text: &str) {\n+}\n\
             diff --git a/src/http.rs b/src/http.rs\n@@ -1 +1 @@\n+    let range = parse_range(text);\n\
             diff --git a/tests/range.rs b/tests/range.rs\n@@ -1 +1 @@\n+fn ranges() {}\n\
             diff --git a/src/log.rs b/src/log.rs\n@@ -1 +1,3 @@\n+fn colour() {}\n+fn b() {}\n+fn c() {}\n",
        );
        let changes: Vec<&FileChange> = diff.iter().collect();
        let parts = of(&changes);
        let files: Vec<Vec<&str>> = parts
            .iter()
            .map(|part| part.files.iter().map(String::as_str).collect())
            .collect();
        assert_eq!(
            files,
            [
                vec!["src/range.rs", "src/http.rs", "tests/range.rs"],
                vec!["src/log.rs"]
            ]
        );
        assert_eq!(parts[1].lines, 3);
    }
}
