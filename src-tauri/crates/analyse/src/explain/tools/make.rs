//! make, ninja and `CMake`: what could not be built, and the lines that only pass a failure on.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["*** ", "cmake error", "ninja: ", "make: ", "failed: "],
    read,
};

static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([^\s:]+):(\d+): \*\*\* ((?:missing separator|commands commence|recipe commences|unterminated|extraneous|missing '|multiple target|target pattern|empty variable|invalid syntax|mixed implicit|unmatched).*?)(?:  Stop\.)?$",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if head.starts_with("CMake Error") {
        // The message is indented and may hold blank lines; its end is a line at the margin.
        let end = view.while_holds(1, |line| line.trim().is_empty() || line.starts_with("  "));
        let len = view.spoken(end);
        let said = (1..len)
            .map(|offset| view.get(offset).trim())
            .find(|line| !line.is_empty())
            .unwrap_or(head);
        return Some(Report::new(
            len,
            Diagnostic::new("cmake", category::CONFIG, "cmake/error", said),
        ));
    }
    // Ninja names what it could not build before what the compiler says about it.
    if head.starts_with("FAILED: ") && !head.contains(" - ") {
        let diagnostic = Diagnostic::new("ninja", category::OTHER, "make/failed", head)
            .with_severity(Severity::Unrated);
        return Some(Report::new(1, diagnostic));
    }
    // What is wrong with the Makefile itself make says of a place in it.
    if let Some(found) = PLACE.captures(head) {
        return Some(Report::new(
            1,
            Diagnostic::new("make", category::CONFIG, "make/rule", &found[3])
                .at(&found[1], found[2].parse().ok()),
        ));
    }
    let is_make = head.split_once(": ").is_some_and(|(program, _)| {
        let program = program.split('[').next().unwrap_or_default();
        program.ends_with("make") || program == "ninja"
    });
    if !is_make {
        return None;
    }
    if head.contains("No rule to make target")
        || head.contains("missing separator")
        || head.starts_with("ninja: error:")
    {
        return Some(Report::new(
            1,
            Diagnostic::new("make", category::CONFIG, "make/rule", head),
        ));
    }
    let passes_on = head.contains("*** ")
        || head.starts_with("ninja: build stopped")
        || head.contains("Waiting for unfinished");
    passes_on.then(|| {
        let diagnostic = Diagnostic::new("make", category::OTHER, "make/failed", head)
            .with_severity(Severity::Consequence);
        Report::new(1, diagnostic)
    })
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn passing_a_failure_on_is_no_cause() {
        let log = "make[1]: *** [Makefile:7: all] Error 1\nMakefile:4: *** missing separator.  Stop.\nmake: *** No rule to make target 'x', needed by 'all'.  Stop.\nCMake Error at CMakeLists.txt:4 (find_package):\n  Could not find a package configuration file\n\n  Add it.\n-- Configuring incomplete, errors occurred!\nninja: build stopped: subcommand failed.\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
