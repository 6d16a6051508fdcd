//! Go: failed tests, panics, and what the compiler and `go vet` report under `# package`.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::super::generic::indent_of;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["--- fail: ", "panic: ", ".go:", "fail\t"],
    read,
};

static TEST: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*--- FAIL: (\S+) \("));
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:vet: )?((?:\.{0,2}/)?[\w./+-]+\.go):(\d+)(?::(\d+))?: (.+)$"));
/// Where a function of a panicking goroutine stands.
static FRAME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\t(\S+\.go):(\d+)(?: \+0x[0-9a-f]+)?$"));

/// How the checks of `go vet` begin, where nothing else tells them from the compiler's.
static VETTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[\w.]+ (?:format %|call has |arg list ends|args? )|composite literal uses|possible |unreachable code|self-assignment|struct field tag|result of |assignment copies lock|the cancel function|unusedresult|loop variable|suspect |should have signature|using )",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head();
    if head.starts_with("FAIL\t") {
        let diagnostic = Diagnostic::new("go test", category::TEST, "go/test", head)
            .with_severity(Severity::Consequence);
        return Some(Report::new(1, diagnostic));
    }
    if let Some(found) = TEST.captures(head) {
        let indent = indent_of(head);
        let len = view.spoken(view.while_holds(1, |line| {
            indent_of(line) > indent && !line.trim_start().starts_with("--- ") || line.is_empty()
        }));
        let said = (1..len).find_map(|offset| PLACE.captures(view.get(offset).trim_start()));
        // A parent of failed subtests says nothing by itself.
        let severity = if len == 1 {
            Severity::Consequence
        } else {
            Severity::Error
        };
        let what = said.as_ref().map_or("failed", |said| {
            said.get(4).map_or("", |text| text.as_str())
        });
        let mut diagnostic = Diagnostic::new(
            "go test",
            category::TEST,
            "go/test",
            format!("{}: {what}", &found[1]),
        )
        .with_severity(severity);
        if let Some(said) = &said {
            diagnostic = diagnostic.at(&said[1], said[2].parse().ok());
        }
        return Some(Report::new(len, diagnostic));
    }
    if head.starts_with("panic: ") {
        let goroutine = (1..8).find(|&offset| view.get(offset).starts_with("goroutine "))?;
        let len = view
            .while_holds(goroutine + 1, |line| {
                !line.is_empty() && !line.starts_with("exit status")
            })
            .min(20);
        let mut diagnostic = Diagnostic::new("go", category::CRASH, "go/panic", head);
        let frame = (goroutine..len)
            .filter_map(|offset| FRAME.captures(view.get(offset)))
            .find(|frame| !frame[1].contains("/src/runtime/"));
        if let Some(frame) = frame {
            diagnostic = diagnostic.at(&frame[1], frame[2].parse().ok());
        }
        return Some(Report::new(len, diagnostic));
    }
    let found = PLACE.captures(head)?;
    let under_package = (1..=12)
        .map_while(|offset| view.back(offset))
        .any(|line| line.starts_with("# "));
    if !under_package && !head.starts_with("vet: ") && found.get(3).is_none() {
        return None;
    }
    let vetted = head.starts_with("vet: ") || VETTED.is_match(&found[4]);
    let (category, rule) = if vetted && !found[4].contains("undefined: ") {
        (category::LINT, "go/vet")
    } else {
        (category::COMPILE, "go/compile")
    };
    let diagnostic = Diagnostic::new("go", category, rule, &found[4])
        .at(&found[1], found[2].parse().ok())
        .with_column(found.get(3).and_then(|column| column.as_str().parse().ok()));
    Some(Report::new(
        view.while_holds(1, |line| line.starts_with('\t')),
        diagnostic,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn tests_panics_and_the_compiler_are_told_apart() {
        let log = "# example.org/app\n./main.go:5:2: undefined: fmtx\n\thave (int)\n./main.go:7:2: fmt.Printf format %d has arg name of wrong type string\nFAIL\texample.org/app [build failed]\n--- FAIL: TestAll (0.00s)\n    --- FAIL: TestAll/one (0.00s)\n        add_test.go:9: got 1, want 2\nFAIL\nFAIL\texample.org/app\t0.003s\npanic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/w/main.go:4 +0x1d\nexit status 2\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
