//! `GoogleTest` and Busted: verdicts in twelve columns, before or after what went wrong.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["[  failed  ] ", "[  error   ] "],
    read,
};

static VERDICT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\[  (?:FAILED|ERROR ) {1,2}\] (\S.*?)(?: \((\d+) ms(?: total)?\))?$")
});
static BUSTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\S+\.\w+) @ (\d+): (.+)$"));
static FAILURE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+?)[:(](\d+)\)?: (?:Failure|error: (.+))$"));

/// Lines looked through for where the test began.
const MAX_BACK: usize = 80;

fn read(view: &View<'_>) -> Option<Report> {
    let found = VERDICT.captures(view.head().trim_end())?;
    if let Some(place) = BUSTED.captures(&found[1]) {
        let end = view.until(1, |line| line.starts_with('[') && line.contains("] "));
        let len = view.spoken(end);
        // The list at the end repeats the verdicts with what went wrong.
        let severity = if len > 1 {
            Severity::Error
        } else {
            Severity::Consequence
        };
        let said = if len > 1 { view.get(1) } else { "" };
        let diagnostic = Diagnostic::new(
            "busted",
            category::TEST,
            "test/busted",
            format!("{}: {}", &place[3], said.trim()),
        )
        .at(&place[1], place[2].parse().ok())
        .with_severity(severity);
        return Some(Report::new(len.min(40), diagnostic));
    }
    let begun = (1..=MAX_BACK).find(|&offset| {
        view.back(offset)
            .is_some_and(|line| line.starts_with("[ RUN      ] "))
    });
    let (Some(back), true) = (begun, found.get(2).is_some()) else {
        let diagnostic = Diagnostic::new(
            "gtest",
            category::TEST,
            "test/gtest",
            view.head().trim_end(),
        )
        .with_severity(Severity::Consequence);
        return Some(Report::new(1, diagnostic));
    };
    let failure = (1..back)
        .rev()
        .find_map(|offset| Some((offset, FAILURE.captures(view.back(offset)?)?)));
    let mut diagnostic = Diagnostic::new("gtest", category::TEST, "test/gtest", "");
    diagnostic.message = match &failure {
        Some((offset, failure)) => {
            let said = failure
                .get(3)
                .map(|said| said.as_str())
                .or_else(|| view.back(offset - 1))
                .unwrap_or("failed");
            diagnostic = diagnostic.at(&failure[1], failure[2].parse().ok());
            format!("{}: {}", &found[1], said.trim())
        }
        None => format!("{}: failed", &found[1]),
    };
    Some(Report::new(1, diagnostic).reaching_back(back))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_verdict_brings_what_was_said_since_the_test_began() {
        let log = "[ RUN      ] Cart.IsEmpty\ncart_test.cc:12: Failure\nExpected: 1\n[  FAILED  ] Cart.IsEmpty (0 ms)\n[  FAILED  ] 1 test, listed below:\n\n\
            [  ERROR   ] spec/a_spec.lua @ 5: loads\nspec/a_spec.lua:5: module not found\n\n[ RUN      ] x\n";
        let read = read_text(log);
        let seen: Vec<_> = read
            .iter()
            .map(|one| (one.start_line, one.end_line, one.message.as_str(), one.line))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 4, "Cart.IsEmpty: Expected: 1", Some(12)),
                (5, 5, "[  FAILED  ] 1 test, listed below:", None),
                (7, 8, "loads: spec/a_spec.lua:5: module not found", Some(5)),
            ]
        );
    }
}
