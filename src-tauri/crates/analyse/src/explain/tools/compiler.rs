//! Compilers and linters that write `file:line:column: error: message`: GCC, Clang, javac, mypy, Erlang, Swift, Sass and others.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::super::generic::indent_of;
use super::prefixed::is_check;
use super::{Report, Tool, View, number, pattern};

mod fixit;

pub(super) static TOOL: Tool = Tool {
    hints: &[
        ": error ",
        ": fatal error ",
        "error: ",
        ": warning ",
        "error : ",
        "undefined reference",
        "ld.lld",
        "ld64.lld",
        "wasm-ld",
        "multiple definition",
        "cannot find -l",
        ": no such file or directory",
        "invalid preprocessing directive",
    ],
    read,
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\[ERROR\] )?((?:[A-Za-z]:)?[^\s:()\[\]]+?\.\w{1,12})(?::(\d+))(?::(\d+))?:? ?(?:.*?: )?(fatal error|error|Error) ?: (.+)$",
    )
});
static LLD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:\S*/)?(?:ld\.lld|ld64\.lld|wasm-ld)(?:-\d+)?: (error|warning|note): (\S.*)$")
});
static LINKER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:undefined reference to|multiple definition of) [`'‘](.+?)['’]|^(?:\S*/)?ld(?:\.\w+)?: cannot find -l(\S+)",
    )
});

/// Where a program compiled for debugging uses what is missing.
static USED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\S*ld(?:\.\w+)?: )?([^\s:]+\.\w{1,5}):(\d+): undefined"));
/// What old GCC calls no error.
static OLD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^([^\s:]+\.(?:c|cc|cpp|cxx|h|hpp)):(\d+)(?::(\d+))?: ([^:]{1,200}: No such file or directory|invalid preprocessing directive .+)$",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head();
    if let Some(found) = LINKER.captures(head) {
        let mut diagnostic =
            Diagnostic::new("ld", category::COMPILE, "c/link", found[0].to_owned());
        if let Some(place) = USED.captures(head) {
            diagnostic = diagnostic.at(&place[1], number(place.get(2)));
        }
        let below = view
            .back(1)
            .is_some_and(|line| line.contains("in function") || line.contains("In function"));
        return Some(Report::new(1, diagnostic).reaching_back(usize::from(below)));
    }
    if let Some(found) = LLD.captures(head) {
        let len = view.while_holds(1, |line| line.starts_with(">>>"));
        let diagnostic = Diagnostic::new("ld", category::COMPILE, "c/link", &found[2])
            .with_severity(match &found[1] {
                "error" => Severity::Error,
                _ => Severity::Warning,
            });
        return Some(Report::new(len, diagnostic));
    }
    if head.starts_with("collect2: error: ") || head.starts_with("clang: error: linker") {
        let diagnostic = Diagnostic::new("ld", category::COMPILE, "c/link", head)
            .with_severity(Severity::Consequence);
        return Some(Report::new(1, diagnostic));
    }
    if let Some(found) = OLD.captures(head) {
        let diagnostic = Diagnostic::new("cc", category::COMPILE, "c/error", &found[4])
            .at(&found[1], number(found.get(2)))
            .with_column(number(found.get(3)));
        return Some(Report::new(1, diagnostic));
    }
    let found = HEAD.captures(head)?;
    let path = &found[1];
    let (mut tool, family) = tool_of(path);
    if tool == "cc" && is_check(&found[5]) {
        tool = "clang-tidy";
    }
    let mut message = found[5].trim().to_owned();
    let mut len = view.while_holds(1, belongs);
    // GCC writes where the file was included from, and in which function, before the error.
    let back = (1..=6)
        .take_while(|&offset| {
            view.back(offset).is_some_and(|line| {
                line.starts_with("In file included from ")
                    || line.starts_with("                 from ")
                    || line.contains(": In ") && line.ends_with(':')
            })
        })
        .count();
    len = view.spoken(len);
    let body: Vec<&str> = (1..len).map(|offset| view.get(offset)).collect();
    let mut column = found.get(3).and_then(|column| column.as_str().parse().ok());
    if tool == "javac" {
        // Which symbol it is that cannot be found stands below, and its column only as a caret.
        if let Some(symbol) = body
            .iter()
            .find_map(|line| line.trim().strip_prefix("symbol:"))
        {
            message = format!(
                "{message}: {}",
                symbol.split_whitespace().collect::<Vec<_>>().join(" ")
            );
        }
        column = column.or_else(|| caret(&body));
    }
    let message = message.as_str();
    let rule = flag(message).map_or_else(
        || format!("{family}/error"),
        |flag| format!("{family}/{flag}"),
    );
    let category = if message.contains("[-Werror") {
        category::LINT
    } else {
        category::COMPILE
    };
    let mut diagnostic = Diagnostic::new(tool, category, rule, message)
        .at(
            path,
            found.get(2).and_then(|line| line.as_str().parse().ok()),
        )
        .with_column(column);
    if matches!(tool, "cc" | "clang-tidy") {
        diagnostic.proposals.extend(fixit::read(&body, path));
    }
    Some(Report::new(len, diagnostic).reaching_back(back))
}

/// True for a line of the snippet, a caret or a note after the error.
fn belongs(line: &str) -> bool {
    let text = line.trim_start();
    if text.is_empty() {
        return false;
    }
    (indent_of(line) > 0 && !text.starts_with("CC ") && !text.starts_with("LD "))
        || text.contains(": note: ")
        || text.starts_with('^')
        || text.starts_with("symbol:")
        || text.starts_with("location:")
}

/// The 1-based column of the caret below the code of a report.
fn caret(body: &[&str]) -> Option<u32> {
    let marks = body.iter().find(|line| line.trim() == "^")?;
    u32::try_from(marks.chars().take_while(|mark| *mark != '^').count() + 1).ok()
}

/// The compiler behind a file's name, and the family its rules are named after.
pub(super) fn tool_of(path: &str) -> (&'static str, &'static str) {
    match path.rsplit('.').next().unwrap_or_default() {
        "java" => ("javac", "java"),
        "py" | "pyi" => ("mypy", "python"),
        "kt" | "kts" => ("kotlinc", "kotlin"),
        "swift" => ("swiftc", "swift"),
        "cs" => ("csc", "csharp"),
        "go" => ("go", "go"),
        "scala" => ("scalac", "scala"),
        "sh" | "bash" => ("shellcheck", "shell"),
        "c" | "cc" | "cpp" | "cxx" | "h" | "hh" | "hpp" | "m" | "mm" => ("cc", "c"),
        _ => ("compiler", "compile"),
    }
}

/// The flag or code in brackets at the end of the message: `-Werror=unused`, `arg-type`.
pub(super) fn flag(message: &str) -> Option<&str> {
    let (_, flag) = message.strip_suffix(']')?.rsplit_once('[')?;
    let flag = flag
        .trim_start_matches("-Werror=")
        .trim_start_matches("-W")
        .trim_start_matches("-Werror,-W");
    let plain = flag
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+'));
    (plain && !flag.is_empty()).then_some(flag)
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn errors_bring_their_snippet_and_where_they_were_included() {
        let log = "In file included from a.c:1:\na.h: In function 'f':\na.h:3:5: error: 'x' undeclared (first use in this function)\n    3 |     x = 1;\n      |     ^\na.h:3:5: note: each undeclared identifier is reported only once\na.c:9:7: error: unused variable 'y' [-Werror=unused-variable]\n    9 |   int y;\n      |       ^\ncc1: all warnings being treated as errors\nA.java:4: error: cannot find symbol\n    Foo f;\n    ^\n  symbol:   class Foo\n  location: class A\nC:\\w\\a.cpp(7): error C2065: 'x': undeclared identifier\napp.py:12: error: Incompatible return value type (got \"int\", expected \"str\")  [return-value]\n/usr/bin/ld: /tmp/cc1.o: in function `main':\nm.c:(.text+0x9): undefined reference to `missing'\nld.lld: error: undefined symbol: gone\n>>> referenced by main.c:3\ncollect2: error: ld returned 1 exit status\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
