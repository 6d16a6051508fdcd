//! Jest and Vitest: `● suite › test` and `FAIL file > suite > test` sections.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["● ", "fail "],
    read,
};

static JEST: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*● (.+)$"));
static VITEST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*(?:FAIL|❯ FAIL)\s+(?:\|[^|]*\| )?(\S+\.\w+)(?: > (.+))?(?: \(.*\))?$")
});
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^\s*❯ |\(|\bat )((?:/|\.{0,2}/?)?[\w@./\\-]+\.(?:[cm]?[jt]sx?|vue|svelte)):(\d+):(\d+)\)?",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    if let Some(found) = JEST.captures(view.head()) {
        let name = found.get(1)?.as_str();
        if name.starts_with("Console") || name.contains("Validation Warning") {
            return None;
        }
        let end = view.until(1, ends);
        return section(view, "jest", name, view.spoken(end));
    }
    let found = VITEST.captures(view.head())?;
    let Some(name) = found.get(2) else {
        let diagnostic = Diagnostic::new("jest", category::TEST, "test/jest", view.head().trim())
            .with_severity(Severity::Consequence);
        return Some(Report::new(1, diagnostic));
    };
    let end = view.until(1, |line| ends(line) || line.contains("⎯⎯⎯["));
    section(view, "vitest", name.as_str(), view.spoken(end))
}

fn section(view: &View<'_>, tool: &'static str, name: &str, len: usize) -> Option<Report> {
    let said = (1..len)
        .map(|offset| view.get(offset).trim())
        .find(|line| !line.is_empty())?;
    let mut diagnostic = Diagnostic::new(
        tool,
        category::TEST,
        format!("test/{tool}"),
        format!("{name}: {said}"),
    );
    let place = (1..len)
        .filter(|&offset| !view.get(offset).contains("node_modules"))
        .find_map(|offset| PLACE.captures(view.get(offset)));
    if let Some(found) = place {
        diagnostic = diagnostic
            .at(&found[1], found[2].parse().ok())
            .with_column(found[3].parse().ok());
    }
    Some(Report::new(len, diagnostic))
}

fn ends(line: &str) -> bool {
    let text = line.trim_start();
    JEST.is_match(line)
        || VITEST.is_match(line)
        || [
            "Test Suites:",
            "PASS ",
            "Test Files ",
            "Snapshot Summary",
            "Summary of all failing",
        ]
        .iter()
        .any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn sections_end_where_the_next_begins() {
        let log = "FAIL src/add.test.js\n  ● math › adds\n\n    expect(received).toBe(expected)\n\n    Expected: 4\n    Received: 3\n\n      at Object.<anonymous> (src/add.test.js:4:21)\n\n  ● math › subtracts\n\n    ReferenceError: sub is not defined\n\nTest Suites: 1 failed, 1 total\n FAIL  src/b.test.ts > multiplies\nAssertionError: expected 5 to be 6\n ❯ src/b.test.ts:3:10\n⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
