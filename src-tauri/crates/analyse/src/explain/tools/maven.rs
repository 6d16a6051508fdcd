//! Maven's own warnings: `[WARNING] …` without a place, over as many lines as follow each other.

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::prefixed::is_maven_place;
use super::{Report, Tool, View};

pub(super) static TOOL: Tool = Tool {
    hints: &["[warning]"],
    read,
};

/// What plugins print as warnings and is none.
const NO_WARNING: &[&str] = &[
    "Tests run:",
    "Running ",
    "Corrupted STDOUT",
    "Generating ",
    "* ",
    "^",
];

fn read(view: &View<'_>) -> Option<Report> {
    let first = warned(view.head())?;
    // A run of blank ones was looked through from its first: each looking again would take the square of its length.
    let goes_on = view.back(1).and_then(warned).is_some_and(str::is_empty);
    if first.is_empty() && goes_on {
        return None;
    }
    if NO_WARNING.iter().any(|start| first.starts_with(start)) {
        return None;
    }
    let len = view.while_holds(0, |line| {
        warned(line).is_some_and(|text| !NO_WARNING.iter().any(|start| text.starts_with(start)))
            && !is_maven_place(line)
    });
    if len == 0 {
        return None;
    }
    let said = (0..len)
        .filter_map(|offset| warned(view.get(offset)))
        .find(|text| !text.is_empty());
    // Some plugins put a blank warning before what they have to say.
    let (text, len) = match said {
        Some(text) => (text, len),
        None => (broken_off(view.get(len))?, len + 1),
    };
    // The heading of another tool's list, and what that says of itself, is no warning.
    let severity = if text == "Javadoc Warnings" {
        Severity::Consequence
    } else {
        Severity::Warning
    };
    let one = Diagnostic::new("maven", category::CONFIG, "maven/warning", text);
    Some(Report::new(len, one.with_severity(severity)))
}

/// What Maven warns of on this line.
fn warned(line: &str) -> Option<&str> {
    line.trim().strip_prefix("[WARNING]").map(str::trim)
}

/// The line as a message that a blank warning introduces: neither another line of Maven's, nor a detail or a place.
fn broken_off(line: &str) -> Option<&str> {
    let speaks = line.starts_with(|first: char| first.is_ascii_alphabetic());
    (speaks && !line.contains(":[")).then(|| line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn warnings_in_a_row_are_one_and_other_tools_lines_are_none() {
        let log = "[WARNING]\n[WARNING] Some problems were encountered\n[WARNING] It is recommended\n[INFO] x\n[WARNING] /w/A.java:[3,4] raw type\n[WARNING]\nDependency convergence error for a:b:1 paths to dependency are:\n+-c\n[WARNING]\n    T extends Object\n[WARNING] Javadoc Warnings\n[WARNING] Loading source files\n[WARNING] /w/B.java:57: warning: no comment\n[WARNING] * @param value\n[WARNING] ^\n[INFO] y\n[WARNING] Tests run: 3, Failures: 0\n";
        let seen: Vec<_> = read_text(log)
            .into_iter()
            .map(|one| (one.tool, one.message, one.severity, one.start_line))
            .collect();
        insta::assert_debug_snapshot!(seen);
    }
}
