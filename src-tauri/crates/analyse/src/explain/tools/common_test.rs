//! Erlang's Common Test and `EUnit`: `suite:case failed on line 7` with its reason.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[" failed on line ", "*** failed ", "...*failed*"],
    read,
};

static CASE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\w+):(\w+) failed on line (\d+)$"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if let Some(found) = CASE.captures(head) {
        let len = view.while_holds(1, |line| {
            !line.trim().is_empty() && !line.starts_with("- - -")
        });
        let reason = view.get(1).trim_start_matches("Reason: ");
        let diagnostic = Diagnostic::new(
            "common_test",
            category::TEST,
            "erlang/test",
            format!("{}: {reason}", &found[2]),
        )
        .at(format!("{}.erl", &found[1]), found[3].parse().ok());
        return Some(Report::new(len.min(20), diagnostic));
    }
    if head.contains("*** FAILED ") {
        let diagnostic = Diagnostic::new("common_test", category::TEST, "erlang/test", head)
            .with_severity(Severity::Consequence);
        return Some(Report::new(1, diagnostic));
    }
    if !head.ends_with("*failed*") {
        return None;
    }
    let len = view.until(1, |line| line.trim().is_empty());
    Some(Report::new(
        len,
        Diagnostic::new("eunit", category::TEST, "erlang/test", head),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_case_brings_its_reason() {
        let log = "cart_SUITE:is_empty failed on line 12\nReason: {badmatch,1}\n- - - -\nTesting app.cart_SUITE: *** FAILED test case 1 of 3 ***\ncart_tests: empty_test...*failed*\nin function cart_tests:empty_test/0 (cart_tests.erl, line 5)\n\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
