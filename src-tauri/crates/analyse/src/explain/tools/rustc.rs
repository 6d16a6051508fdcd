//! rustc, clippy and cargo: `error[E0308]: …` with its snippet, notes and proposed changes.
//!
//! The shapes are those of rustc's human output (`compiler/rustc_errors/src/emitter.rs`), since 1.60.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Proposal, Severity};
use super::{Report, Tool, View};

mod cargo;
mod help;
mod inline;
mod rule;
mod unused_import;

pub(super) static TOOL: Tool = Tool {
    hints: &["error: ", "error[", "warning: ", "warning["],
    read,
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:##\[(?:error|warning)\])?(error|warning)(?:\[(E\d{4})\])?: (.+)$")
        .expect("a constant pattern")
});
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?:-->|:::) (.+?):(\d+):(\d+)\s*$").expect("a constant pattern")
});

/// A place in a file, as an arrow names it.
struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
}

fn place(line: &str) -> Option<Place<'_>> {
    let found = PLACE.captures(line)?;
    Some(Place {
        path: found.get(1)?.as_str(),
        line: found[2].parse().ok()?,
        column: found[3].parse().ok()?,
    })
}

fn read(view: &View<'_>) -> Option<Report> {
    let head = HEAD.captures(view.head())?;
    let is_error = &head[1] == "error";
    let message = &head[3];
    // The message may go on for some lines before the arrow; a blank line ends everything.
    let end = body_end(view);
    let arrow = (1..end.min(12)).find(|&offset| place(view.get(offset)).is_some());
    let Some(arrow) = arrow else {
        if let Some(report) = is_error.then(|| cargo::read(view, message, end)).flatten() {
            return Some(report);
        }
        let noted = (1..end).any(|offset| view.get(offset).trim_start().starts_with("= note:"));
        return noted.then(|| without_place(message, is_error, end));
    };
    let origin = place(view.get(arrow))?;
    let body: Vec<&str> = (0..end).map(|offset| view.get(offset)).collect();
    let rule = rule::of(head.get(2).map(|code| code.as_str()), message, &body);
    let mut proposals = Vec::new();
    let snippet_end = help::first(&body).unwrap_or(body.len());
    proposals.extend(inline::read(&body[arrow..snippet_end], origin.path));
    proposals.extend(help::read(&body[snippet_end..], origin.path));
    if rule.id == "rust/unused_imports" && proposals.is_empty() {
        proposals.extend(unused_import::read(&body[arrow..snippet_end], origin.path));
    }
    settle(&mut proposals, &rule);
    let mut diagnostic = Diagnostic::new(rule.tool, rule.category, rule.id, message)
        .at(origin.path, Some(origin.line))
        .with_column(Some(origin.column))
        .with_severity(if is_error {
            Severity::Error
        } else {
            Severity::Warning
        });
    diagnostic.proposals = proposals;
    Some(Report::new(end, diagnostic))
}

/// Where the report ends: at a blank line that is not inside its snippet.
fn body_end(view: &View<'_>) -> usize {
    view.until(1, |line| line.trim().is_empty() || HEAD.is_match(line))
}

fn without_place(message: &str, is_error: bool, end: usize) -> Report {
    let rule = if message.starts_with("linking with") {
        "rust/link"
    } else {
        "rust/error"
    };
    let diagnostic =
        Diagnostic::new("rustc", category::COMPILE, rule, message).with_severity(if is_error {
            Severity::Error
        } else {
            Severity::Warning
        });
    Report::new(end, diagnostic)
}

/// A proposal is certain when it is the only one, its lint is one that `--fix` would mend and its words are no guess.
fn settle(proposals: &mut Vec<Proposal>, rule: &rule::Rule) {
    proposals.retain(|proposal| !proposal.changes.is_empty() && !has_placeholder(proposal));
    let alone = proposals.len() == 1;
    for proposal in proposals {
        proposal.certain = alone && rule.fixable && !is_guess(&proposal.text);
    }
}

/// True when the compiler left something in the text for a person to fill in.
fn has_placeholder(proposal: &Proposal) -> bool {
    proposal
        .changes
        .iter()
        .flat_map(|change| &change.after)
        .any(|line| line.contains("/* ") || line.contains("todo!()") || line.contains("Type>"))
}

fn is_guess(text: &str) -> bool {
    [
        "if ",
        "consider",
        "might",
        "maybe",
        "perhaps",
        "could",
        "possibl",
        "similar name",
        "one of",
    ]
    .iter()
    .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests;
