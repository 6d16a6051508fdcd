//! The Test Anything Protocol: `not ok 3 name`, its diagnostics, and what `prove` says about a script.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["not ok ", "failed test", "dubious, test returned"],
    read,
};

static NOT_OK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*not ok \d+(?: -)? ?(.*)$"));
static PERL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*#\s+Failed test(?: '(.*)')?"));
static DUBIOUS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\[[\d:]+\] )?(\S+) \.{2,} ?Dubious, test returned \d+"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head();
    if let Some(found) = DUBIOUS.captures(head) {
        let len = view.while_holds(1, |line| {
            line.starts_with("Failed ") || line.starts_with("No subtests")
        });
        // What the script itself printed stands before the verdict.
        let script = &found[1];
        let own = |line: &str| {
            line.trim().is_empty() || line.starts_with('#') || line.starts_with(script)
        };
        let reach = (1..=12)
            .take_while(|&offset| view.back(offset).is_some_and(own))
            .count();
        let back = (1..=reach)
            .rev()
            .find(|&offset| {
                view.back(offset)
                    .is_some_and(|line| !line.trim().is_empty())
            })
            .unwrap_or(0);
        let diagnostic =
            Diagnostic::new("prove", category::TEST, "test/tap", head).at(script, None);
        return Some(Report::new(len, diagnostic).reaching_back(back));
    }
    let comment = |line: &str| {
        let text = line.trim_start();
        text.starts_with('#') && !text.starts_with("# Subtest")
            || text.starts_with("---")
            || text.starts_with("...")
    };
    if let Some(found) = PERL.captures(head) {
        let name = found
            .get(1)
            .map_or_else(|| head.trim_start_matches(['#', ' ']), |name| name.as_str());
        let len = view.while_holds(1, |line| comment(line) && !PERL.is_match(line));
        return Some(Report::new(
            len,
            Diagnostic::new("prove", category::TEST, "test/tap", name),
        ));
    }
    let name = NOT_OK.captures(head)?.get(1)?.as_str();
    if name.contains("# TODO") || name.contains("# SKIP") {
        return None;
    }
    // The YAML block after a point is indented below it.
    let len = view.while_holds(1, |line| {
        comment(line) || (line.starts_with("  ") && !line.trim_start().starts_with("ok "))
    });
    let name = if name.is_empty() {
        "a test point failed"
    } else {
        name
    };
    Some(Report::new(
        len.min(40),
        Diagnostic::new("tap", category::TEST, "test/tap", name),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn points_bring_their_diagnostics() {
        let log = "ok 1 - fine\nnot ok 2 - adds\n  ---\n  expected: 4\n  actual: 3\n  ...\nnot ok 3 later # TODO some day\n#   Failed test 'greets'\n#   at t/a.t line 7.\nt/a.t .... Dubious, test returned 1 (wstat 256, 0x100)\nFailed 1/2 subtests\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
