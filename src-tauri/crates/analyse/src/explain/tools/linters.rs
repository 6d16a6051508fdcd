//! Linters that print one line per finding: where, and what is wrong. Reads the shapes many of them share; how bad a
//! finding is many do not say.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::compiler::tool_of;
use super::{Report, Tool, View, number, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &[
        ".js:",
        ".ts:",
        ".jsx:",
        ".tsx:",
        ".vue:",
        ".rb:",
        ".py:",
        ".pp",
        ".erl:",
        ".go:",
        ".hs:",
        ".lua:",
        ".sh:",
        ".php:",
        ".pl:",
        ".yml:",
        ".yaml:",
        ".json:",
        ".md:",
        ".css:",
        ".scss:",
        ".less:",
        ".coffee:",
        ".haml:",
        ".slim:",
        ".erb:",
        ".proto:",
        ".env:",
        ".sql:",
        ".tf:",
        ".ex:",
        ".exs:",
        ".jl:",
        ".el:",
        ".lisp:",
        ".ts[",
        ".rb\t",
        ".rb  ",
        ".erb\t",
        ".haml\t",
        " file=",
        ".rs:",
        ".c:",
        ".h:",
        ".cc:",
        ".cpp:",
        ".hpp:",
        ".java:",
        ".kt:",
        ".swift:",
        ".scala:",
        ".js[",
        ": line ",
        ": C: ",
        ": W: ",
        ": E: ",
        ": F: ",
        ": R: ",
        "dockerfile:",
        " dl1",
        " dl3",
        " dl4",
        " sc1",
        " sc2",
        "gemfile:",
        "rakefile:",
    ],
    read,
};

/// `path:line[:column]` and the message; a severity word or letter may stand in between.
static COLONS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:standard:)?\s{0,2}\[?((?:[A-Za-z]:)?[^\s:()\[\]|=]*?(?:\.\w{1,12}|Dockerfile|Gemfile|Rakefile)):(\d+)(?::(\d+))?(?:-\d+)?\]?:?\s?(?:\[([EWCRF])\]|((?i:error|warning|info|note|suggestion)|[CWEFR])\s?[:-])?\s*(\S.*)$",
    )
});
/// `path[line, column]: message`.
static BRACKETS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+\.\w{1,6})\[(\d+), (\d+)\]: (\S.*)$"));
/// `path: line L, col C, Error - message`.
static WORDS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+?): line (\d+), col (\d+), (Error|Warning) - (\S.*)$"));
/// `path - ERROR: message on line L`.
static ON_LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+\.pp) - (ERROR|WARNING): (.+) on line (\d+)$"));
/// `path:line CODE severity: message`.
static HADOLINT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(\S+?):(\d+) ((?:DL|SC)\d{4}) (error|warning|info|style): (\S.*)$")
});
/// `path:line:column: C: message`, whatever the file is called.
static LETTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([^\s:]+):(\d+):(\d+): ([CWEFR]): (\S.*)$"));
/// Columns: path, line and message, parted by tabs or wide gaps.
static TABS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+\.\w{1,6})(?:\t| {2,})(\d+)(?:\t| {2,})(\S.*)$"));
/// `error file=path message=… line=L column=C`.
static ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(error|warning|info) file=(\S+) message=(.+?)(?: line=(\d+))?(?: column=(\d+))?$")
});
/// `path:line in function …:` above the code and the message.
static HEADED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\S+\.py):(\d+) (?:at|in) .{1,200}:$"));
static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Z]{1,4}\d{2,5}:? "));
static FATAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:E9\d\d|F6[23]\d|F7\d\d|F82\d):? "));
/// What follows a place in a log but is no finding: frames, snippets of code, and running prose.
static NO_FINDING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:Failure$|[^\w]*$|in [`'<]|at |from |instantiated from |\d+(?::|$|\s+\|)|=>|[-+|>{}();]|(?i:ok|passed|started|debug|deprecat\w*|warning)\b|\w+Warning\b)",
    )
});

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head().trim_end();
    // What a linter has mended is no finding any more.
    if head.len() > 2_000 || head.contains(": [Corrected] ") {
        return None;
    }
    if let Some(found) = HEADED.captures(head) {
        let message = view.get(1).trim();
        let one = finding(message, &found[1], number(found.get(2)), None);
        return CODE.is_match(message).then(|| Report::new(2, one));
    }
    let finding = hadolint(head)
        .or_else(|| letter(head))
        .or_else(|| colons(head))
        .or_else(|| brackets(head))
        .or_else(|| words(head))
        .or_else(|| on_line(head))
        .or_else(|| tabs(head))
        .or_else(|| attributes(head))?;
    Some(Report::new(1, finding))
}

fn hadolint(head: &str) -> Option<Diagnostic> {
    let found = HADOLINT.captures(head)?;
    let one = Diagnostic::new(
        "hadolint",
        category::LINT,
        format!("docker/{}", &found[3]),
        &found[5],
    )
    .at(&found[1], number(found.get(2)));
    // Its exit code counts every level.
    Some(one.with_severity(Severity::Error))
}

fn letter(head: &str) -> Option<Diagnostic> {
    let found = LETTER.captures(head)?;
    let one = finding(
        &found[5],
        &found[1],
        number(found.get(2)),
        number(found.get(3)),
    );
    let fails = matches!(&found[4], "E" | "F");
    Some(one.with_severity(if fails {
        Severity::Error
    } else {
        Severity::Unrated
    }))
}

fn tabs(head: &str) -> Option<Diagnostic> {
    let found = TABS.captures(head)?;
    Some(finding(&found[3], &found[1], number(found.get(2)), None))
}

fn attributes(head: &str) -> Option<Diagnostic> {
    let found = ATTRIBUTES.captures(head)?;
    let one = finding(
        &found[3],
        &found[2],
        number(found.get(4)),
        number(found.get(5)),
    );
    Some(one.with_severity(severity(&found[1])))
}

fn finding(message: &str, path: &str, line: Option<u32>, column: Option<u32>) -> Diagnostic {
    let message = message.trim().trim_start_matches("[Correctable] ");
    let rule =
        rule_of(message).map_or_else(|| "lint/finding".to_owned(), |rule| format!("lint/{rule}"));
    // What pyflakes knows to fail when it runs is no matter of style.
    let severity = if FATAL.is_match(message) {
        Severity::Error
    } else {
        Severity::Unrated
    };
    Diagnostic::new("", category::LINT, rule, message)
        .at(path, line)
        .with_column(column)
        .with_severity(severity)
}

fn colons(head: &str) -> Option<Diagnostic> {
    let found = COLONS.captures(head)?;
    let message = &found[6];
    let rated = found
        .get(4)
        .or(found.get(5))
        .map(|word| word.as_str().to_ascii_lowercase());
    // A compiler's note belongs to the error above, wherever it points.
    if rated.as_deref() == Some("note") && matches!(tool_of(&found[1]).0, "cc" | "cl") {
        return None;
    }
    if (rated.is_none() && NO_FINDING.is_match(message)) || head.trim_start().starts_with("http") {
        return None;
    }
    let one = finding(
        message,
        &found[1],
        number(found.get(2)),
        number(found.get(3)),
    );
    Some(match rated.as_deref() {
        Some("error" | "e" | "f") => one.with_severity(Severity::Error),
        Some("warning" | "info" | "note") => one.with_severity(Severity::Warning),
        _ => one,
    })
}

fn brackets(head: &str) -> Option<Diagnostic> {
    let found = BRACKETS.captures(head)?;
    Some(finding(
        &found[4],
        &found[1],
        number(found.get(2)),
        number(found.get(3)),
    ))
}

fn words(head: &str) -> Option<Diagnostic> {
    let found = WORDS.captures(head)?;
    let one = finding(
        &found[5],
        &found[1],
        number(found.get(2)),
        number(found.get(3)),
    );
    Some(one.with_severity(severity(&found[4])))
}

fn on_line(head: &str) -> Option<Diagnostic> {
    let found = ON_LINE.captures(head)?;
    let one = finding(&found[3], &found[1], number(found.get(4)), None);
    Some(one.with_severity(severity(&found[2])))
}

fn severity(word: &str) -> Severity {
    if word.eq_ignore_ascii_case("error") {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// The code at the beginning (`F401 …`, `Style/Name: …`) or in brackets at the end (`… (semi)`) of a message.
fn rule_of(message: &str) -> Option<&str> {
    let message = message.trim();
    let is_code = |word: &&str| {
        (2..60).contains(&word.len())
            && word.chars().all(|letter| {
                letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '/' | '@')
            })
    };
    if let Some(code) = CODE.find(message) {
        return Some(code.as_str().trim_end_matches([':', ' ']));
    }
    if let Some(end) = message.strip_suffix([')', ']']) {
        let at = end.rfind(['(', '['])?;
        return Some(&end[at + 1..]).filter(is_code);
    }
    let first = message.split([' ', ':']).next()?.trim_matches(['[', ']']);
    let code = first.bytes().any(|byte| byte.is_ascii_digit()) || first.contains('/');
    (code && first.starts_with(|letter: char| letter.is_ascii_uppercase()))
        .then_some(first)
        .filter(is_code)
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn a_place_and_a_message_make_a_finding_and_frames_make_none() {
        let log = "lib/a.rb:3:1: C: Style/Foo: Missing magic comment\n./n.py:4:1: F401 'sys' imported but unused\nsrc/g.js:639 Insert `;` (prettier/prettier)\na.pp - ERROR: not in layout on line 7\nf.ts[418, 38]: ' should be \"\nlib/b.rb:3:in `call'\nserver.py:12: 200\n";
        let read = read_text(log);
        let seen: Vec<_> = read
            .iter()
            .map(|one| {
                (
                    one.rule.as_str(),
                    one.path.as_deref().unwrap_or(""),
                    one.line,
                    one.column,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("lint/Style/Foo", "lib/a.rb", Some(3), Some(1)),
                ("lint/F401", "./n.py", Some(4), Some(1)),
                ("lint/prettier/prettier", "src/g.js", Some(639), None),
                ("lint/finding", "a.pp", Some(7), None),
                ("lint/finding", "f.ts", Some(418), Some(38)),
            ]
        );
    }
}
