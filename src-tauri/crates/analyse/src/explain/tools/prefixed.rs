//! Compilers behind a build tool: Ant, Maven, Gradle and `MSBuild` write their own prefix before the compiler's place,
//! and `MSBuild`'s tools vary how they write the place itself.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::super::generic::indent_of;
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        "warning",
        "[javac]",
        ": error",
        "error ",
        ": fatal error",
        "w: ",
        "e: ",
    ],
    read,
};

/// What stands before the compiler's own line: a clock, the target in brackets, the number of the project.
static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*(?:\d\d:\d\d:\d\d\s+)?(?:\[(?:javac|exec|WARNING|WARN)\]\s+)?(?:\d+(?::\d+)?>)?")
});
/// `path:line: warning: message`, where the path may hold blanks.
static COLONS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^((?:[A-Za-z]:)?[^:()\[\]]{1,300}\.\w{1,12}):(\d+)(?::(\d+))?: (warning|error): (\S.*)$",
    )
});
/// `path:[line,column] message`, Maven's warnings; `path: (line, column)`, Kotlin's.
static MAVEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^((?:[A-Za-z]:)?[^:\[\]]{1,300}\.\w{1,12}):(?:\[| \()(\d+),\s?(\d+)[\])]:?\s+(\S.*)$")
});
static KOTLIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([we]): (?:file://)?(/?[^:()]{1,300}\.kts?):(?: \((\d+), (\d+)\):|(\d+):(\d+)) (\S.*)$",
    )
});
/// `path (line,column): warning CODE: message` with every blank and colon optional.
static MSBUILD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^((?:[A-Za-z]:)?[^:()]{1,300}\.\w{1,12}) ?\((\d+)(?:,(\d+))?\) ?:\s+(?:Hint )?(?i:(fatal error|error|warning)) ?:? ?((?:[A-Za-z]+ ?)?\d+|[A-Z]{2,}\d*) ?: (\S.*)$",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let whole = view.head().trim_end();
    if whole.len() > 2_000 {
        return None;
    }
    let head = &whole[PREFIX.find(whole).map_or(0, |found| found.end())..];
    let diagnostic = colons(head)
        .or_else(|| maven(whole, head))
        .or_else(|| kotlin(head))
        .or_else(|| msbuild(head))?;
    let indent = indent_of(whole);
    let len = view.while_holds(1, |line| {
        !line.trim().is_empty() && indent_of(line) > indent
    });
    Some(Report::new(len.min(4), diagnostic))
}

fn number(found: Option<regex::Match<'_>>) -> Option<u32> {
    found.and_then(|found| found.as_str().parse().ok())
}

fn severity(word: &str) -> Severity {
    if word.to_ascii_lowercase().contains("error") {
        Severity::Error
    } else {
        Severity::Warning
    }
}

fn colons(head: &str) -> Option<Diagnostic> {
    let found = COLONS.captures(head)?;
    let one = Diagnostic::new("compiler", category::COMPILE, "compile/message", &found[5])
        .at(&found[1], number(found.get(2)))
        .with_column(number(found.get(3)));
    Some(one.with_severity(severity(&found[4])))
}

fn maven(whole: &str, head: &str) -> Option<Diagnostic> {
    let found = MAVEN
        .captures(head)
        .filter(|_| whole.starts_with("[WARN"))?;
    let one = Diagnostic::new("maven", category::COMPILE, "java/warning", &found[4])
        .at(&found[1], number(found.get(2)))
        .with_column(number(found.get(3)));
    Some(one.with_severity(Severity::Warning))
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

fn msbuild(head: &str) -> Option<Diagnostic> {
    let found = MSBUILD
        .captures(head)
        .filter(|found| !found[5].starts_with("TS"))?;
    let rule = format!("msbuild/{}", found[5].trim());
    let one = Diagnostic::new("msbuild", category::COMPILE, rule, &found[6])
        .at(&found[1], number(found.get(2)))
        .with_column(number(found.get(3)));
    Some(one.with_severity(severity(&found[4])))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn the_prefix_of_a_build_tool_hides_no_place() {
        let log = "    [javac] C:\\a b\\Hallo.java:28: warning: deprecated\n[WARNING] /w/A.java:[3,54] proprietary API\nw: /w/a.kt: (21, 5): unused\n17:4>F\\B.cs(229,34): warning CS0168 : a mistake.\n..\\file.c(54): fatal error c1083: cannot open\n";
        let seen: Vec<_> = read_text(log)
            .into_iter()
            .filter_map(|one| Some((one.path?, one.line, one.column)))
            .collect();
        assert_eq!(
            seen,
            [
                ("C:\\a b\\Hallo.java".to_owned(), Some(28), None),
                ("/w/A.java".to_owned(), Some(3), Some(54)),
                ("/w/a.kt".to_owned(), Some(21), Some(5)),
                ("F\\B.cs".to_owned(), Some(229), Some(34)),
                ("..\\file.c".to_owned(), Some(54), None),
            ]
        );
    }
}
