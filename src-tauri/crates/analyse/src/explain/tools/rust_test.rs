//! `cargo test` and panics: `---- name stdout ----` sections, and panics outside of them.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        " stdout ----",
        "' panicked at ",
        "panicked at ",
        "test result: failed",
        "... failed",
    ],
    read,
};

static SECTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^---- (.+?) stdout ----$").expect("a constant pattern"));
// `thread 'main' (123) panicked at src/a.rs:3:5:` since 1.73, `panicked at 'message', src/a.rs:3:5` before.
static PANIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^thread '(.*?)'(?: \(\d+\))? panicked at (?:'(.*)', )?(?:([^ ':]+):(\d+):\d+:?)?")
        .expect("a constant pattern")
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head();
    if let Some(found) = SECTION.captures(head) {
        return Some(section(view, &found[1]));
    }
    if head.starts_with("thread '") {
        return panic(view);
    }
    let repeats = head.starts_with("test result: FAILED")
        || (head.starts_with("test ") && head.ends_with("... FAILED"));
    repeats.then(|| {
        let diagnostic = Diagnostic::new("cargo test", category::TEST, "rust/test", head)
            .with_severity(Severity::Consequence);
        Report::new(1, diagnostic)
    })
}

/// A section with what a failed test printed.
fn section(view: &View<'_>, name: &str) -> Report {
    let end = view.until(1, |line| {
        SECTION.is_match(line)
            || line == "failures:"
            || line == "successes:"
            || line.starts_with("test result: ")
    });
    let at = (1..end).find(|&offset| PANIC.is_match(view.get(offset)));
    let stack = view.until(1, |line| line == "stack backtrace:");
    let len = view.spoken(end.min(stack));
    let (message, path, line) = match at {
        Some(at) => panic_parts(view, at, len),
        None => (
            (1..len)
                .map(|offset| view.get(offset))
                .find(|line| !line.is_empty())
                .unwrap_or_default()
                .to_owned(),
            None,
            None,
        ),
    };
    let mut diagnostic = Diagnostic::new(
        "cargo test",
        category::TEST,
        rule(&message),
        format!("{name}: {message}"),
    );
    diagnostic.path = path;
    diagnostic.line = line;
    Report::new(len, diagnostic)
}

fn rule(message: &str) -> &'static str {
    if message.starts_with("assertion") {
        "rust/assertion"
    } else {
        "rust/panic"
    }
}

/// A panic outside a section: of the program itself or of a test run with `--nocapture`.
fn panic(view: &View<'_>) -> Option<Report> {
    PANIC.captures(view.head())?;
    let end = view.until(1, |line| {
        line.trim().is_empty()
            || line.starts_with("stack backtrace:")
            || line.starts_with("note: run with")
            || line.starts_with("test ")
    });
    let (message, path, line) = panic_parts(view, 0, end);
    let mut diagnostic = Diagnostic::new("rust", category::CRASH, rule(&message), message.clone());
    diagnostic.path = path;
    diagnostic.line = line;
    Some(Report::new(end, diagnostic))
}

/// Message and place of the panic at `at`, read up to `end`.
fn panic_parts(view: &View<'_>, at: usize, end: usize) -> (String, Option<String>, Option<u32>) {
    let Some(found) = PANIC.captures(view.get(at)) else {
        return (String::new(), None, None);
    };
    let message = match found.get(2) {
        Some(old) => old.as_str().to_owned(),
        None => (at + 1..end)
            .map(|offset| view.get(offset))
            .find(|line| !line.is_empty())
            .unwrap_or_default()
            .to_owned(),
    };
    let path = found.get(3).map(|path| path.as_str().to_owned());
    let line = found.get(4).and_then(|line| line.as_str().parse().ok());
    (message, path, line)
}
