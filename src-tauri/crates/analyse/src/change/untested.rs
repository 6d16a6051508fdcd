//! Changed functions that deserve a test and that no test names.

use perch_core::facts::{Facts, FileChange};

use super::cases::{self, Case};
use super::functions::{self, Touched};
use super::role::{self, Role};
use super::testing::{Tested, Tests};

/// Names that are called by the language or a framework and seldom tested by name.
const UNNAMED: &[&str] = &[
    "main",
    "new",
    "default",
    "fmt",
    "drop",
    "init",
    "setup",
    "constructor",
    "render",
    "toString",
    "hashCode",
    "equals",
    "up",
    "down",
    "from",
    "into",
    "clone",
    "eq",
    "hash",
];

/// Functions that no test names, those with the most to get wrong first.
pub(crate) fn find(facts: &Facts, changes: &[&FileChange]) -> Vec<(Touched, Vec<Case>)> {
    let has_tests = facts.tree.is_empty()
        || facts.tree.iter().any(|path| role::of(path) == Role::Test)
        || facts
            .files
            .values()
            .any(|text| text.contains("#[cfg(test)]"));
    if !has_tests {
        return Vec::new();
    }
    let tests = Tests::of(facts);
    let mut found = Vec::new();
    for change in changes
        .iter()
        .filter(|change| role::of(&change.path) == Role::Code)
    {
        let covered_otherwise = tests.grew_with(change);
        let text = facts.files.get(&change.path).map(String::as_str);
        for function in functions::touched(change, text) {
            let bare = function.name.rsplit("::").next().unwrap_or(&function.name);
            if UNNAMED.contains(&bare) || bare.starts_with("__") {
                continue;
            }
            let cases = cases::of(&function);
            let heavy = if function.exported {
                function.added.len() >= 2
            } else {
                // A private function is most often tested through others.
                function.added.len() >= 6 && cases.len() >= 2
            };
            // A changed test of the same source most likely came for this change.
            let answered = covered_otherwise && !(function.is_new && function.exported);
            if heavy && !answered && tests.of_function(&function) == Tested::No {
                found.push((function, cases));
            }
        }
    }
    found.sort_by_key(|(function, cases)| {
        std::cmp::Reverse((function.exported, cases.len(), function.added.len()))
    });
    found
}
