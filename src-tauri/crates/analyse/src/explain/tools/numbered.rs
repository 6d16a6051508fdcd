//! Test runners that number their failures: Mocha, `RSpec`, `PHPUnit`, `ExUnit`, Jasmine: `1) suite does it`.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::super::generic::indent_of;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "0) ", "1) ", "2) ", "3) ", "4) ", "5) ", "6) ", "7) ", "8) ", "9) ",
    ],
    read,
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*\d{1,4}\)(?: (\S.*)?| *)$"));
static TROUBLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"Error\b|Exception\b|Failure|(?i:\bexpected\b|\bassert|\bfailed\b|\bpanic|timeout of)|^\s*\*\* \(|does not match",
    )
});
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"([\w./@+\\-]+\.(?:js|jsx|ts|tsx|mjs|cjs|rb|php|exs?|coffee|ls|vue)):(\d+)")
});

fn read(view: &View<'_>) -> Option<Report> {
    let found = HEAD.captures(view.head())?;
    // A name that begins with a line end stands below its number.
    let name = match found.get(1) {
        Some(name) => name.as_str(),
        None => (1..6)
            .map(|offset| view.get(offset).trim())
            .find(|line| !line.is_empty())?,
    };
    let indent = indent_of(view.head());
    let end = if flush(view) {
        view.until(1, |line| HEAD.is_match(line) || closes(line))
    } else {
        view.until(1, |line| {
            let text = line.trim();
            !text.is_empty()
                && (indent_of(line) <= indent
                    || (HEAD.is_match(line) && indent_of(line) <= indent + 1))
        })
    };
    let len = view.spoken(end.max(stack_below(view, indent, end)));
    // The same list without what went wrong stands where the tests run.
    let is_method = indent == 0 && name.contains("::") && !name.contains(": ");
    let trouble = (1..len)
        .find(|&offset| TROUBLE.is_match(view.get(offset)))
        .or_else(|| (is_method && len > 1).then_some(1))?;
    let body = |offset: usize| view.get(offset).trim();
    let tool = if (1..len).any(|offset| body(offset).starts_with("Failure/Error:")) {
        "rspec"
    } else if name.contains("::") && indent == 0 {
        "phpunit"
    } else if (1..len)
        .any(|offset| body(offset).starts_with("** (") || body(offset) == "stacktrace:")
    {
        "exunit"
    } else {
        "mocha"
    };
    let message = format!("{}: {}", name.trim_end_matches(':'), body(trouble));
    let mut diagnostic = Diagnostic::new(tool, category::TEST, format!("test/{tool}"), message);
    let place = (1..len).find_map(|offset| {
        let line = view.get(offset);
        (!line.contains("node_modules") && !line.contains("/vendor/"))
            .then(|| PLACE.captures(line))?
    });
    if let Some(found) = place {
        diagnostic = diagnostic.at(&found[1], found[2].parse().ok());
    }
    Some(Report::new(len, diagnostic))
}

/// The offset after the stack that follows words without indentation, which Mocha prints as the assertion made them;
/// 0 without one.
fn stack_below(view: &View<'_>, indent: usize, end: usize) -> usize {
    let is_frame = |line: &str| indent_of(line) > indent && line.trim_start().starts_with("at ");
    if flush(view) || (1..end).any(|offset| is_frame(view.get(offset))) {
        return 0;
    }
    let next = view.until(end, |line| HEAD.is_match(line) || is_frame(line));
    if next > end + 12 || !is_frame(view.get(next)) {
        return 0;
    }
    view.while_holds(next, is_frame)
}

/// True when the lines of the failure are not indented, as `PHPUnit` writes them.
fn flush(view: &View<'_>) -> bool {
    indent_of(view.head()) == 0 && !view.get(1).trim().is_empty() && indent_of(view.get(1)) == 0
}

/// True for the line that ends the list of `PHPUnit`.
fn closes(line: &str) -> bool {
    matches!(line, "--" | "FAILURES!" | "ERRORS!" | "WARNINGS!")
        || line.starts_with("Tests: ")
        || line.starts_with("There w")
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn each_runner_ends_its_failures_in_its_own_way() {
        let log = "  2 failing\n\n  1) adds\n       two numbers:\n\n      AssertionError: expected 1 to equal 2\n      + expected - actual\n\n      at Context.<anonymous> (test/add.js:5:14)\n\n  2) other:\n     Error: timeout of 2000ms exceeded.\n\nnext\n\
            Failures:\n\n  1) Cart is empty\n     Failure/Error: expect(cart).to be_empty\n\n       expected `[1].empty?` to be truthy\n     # ./spec/cart_spec.rb:4:in `block'\n\nFinished in 1 s\n\
            1) App\\CartTest::testEmpty\nFailed asserting that 1 is 0.\n\n/w/tests/CartTest.php:12\n\n--\n\
            \x20 1) test greets (GreeterTest)\n     test/greeter_test.exs:5\n     Assertion with == failed\n     stacktrace:\n       test/greeter_test.exs:6: (test)\n\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
