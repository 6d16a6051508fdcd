//! Sanitizers and Valgrind: what they found in a running program, with its first stack.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::Diagnostic;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "sanitizer: ",
        "runtime error: ",
        "invalid read of",
        "invalid write of",
    ],
    read,
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"==\d+==\s?(?:ERROR: |WARNING: )?((?:\w+Sanitizer: |Invalid (?:read|write) of ).+)$")
});
static RUNTIME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+?):(\d+):(\d+): runtime error: (.+)$"));
static FRAME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"#\d+ 0x[0-9a-f]+ in \S+ (\S+?\.\w{1,4}):(\d+)(?::(\d+))?"));

/// Lines of a report that are read: further stacks say where memory came from.
const MAX_LINES: usize = 60;

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if let Some(found) = RUNTIME.captures(head) {
        let len = view.while_holds(1, |line| line.starts_with(' ') && !line.trim().is_empty());
        let diagnostic = Diagnostic::new("sanitizer", category::CRASH, "c/undefined", &found[4])
            .at(&found[1], found[2].parse().ok())
            .with_column(found[3].parse().ok());
        return Some(Report::new(len.min(MAX_LINES), diagnostic));
    }
    let found = HEAD.captures(head)?;
    let summary = |line: &str| line.contains("SUMMARY: ") || line.contains("==ABORTING");
    let end = view.until(1, summary);
    let len = if end < view.len() {
        end + 1
    } else {
        view.until(1, |line| line.trim().is_empty())
    };
    let mut diagnostic =
        Diagnostic::new("sanitizer", category::CRASH, "c/sanitizer", found[1].trim());
    let place = (1..len)
        .filter_map(|offset| FRAME.captures(view.get(offset)))
        .find(|place| !place[1].contains("compiler-rt") && !place[1].contains("sanitizer"));
    if let Some(place) = place {
        diagnostic = diagnostic
            .at(&place[1], place[2].parse().ok())
            .with_column(place.get(3).and_then(|column| column.as_str().parse().ok()));
    }
    Some(Report::new(len.min(MAX_LINES), diagnostic))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_report_ends_with_its_summary_and_names_the_first_frame_of_the_program() {
        let log = "= ==12==ERROR: AddressSanitizer: SEGV on unknown address 0x0\n=     #0 0x45 in atomic /llvm/compiler-rt/lib/asan/a.h:81:10\n=     #1 0x46 in xfree /w/src/memory.c:119:3\n= SUMMARY: AddressSanitizer: SEGV /llvm/a.h in atomic\nnext\na.c:3:5: runtime error: signed integer overflow\n";
        let read = read_text(log);
        let seen: Vec<_> = read
            .iter()
            .map(|one| (one.start_line, one.end_line, one.path.as_deref(), one.line))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 4, Some("/w/src/memory.c"), Some(119)),
                (6, 6, Some("a.c"), Some(3))
            ]
        );
    }
}
