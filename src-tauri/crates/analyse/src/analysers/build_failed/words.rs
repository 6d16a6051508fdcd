//! The words of the finding: titles, sentences and the comment.

use std::fmt::Write as _;

use perch_core::event::Event;
use perch_core::finding::{LogExcerpt, Point};

use super::paths::Paths;
use super::plain::plain;
use crate::analysers::build::Build;
use crate::explain::{Diagnostic, Explanation, category};

/// Characters a title may have.
pub(super) const MAX_TITLE: usize = 60;

/// Short names of common rules, and what mending them is called.
const RULES: &[(&str, &str, &str)] = &[
    (
        "rust/redundant_semicolons",
        "redundant semicolon",
        "Remove the redundant semicolon",
    ),
    (
        "rust/unused_braces",
        "unnecessary braces",
        "Remove the unnecessary braces",
    ),
    (
        "rust/unused_imports",
        "unused import",
        "Remove the unused import",
    ),
    ("rust/unused_mut", "unused `mut`", "Remove the unused `mut`"),
    (
        "rust/unused_parens",
        "unnecessary parentheses",
        "Remove the unnecessary parentheses",
    ),
    (
        "rust/unused_unsafe",
        "unnecessary `unsafe`",
        "Remove the unnecessary `unsafe`",
    ),
    (
        "rust/unused_variables",
        "unused variable",
        "Mark the unused variable",
    ),
];

/// The cause in at most [`MAX_TITLE`] characters.
pub(super) fn title(
    first: Option<&Diagnostic>,
    errors: &[&Diagnostic],
    explanation: &Explanation,
    paths: &Paths<'_>,
    build: &Build,
) -> String {
    let Some(error) = first else {
        let what = explanation
            .blocks
            .first()
            .map(|block| block.summary.clone())
            .filter(|summary| !summary.is_empty());
        return match what {
            Some(what) => fitting(&plain(&what), MAX_TITLE),
            None if build.name().is_empty() => "The build failed".into(),
            None => fitting(&format!("{} failed", build.name()), MAX_TITLE),
        };
    };
    let same = errors
        .iter()
        .filter(|other| other.rule == error.rule)
        .count();
    let cause = match (known(&error.rule), error.category) {
        (Some((name, _)), _) => format!("{name} denied"),
        (None, category::FORMAT) => format!("not formatted ({})", error.tool),
        (None, _) => plain(&error.message).into_owned(),
    };
    let place = match (&error.path, same) {
        (Some(_), 2..) if known(&error.rule).is_some() => format!(", {same} times"),
        (Some(path), _) => format!(" in {}", paths.shown(path)),
        (None, _) => String::new(),
    };
    let room = MAX_TITLE.saturating_sub(place.chars().count());
    if room >= 20 {
        format!("{}{place}", fitting(&cause, room))
    } else {
        fitting(&cause, MAX_TITLE)
    }
}

fn known(rule: &str) -> Option<(&'static str, &'static str)> {
    RULES
        .iter()
        .find(|(id, ..)| *id == rule)
        .map(|(_, name, mend)| (*name, *mend))
}

/// One sentence on why this comes now.
pub(super) fn why(event: &Event, build: &Build) -> String {
    let name = build.name();
    let what = if name.is_empty() {
        "The build".into()
    } else {
        format!("`{name}`")
    };
    let code = build
        .exit_code
        .map(|code| format!(" with exit code {code}"))
        .unwrap_or_default();
    let place = match (&event.subject.branch, event.subject.number) {
        (_, Some(number)) => format!(" on #{number}"),
        (Some(branch), None) => format!(" on `{branch}`"),
        (None, None) => String::new(),
    };
    format!("{what} failed{code}{place}.")
}

/// One report as one line.
pub(super) fn sentence(error: &Diagnostic, paths: &Paths<'_>) -> String {
    let message = fitting(&error.message, 200);
    match (&error.path, error.line) {
        (Some(path), Some(line)) => format!("`{}:{line}`: {message}", paths.shown(path)),
        (Some(path), None) => format!("`{}`: {message}", paths.shown(path)),
        (None, _) => message,
    }
}

/// What a fix with `parts` does, each a report and what is done about it, as an imperative.
pub(super) fn fix_title(parts: &[(&Diagnostic, &str)]) -> String {
    let (error, text) = parts[0];
    let same_rule = parts.iter().all(|(other, _)| other.rule == error.rule);
    let what = match known(&error.rule) {
        Some((_, mend)) if same_rule => mend.to_owned(),
        _ => imperative(text),
    };
    let same_words = parts.iter().all(|(_, other)| *other == text);
    if parts.len() == 1 || error.category == category::FORMAT && same_rule {
        fitting(&what, MAX_TITLE)
    } else if same_rule && (same_words || known(&error.rule).is_some()) {
        fitting(&format!("{what} in {} places", parts.len()), MAX_TITLE)
    } else {
        let more = format!(" and {} more", parts.len() - 1);
        let what = fitting(&what, MAX_TITLE - more.len());
        format!("{what}{more}")
    }
}

fn imperative(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => "Apply the proposed change".into(),
    }
}

/// Where the changes of a fix come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The tools print all of them.
    Printed,
    /// All of them follow from what the tools report and from the files.
    Derived,
    /// Some of each.
    Both,
}

/// Why the `count` changes of a fix, the first of them for `first`, mend a build with `errors` reports.
pub(super) fn certain_explanation(
    first: &Diagnostic,
    origin: Origin,
    count: usize,
    errors: usize,
) -> String {
    let tool = shown_tool(first);
    let reason = match (origin, first.category == category::FORMAT) {
        (Origin::Printed, true) => {
            format!("This is what {tool} prints as the difference to its own format.")
        }
        (Origin::Printed, false) => {
            format!("{} itself proposes exactly this change.", imperative(&tool))
        }
        (Origin::Derived, _) => {
            format!(
                "{} prints no change; this one follows from its report and the file.",
                imperative(&tool)
            )
        }
        (Origin::Both, _) => {
            "Part of this the tools print, the rest follows from their reports and the files."
                .into()
        }
    };
    if count == errors {
        reason
    } else {
        format!("{reason} It mends {count} of {errors} reports.")
    }
}

/// Why a likely change is one, and that it is a guess.
pub(super) fn guess_explanation(error: &Diagnostic, printed: bool) -> String {
    let message = &error.message;
    if printed {
        format!(
            "{} suggests this for “{message}”. It is a guess of the tool's: check that it is what you meant.",
            error.tool
        )
    } else {
        format!(
            "This is what “{message}” and the files make likely. It is a guess: check that it is what you meant."
        )
    }
}

fn shown_tool(error: &Diagnostic) -> String {
    if error.tool.is_empty() {
        "the tool".into()
    } else {
        format!("`{}`", error.tool)
    }
}

/// The finding as a comment: title, best lines, first points.
pub(super) fn comment(title: &str, log: Option<&LogExcerpt>, points: &[Point]) -> String {
    let mut text = format!("**{title}**\n");
    if let Some(block) = log.and_then(|log| log.blocks.first()) {
        // A fence longer than any in the log, so that the log cannot end it.
        let longest = block
            .lines
            .iter()
            .map(|line| line.chars().take_while(|c| *c == '`').count())
            .max()
            .unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = writeln!(text, "\n{fence}text\n{}\n{fence}", block.lines.join("\n"));
    }
    if !points.is_empty() {
        text.push('\n');
    }
    for point in points.iter().take(3) {
        let _ = writeln!(text, "- {}", point.text);
    }
    text
}

/// `text` in at most `room` characters, cut at a word.
pub(super) fn fitting(text: &str, room: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= room {
        return text;
    }
    let cut: String = text.chars().take(room.saturating_sub(1)).collect();
    let cut = match cut.rfind(' ') {
        Some(space) if space * 3 > cut.len() * 2 => &cut[..space],
        _ => cut.as_str(),
    };
    format!("{}…", cut.trim_end_matches([',', ';', ':', ' ']))
}
