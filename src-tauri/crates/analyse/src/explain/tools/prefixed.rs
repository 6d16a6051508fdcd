//! Compilers behind a build tool: Ant, Maven and Gradle write their own prefix before what the compiler says, and some
//! write its places in their own way.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::super::generic::indent_of;
use super::compiler::{flag, tool_of};
use super::{Report, Tool, View, number, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "warning",
        "[javac]",
        ": error",
        "error ",
        "error: ",
        ": fatal error",
        "w: ",
        "e: ",
    ],
    read,
};

/// What stands before the compiler's own line: a clock, words in brackets, the number of the project.
static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\d\d:\d\d(?::\d\d(?:\.\d+)?)?[ ])?\s*(?:\[[\w.-]{1,40}\]\s+){0,2}(?:\d{1,4}(?::\d{1,4})?>\s*)?(?:C/C\+\+: )?",
    )
});
/// `path:line: warning: message`, where the path may hold blanks.
static COLONS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([A-Za-z]:[^:\[\]]{1,300}\.\w{1,12}|[^:()\[\]]{1,300}\.\w{1,12}):(\d+)(?::(\d+))?: (warning|error): (\S.*)$",
    )
});
/// `path:[line,column] message`, Maven's warnings, and `path: (line, column) message`, those of Kotlin under Maven.
static MAVEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(/?(?:[A-Za-z]:)?[^:\[\]]{1,300}\.\w{1,12}):(?:\[| \()(\d+)(?:, ?(\d+))?[\])]\s+((?:\[(\w[\w.-]*)\] )?\S.*)$",
    )
});
static KOTLIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([we]): (?:file://)?((?:[A-Za-z]:)?/?[^:()]{1,300}\.kts?):(?: \((\d+), (\d+)\):|(\d+):(\d+)) (\S.*)$",
    )
});
/// `file.class: warning: message`, and what concerns the class path: `warning: [path] … "file": …`.
static CLASS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([^\s:]{1,300}\.(?:class|jar)): (warning|error): (\S.*)$"));
static CLASS_PATH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(warning|error): \[path\] (.{0,80}\x22([^\x22]{1,300}\.\w{1,12})\x22.*)$")
});
/// `clang-tidy … path:line`, which some builds echo on the same line as the first finding.
static ECHOED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\S*/)?clang-tidy(?:-[\d.]+)? -.{0,600} (\S+:\d+:\d+: .*)$"));
/// What `clang-tidy` says of no place.
static CLANG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(warning|error): (.{1,400} \[clang-diagnostic-[\w-]{1,80}\])$"));
/// The first half of a message that old GCC broke after the place.
static BROKEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([^\s:]{1,300}\.\w{1,5}):(\d+):$"));
static SECOND: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(warning|error): (\S.*)$"));

fn read(view: &View<'_>) -> Option<Report> {
    let whole = view.head().trim_end();
    if whole.len() > 2_000 {
        return None;
    }
    let (prefix, head) = without_prefix(whole);
    let by_maven = prefix.contains("[WARNING]") || prefix.contains("[WARN]");
    let diagnostic = colons(head, by_maven)
        .or_else(|| by_maven.then(|| maven(view, head)).flatten())
        .or_else(|| kotlin(head))
        .or_else(|| class(head))
        .or_else(|| clang(head));
    let Some(diagnostic) = diagnostic else {
        return broken(view);
    };
    if diagnostic.tool == "javadoc" {
        // The code and its caret follow behind Maven's mark.
        let len = view.while_holds(1, |line| {
            line.starts_with("[WARNING]") && !is_maven_place(line)
        });
        return Some(Report::new(len.min(3), diagnostic));
    }
    let indent = indent_of(whole);
    let len = view.while_holds(1, |line| {
        !line.trim().is_empty() && indent_of(line) > indent
    });
    Some(Report::new(len.min(4), diagnostic))
}

/// What CI and build tools write before `line`, and the line without it.
pub(super) fn without_prefix(line: &str) -> (&str, &str) {
    line.split_at(PREFIX.find(line).map_or(0, |found| found.end()))
}

/// True for a line of Maven's that says where.
pub(super) fn is_maven_place(line: &str) -> bool {
    let head = without_prefix(line).1;
    COLONS.is_match(head) || MAVEN.is_match(head)
}

fn severity(word: &str) -> Severity {
    if word.to_ascii_lowercase().contains("error") {
        Severity::Error
    } else {
        Severity::Warning
    }
}

fn colons(head: &str, by_maven: bool) -> Option<Diagnostic> {
    let head = ECHOED
        .captures(head)
        .map_or(head, |found| found.extract::<1>().1[0]);
    let found = COLONS.captures(head)?;
    let (path, message) = (&found[1], &found[5]);
    let (tool, family) = match tool_of(path) {
        // Maven writes the places of its compiler in its own way, and those of its other tools as they do.
        ("javac", family) if by_maven => ("javadoc", family),
        ("cc", family) if is_check(message) => ("clang-tidy", family),
        // mypy knows errors and notes.
        ("mypy", _) => ("compiler", "compile"),
        named => named,
    };
    let rule = format!("{family}/{}", flag(message).unwrap_or("message"));
    let one = Diagnostic::new(tool, category::COMPILE, rule, message)
        .at(path, number(found.get(2)))
        .with_column(number(found.get(3)));
    Some(one.with_severity(severity(&found[4])))
}

/// True for a message that ends with the name of one of clang-tidy's checks, where compilers write their flag.
pub(super) fn is_check(message: &str) -> bool {
    message
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once(" ["))
        .is_some_and(|(_, check)| {
            check.contains('-')
                && !check.starts_with('-')
                && check
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._,".contains(&byte))
        })
}

fn maven(view: &View<'_>, head: &str) -> Option<Diagnostic> {
    let found = MAVEN.captures(head)?;
    let own = view.while_holds(1, |line| line.starts_with(' '));
    let tool = if (1..own).any(|offset| view.get(offset).trim().starts_with("(see http")) {
        "errorprone"
    } else {
        tool_of(&found[1]).0
    };
    let rule = found.get(5).map_or("warning", |rule| rule.as_str());
    let rule = format!("java/{rule}");
    let one = Diagnostic::new(tool, category::COMPILE, rule, &found[4])
        .at(without_root(&found[1]), number(found.get(2)))
        .with_column(number(found.get(3)));
    Some(one.with_severity(Severity::Warning))
}

/// `C:/a.java` of `/C:/a.java`.
fn without_root(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', _, b':', ..] => &path[1..],
        _ => path,
    }
}

fn kotlin(head: &str) -> Option<Diagnostic> {
    let found = KOTLIN.captures(head)?;
    let severity = if &found[1] == "e" {
        Severity::Error
    } else {
        Severity::Warning
    };
    let one = Diagnostic::new("kotlinc", category::COMPILE, "kotlin/message", &found[7])
        .at(&found[2], number(found.get(3).or(found.get(5))))
        .with_column(number(found.get(4).or(found.get(6))));
    Some(one.with_severity(severity))
}

fn class(head: &str) -> Option<Diagnostic> {
    let (path, rated, message) = if let Some(found) = CLASS.captures(head) {
        let (_, [path, rated, message]) = found.extract();
        (path, rated, message)
    } else {
        let (_, [rated, message, path]) = CLASS_PATH.captures(head)?.extract();
        (path, rated, message)
    };
    let one = Diagnostic::new("javac", category::COMPILE, "java/class", message).at(path, None);
    Some(one.with_severity(severity(rated)))
}

fn clang(head: &str) -> Option<Diagnostic> {
    let (_, [rated, message]) = CLANG.captures(head)?.extract();
    let rule = format!("c/{}", flag(message).unwrap_or("message"));
    let one = Diagnostic::new("clang-tidy", category::COMPILE, rule, message);
    Some(one.with_severity(severity(rated)))
}

fn broken(view: &View<'_>) -> Option<Report> {
    let (_, [rated, message]) = SECOND.captures(view.head().trim_end())?.extract();
    let found = BROKEN.captures(view.back(1)?.trim_end())?;
    let (tool, family) = tool_of(&found[1]);
    let one = Diagnostic::new(
        tool,
        category::COMPILE,
        format!("{family}/message"),
        message,
    )
    .at(&found[1], number(found.get(2)));
    Some(Report::new(1, one.with_severity(severity(rated))).reaching_back(1))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn the_prefix_of_a_build_tool_hides_no_place() {
        let log = "    [javac] C:\\a b\\Hallo.java:28: warning: deprecated\n[WARNING] /C:/w/A.java:[3,54] proprietary API\nw: /w/a.kt: (21, 5): unused\n08:52 [WARNING] /w/B.java:[1] [DefaultPackage] no package\n    (see https://errorprone.info/bugpattern/DefaultPackage)\nC/C++: /w/a.cpp:3:5: warning: unused [-Wunused]\n/w/a.cpp:4:5: warning: use emplace [modernize-use-emplace]\n[a-javac] warning: [path] bad path element \"C:\\x\\log4j.jar\": no such file\na.h:17:\nwarning: class A has\n";
        let seen: Vec<_> = read_text(log)
            .into_iter()
            .map(|one| (one.tool, one.rule, one.path.unwrap_or_default(), one.line))
            .collect();
        insta::assert_debug_snapshot!(seen);
    }
}
