//! Maven and Gradle: failed tests, compile errors with brackets, and the words for what went wrong.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::super::generic::is_frame;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        " failed",
        "<<< fail",
        "<<< error",
        ".java:[",
        ".kt:",
        "* what went wrong:",
        "[error] failed to execute goal",
        "build failure",
        "[error]",
    ],
    read,
};

static GRADLE_TEST: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*([\w.$]+(?: > .+)+) FAILED$"));
static SUREFIRE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:\[ERROR\]\s+)?(\S.*?)\s+(?:-- )?Time elapsed: .*<<< (?:FAILURE|ERROR)!")
});
static BRACKETS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\[ERROR\]\s+(\S+\.(?:java|kt|scala|groovy)):\[(\d+),(\d+)\]\s*(?:error: )?(.+)$")
});
static GOAL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\[ERROR\] Failed to execute goal (.+)$"));
/// What Maven needs and cannot get, before it runs a goal.
static UNRESOLVED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\[ERROR\]\s+((?:Plugin \S+ or one of its dependencies could not be resolved|.{0,200}Non-resolvable parent POM|.{0,200}Unresolveable build extension).*)$",
    )
});
static FRAME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\(([\w$]+\.(?:java|kt|scala|groovy)):(\d+)\)"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    if let Some(found) = GRADLE_TEST.captures(head) {
        let len = view.while_holds(1, |line| {
            line.starts_with("    ") && !line.trim().is_empty()
        });
        return Some(test(view, "gradle", &found[1], len));
    }
    if let Some(found) = SUREFIRE.captures(head) {
        if found[1].starts_with("Tests run:") {
            let diagnostic = Diagnostic::new("maven", category::TEST, "java/test", head)
                .with_severity(Severity::Consequence);
            return Some(Report::new(1, diagnostic));
        }
        let len = view.while_holds(1, |line| {
            !line.trim().is_empty()
                && !line.starts_with('[')
                && !SUREFIRE.is_match(line)
                && !line.starts_with("Running ")
        });
        return Some(test(view, "maven", &found[1], len));
    }
    if let Some(found) = BRACKETS.captures(head) {
        let len = view.while_holds(1, |line| {
            line.starts_with("[ERROR]   ") || line.starts_with("  ")
        });
        let diagnostic = Diagnostic::new("javac", category::COMPILE, "java/compile", &found[4])
            .at(&found[1], found[2].parse().ok())
            .with_column(found[3].parse().ok());
        return Some(Report::new(len, diagnostic));
    }
    if head == "* What went wrong:" {
        let len = view.until(1, |line| line.trim().is_empty() || line.starts_with("* "));
        // Gradle only repeats here what a compiler or a test said before.
        let repeats = (1..len).any(|offset| {
            view.get(offset).contains("see the compiler error output")
                || view.get(offset).contains("There were failing tests")
        });
        let severity = if repeats {
            Severity::Consequence
        } else {
            Severity::Error
        };
        let diagnostic = Diagnostic::new(
            "gradle",
            category::CONFIG,
            "gradle/failed",
            view.get(1).trim(),
        )
        .with_severity(severity);
        return Some(Report::new(len, diagnostic));
    }
    if let Some(found) = GOAL.captures(head) {
        let repeats = ["There are test failures", "Compilation failure"]
            .iter()
            .any(|words| head.contains(words));
        let (category, severity) = if head.contains("Could not resolve dependencies") {
            (category::DEPENDENCY, Severity::Error)
        } else if repeats {
            (category::TEST, Severity::Consequence)
        } else {
            (category::CONFIG, Severity::Error)
        };
        return Some(Report::new(
            1,
            Diagnostic::new("maven", category, "maven/goal", &found[1]).with_severity(severity),
        ));
    }
    if let Some(found) = UNRESOLVED.captures(head) {
        let diagnostic = Diagnostic::new("maven", category::DEPENDENCY, "maven/resolve", &found[1]);
        return Some(Report::new(1, diagnostic));
    }
    let len = if head.ends_with("BUILD FAILURE") {
        1
    } else {
        view.while_holds(0, is_advice)
    };
    (len > 0).then(|| {
        let diagnostic = Diagnostic::new("maven", category::OTHER, "maven/failed", head)
            .with_severity(Severity::Consequence);
        Report::new(len, diagnostic)
    })
}

/// True for a line of the advice Maven ends every failure with.
fn is_advice(line: &str) -> bool {
    let Some(text) = line.strip_prefix("[ERROR]") else {
        return false;
    };
    let text = text.trim();
    text.is_empty()
        || [
            "->",
            "To see the full stack trace",
            "Re-run Maven",
            "For more information",
            "[Help ",
            "After correcting",
            "mvn <",
        ]
        .iter()
        .any(|start| text.starts_with(start))
}

/// A failed test: what it threw and where, of `len` lines of which the stack of others is cut.
fn test(view: &View<'_>, tool: &'static str, name: &str, len: usize) -> Report {
    let said = (1..len)
        .map(|offset| view.get(offset).trim())
        .find(|line| !line.is_empty() && !is_frame(line))
        .unwrap_or("failed");
    let mut diagnostic =
        Diagnostic::new(tool, category::TEST, "java/test", format!("{name}: {said}"));
    let class = name
        .split(['(', ' ', '>'])
        .find(|part| part.contains('.'))
        .unwrap_or(name);
    let own = (1..len)
        .filter_map(|offset| FRAME.captures(view.get(offset)))
        .find(|found| {
            found[1]
                .split('.')
                .next()
                .is_some_and(|file| class.contains(file))
        });
    if let Some(found) = own {
        diagnostic = diagnostic.at(&found[1], found[2].parse().ok());
    }
    Report::new(len.min(25), diagnostic)
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn causes_are_told_from_what_repeats_them() {
        let log = "org.acme.CartTest > isEmpty FAILED\n    java.lang.AssertionError: expected:<0> but was:<1>\n        at org.junit.Assert.fail(Assert.java:88)\n        at org.acme.CartTest.isEmpty(CartTest.java:12)\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task ':test'.\n> There were failing tests. See the report\n\n* Try:\n\
            [ERROR] Tests run: 1, Failures: 1, Errors: 0, Time elapsed: 0.1 s <<< FAILURE! - in org.acme.CartTest\n[ERROR] isEmpty(org.acme.CartTest)  Time elapsed: 0.01 s  <<< FAILURE!\njava.lang.AssertionError: no\n\tat org.acme.CartTest.isEmpty(CartTest.java:12)\n\n[ERROR] /w/src/main/java/A.java:[4,9] cannot find symbol\n[ERROR]   symbol:   class Foo\n[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.1:compile: Compilation failure\n[ERROR] \n[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.\n[ERROR] [Help 1] https://example.org\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
