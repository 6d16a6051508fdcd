//! Minitest and test-unit: `Error:` or `Failure:` and the test's name on the next line.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["error:", "failure:"],
    read,
};

static NAME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+#\S+?)(?: \[(\S+?):(\d+)\])?:?(?:$| )"));
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s+(\S+_test\.rb|\S*test/\S+\.rb):(\d+):in"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim();
    let alone = matches!(head, "Error:" | "Failure:")
        || (head.ends_with(") Error:") || head.ends_with(") Failure:"));
    if !alone {
        return None;
    }
    let found = NAME.captures(view.get(1))?;
    let end = view.until(2, |line| {
        line.trim().is_empty()
            || line.starts_with("rails test ")
            || line.starts_with("bin/rails test ")
    });
    let mut diagnostic = Diagnostic::new(
        "minitest",
        category::TEST,
        "test/minitest",
        format!("{}: {}", &found[1], view.get(2).trim()),
    );
    let place = (2..end).find_map(|offset| PLACE.captures(view.get(offset)));
    let (path, line) = match (&place, found.get(2)) {
        (_, Some(path)) => (Some(path.as_str()), found.get(3)),
        (Some(place), None) => (place.get(1).map(|path| path.as_str()), place.get(2)),
        (None, None) => (None, None),
    };
    diagnostic.path = path.map(str::to_owned);
    diagnostic.line = line.and_then(|line| line.as_str().parse().ok());
    Some(Report::new(end, diagnostic))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn errors_and_failures_name_their_test() {
        let log = "E\n\nError:\nCartTest#test_empty:\nNoMethodError: undefined method `x' for nil\n    lib/cart.rb:3:in `empty?'\n    test/cart_test.rb:9:in `block in <class:CartTest>'\n\nrails test test/cart_test.rb:8\n\nF\n\nFailure:\nCartTest#test_full [test/cart_test.rb:14]:\nExpected false to be truthy.\n\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
