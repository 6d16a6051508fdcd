//! What a report of a bug lacks for somebody to act on it.

use std::sync::LazyLock;

use perch_core::facts::Ticket;
use perch_core::finding::Point;
use regex::Regex;

use crate::conversation::page;

static STEPS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?im)repro|steps|^\s*(?:1[.)]|- )\s*\S|```|^    \S|when i |if i |after i |by (?:running|calling|clicking)|minimal example|codesandbox|playground",
    )
    .expect("a valid pattern")
});
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bv?\d+\.\d+|\bversion\b.*\d|\bcommit [0-9a-f]{7,}|\b(?:main|master|trunk|head|nightly)\b")
        .expect("a valid pattern")
});
static EXPECTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)expect|should|instead|actual|error|exception|panic|crash|traceback|wrong|incorrect|fails?\b|failed|screenshot|!\[",
    )
    .expect("a valid pattern")
});

/// What is missing, as nouns.
pub(super) fn find(ticket: &Ticket) -> Vec<&'static str> {
    let text = format!("{}\n{}", ticket.title, ticket.body);
    let mut gaps = Vec::new();
    if !STEPS.is_match(&ticket.body) {
        gaps.push("steps to reproduce");
    }
    if !VERSION.is_match(&text) {
        gaps.push("a version");
    }
    if !EXPECTED.is_match(&ticket.body) {
        gaps.push("what was expected");
    }
    gaps
}

/// `gaps` as a title has room for them.
pub(super) fn heading(gaps: &[&str]) -> String {
    match gaps {
        [one, other] => format!("{one} and {other}"),
        [one, other, _, ..] => format!("{one}, {other} and more"),
        few => few.concat(),
    }
}

/// `gaps` as one phrase.
pub(super) fn words(gaps: &[&str]) -> String {
    match gaps {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

pub(super) fn point(gaps: &[&'static str], ticket: &Ticket) -> Point {
    Point {
        text: format!("The report is without {}", words(gaps)),
        evidence: ticket
            .url
            .iter()
            .map(|url| page("the report's text", url))
            .collect(),
        todo: false,
    }
}

/// The comment that asks for it.
pub(super) fn question(gaps: &[&str]) -> String {
    let asked: Vec<&str> = gaps
        .iter()
        .map(|gap| match *gap {
            "steps to reproduce" => "the steps, or the smallest example, with which it happens",
            "a version" => "the version you use, and on what system",
            _ => "what you expected, and what you saw instead (the whole message, if there is one)",
        })
        .collect();
    format!(
        "Thank you for the report. To find the cause it would help to know:\n\n- {}\n",
        asked.join("\n- ")
    )
}
