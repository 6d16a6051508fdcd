//! Who made the changes: people, not programs, each once, as they are called at the forge if that is known.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use perch_core::seam::checkout::Recorded;
use regex::Regex;

use crate::changelog::landed::{Author, Landed};
use crate::changelog::language::Language;
use crate::markdown::inline;

static CO_AUTHOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)^co-authored-by:\s*([^<\n]*?)\s*<([^>\n]+)>\s*$")
        .expect("the pattern is constant")
});
static HANDLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\d+\+)?([a-z0-9][a-z0-9-]*)@users\.noreply\.github\.com$")
        .expect("the pattern is constant")
});

/// Programs that commit under a name without `[bot]`.
const PROGRAMS: &[&str] = &[
    "dependabot",
    "renovate",
    "renovate bot",
    "github",
    "github actions",
    "greenkeeper",
    "snyk-bot",
    "pre-commit-ci",
    "web-flow",
];

/// The authors of these commits, then those named in them as co-authors.
pub(super) fn of(commits: &[&Recorded]) -> Vec<Author> {
    let mut found: Vec<Author> = Vec::new();
    let authors = commits
        .iter()
        .map(|commit| (commit.name.clone(), commit.email.clone()));
    let named = commits.iter().flat_map(|commit| {
        CO_AUTHOR
            .captures_iter(&commit.message)
            .map(|person| (person[1].to_owned(), person[2].to_lowercase()))
    });
    for (name, email) in authors.chain(named) {
        let author = Author {
            handle: HANDLE.captures(&email).map(|found| found[1].to_owned()),
            name,
            email,
        };
        if !found.iter().any(|known| is_same(known, &author)) {
            found.push(author);
        }
    }
    found
}

fn is_same(one: &Author, other: &Author) -> bool {
    let same = |one: &str, other: &str| !one.is_empty() && one.eq_ignore_ascii_case(other);
    same(&one.email, &other.email)
        || same(&one.name, &other.name)
        || one
            .handle
            .as_ref()
            .zip(other.handle.as_ref())
            .is_some_and(|(one, other)| same(one, other))
}

fn is_program(author: &Author) -> bool {
    let name = author.name.to_lowercase();
    name.ends_with("[bot]")
        || author.email.contains("[bot]")
        || author.handle.as_deref().is_some_and(|handle| handle.ends_with("[bot]") || handle.ends_with("-bot"))
        || PROGRAMS.contains(&name.as_str())
        // An address nobody reads is nobody's.
        || author.email.starts_with("noreply@")
        || author.email.starts_with("no-reply@")
}

/// The people behind `landed` in one line, those new to the project marked; empty for a project of one person.
pub(super) fn line(landed: &[&Landed], earlier: &BTreeSet<String>, language: &Language) -> String {
    let mut people: Vec<Author> = Vec::new();
    for author in landed.iter().flat_map(|landed| &landed.authors) {
        if is_program(author) || author.name.is_empty() && author.handle.is_none() {
            continue;
        }
        match people.iter_mut().find(|known| is_same(known, author)) {
            Some(known) => known.handle = known.handle.take().or_else(|| author.handle.clone()),
            None => people.push(author.clone()),
        }
    }
    if people.len() < 2 {
        return String::new();
    }
    let shown = |author: &Author| match &author.handle {
        Some(handle) => format!("@{handle}"),
        None => inline(&author.name),
    };
    people.sort_by_key(|author| shown(author).trim_start_matches('@').to_lowercase());
    let lines: Vec<String> = people
        .iter()
        .map(|author| {
            let new =
                !earlier.is_empty() && !author.email.is_empty() && !earlier.contains(&author.email);
            let mark = if new {
                format!(" ({})", language.first)
            } else {
                String::new()
            };
            format!("{}{mark}", shown(author))
        })
        .collect();
    lines.join(", ")
}
