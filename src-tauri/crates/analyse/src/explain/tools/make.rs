//! make, ninja and `CMake`: what could not be built, and the lines that only pass a failure on.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "*** ",
        "cmake error",
        "cmake warning",
        "cmake deprecation",
        "ninja: ",
        "make: ",
        "failed: ",
    ],
    read,
};

static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([^\s:]+):(\d+): \*\*\* ((?:missing separator|commands commence|recipe commences|unterminated|extraneous|missing '|multiple target|target pattern|empty variable|invalid syntax|mixed implicit|unmatched).*?)(?:  Stop\.)?$",
    )
});

/// `CMake Error at path:line (command):`, perhaps behind the name of a step.
static CMAKE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(\[[^\]]{1,60}\] )?CMake (Error|Warning|Deprecation Warning)(?: \(dev\))?(?: (?:at|in) ([^\s:]+)(?::(\d+))?)?(?: [^:]{1,200})?:",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if let Some(found) = CMAKE.captures(head) {
        return Some(cmake(view, &found));
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

fn cmake(view: &View<'_>, found: &regex::Captures<'_>) -> Report {
    let step = found.get(1).map_or("", |step| step.as_str());
    let plain = |offset: usize| {
        let line = view.get(offset);
        line.strip_prefix(step).unwrap_or(line)
    };
    // The message is indented and may hold blank lines; its end is a line at the margin.
    let end = (1..view.len())
        .find(|&offset| {
            let line = plain(offset);
            !line.trim().is_empty() && !line.starts_with("  ")
        })
        .unwrap_or(view.len());
    let len = view.spoken(end);
    let said = (1..len)
        .map(|offset| plain(offset).trim())
        .find(|line| !line.is_empty())
        .unwrap_or_else(|| view.head().trim_end());
    let (rule, severity) = if &found[2] == "Error" {
        ("cmake/error", Severity::Error)
    } else {
        ("cmake/warning", Severity::Warning)
    };
    let mut diagnostic =
        Diagnostic::new("cmake", category::CONFIG, rule, said).with_severity(severity);
    if let Some(path) = found.get(3) {
        let line = found.get(4).and_then(|line| line.as_str().parse().ok());
        diagnostic = diagnostic.at(path.as_str(), line);
    }
    Report::new(len, diagnostic)
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn passing_a_failure_on_is_no_cause() {
        let log = "make[1]: *** [Makefile:7: all] Error 1\nMakefile:4: *** missing separator.  Stop.\nmake: *** No rule to make target 'x', needed by 'all'.  Stop.\nCMake Error at CMakeLists.txt:4 (find_package):\n  Could not find a package configuration file\n\n  Add it.\n[one] CMake Warning (dev) at lib/CMakeLists.txt:10 (option):\n[one]   Old.\n-- Configuring incomplete, errors occurred!\nninja: build stopped: subcommand failed.\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
