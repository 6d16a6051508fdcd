//! pytest: a section per failed test, and the short summary that repeats them.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["___ ", "failed ", "error "],
    read,
};

static SECTION: LazyLock<Regex> = LazyLock::new(|| pattern(r"^_{3,} (.+?) _{3,}$"));
static PLACE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\S+\.py):(\d+): (\w+)?"));
static RAISED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)\b"));
static SUMMARY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:FAILED|ERROR) (?:\[[\d.]+s\] )?\S+\.py(?:::\S+)?(?: - .*)?$"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if SUMMARY.is_match(head) {
        let diagnostic = Diagnostic::new("pytest", category::TEST, "test/pytest", head)
            .with_severity(Severity::Unrated);
        return Some(Report::new(1, diagnostic));
    }
    let name = SECTION.captures(head)?.get(1)?.as_str();
    let end = view.until(1, |line| {
        let line = line.trim_end();
        SECTION.is_match(line)
            || (line.starts_with("====") && line.ends_with('='))
            || (line.starts_with("----") && line.contains("Captured"))
    });
    let len = view.spoken(end);
    let said = (1..len)
        .map(|offset| view.get(offset))
        .find_map(|line| line.strip_prefix("E  "));
    let place = (1..len)
        .rev()
        .find_map(|offset| PLACE.captures(view.get(offset)));
    // With native tracebacks neither mark stands in it.
    let raised = (1..len)
        .rev()
        .map(|offset| view.get(offset))
        .find(|line| RAISED.is_match(line));
    if said.is_none() && place.is_none() && raised.is_none() {
        return None;
    }
    let error = place
        .as_ref()
        .and_then(|found| found.get(3))
        .map(|name| name.as_str())
        .filter(|name| *name != "in")
        .or_else(|| raised_name(said?.trim()))
        .unwrap_or("Failure");
    let message = format!("{name}: {}", said.or(raised).unwrap_or(error).trim());
    let mut diagnostic =
        Diagnostic::new("pytest", category::TEST, format!("python/{error}"), message);
    if let Some(found) = &place {
        diagnostic = diagnostic.at(&found[1], found[2].parse().ok());
    }
    Some(Report::new(len, diagnostic))
}

/// The exception at the beginning of what was raised.
fn raised_name(said: &str) -> Option<&str> {
    let name = said.split([':', ' ']).next()?;
    RAISED
        .is_match(name)
        .then(|| name.rsplit('.').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_section_gives_the_assertion_and_its_place() {
        let log = "=================================== FAILURES ===================================\n__________________________________ test_add ___________________________________\n\n    def test_add():\n>       assert add(1, 2) == 4\nE       assert 3 == 4\nE        +  where 3 = add(1, 2)\n\ntests/test_add.py:5: AssertionError\n----------------------------- Captured stdout call -----------------------------\nnoise\n=========================== short test summary info ============================\nFAILED tests/test_add.py::test_add - assert 3 == 4\n========================= 1 failed, 2 passed in 0.02s ==========================\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
