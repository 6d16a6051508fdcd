//! Unified diffs that a formatter or `git diff --exit-code` printed: the change itself. black, ruff, gofmt, prettier.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, LineChange, Proposal};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["--- "],
    read,
};

// A name, then perhaps a tab and a stamp.
static OLD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^--- (\S+?\.\w+|\S*/\S+)(?:\t.*|\s+\d{4}-.*)?$"));
static NEW: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\+\+\+ (\S+?\.\w+|\S*/\S+)(?:\t.*|\s+\d{4}-.*)?$"));
static HUNK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@"));

fn read(view: &View<'_>) -> Option<Report> {
    let old = OLD.captures(view.head())?.get(1)?.as_str();
    let new = NEW.captures(view.get(1))?.get(1)?.as_str();
    let path = same_file(old, new)?;
    let mut changes = Vec::new();
    let mut at = 2;
    while let Some(found) = HUNK.captures(view.get(at)) {
        let count = |group: usize| {
            found
                .get(group)
                .map_or(Some(1), |count| count.as_str().parse::<usize>().ok())
        };
        let (Some(old_lines), Some(new_lines)) = (count(2), count(4)) else {
            break;
        };
        let (change, end) = hunk(
            view,
            at + 1,
            path,
            found[1].parse().ok()?,
            old_lines,
            new_lines,
        )?;
        changes.push(change);
        at = end;
    }
    if changes.is_empty() {
        return None;
    }
    let (tool, command) = tool_of(view, at, old);
    let back = (1..=3)
        .take_while(|&offset| {
            view.back(offset)
                .is_some_and(|line| line.starts_with("diff ") || line.starts_with("index "))
        })
        .count();
    let line = changes.first().map(|change| change.line);
    let mut diagnostic = Diagnostic::new(
        tool,
        category::FORMAT,
        format!("format/{tool}"),
        match tool {
            "diff" => format!("{path} differs from what the build writes"),
            _ => format!("{path} differs from what {tool} would write"),
        },
    )
    .at(path, line);
    diagnostic.command = command.map(str::to_owned);
    diagnostic.proposals.push(Proposal {
        text: "Take over the printed difference".into(),
        changes,
        certain: true,
    });
    Some(Report::new(at, diagnostic).reaching_back(back))
}

/// The path both names mean; a test's comparison of two values or two files has different ones.
fn same_file<'a>(old: &'a str, new: &'a str) -> Option<&'a str> {
    match (old.strip_prefix("a/"), new.strip_prefix("b/")) {
        (Some(left), Some(right)) if left == right => Some(right),
        _ => {
            let plain = old.trim_end_matches(".orig");
            (plain == new).then_some(new)
        }
    }
}

/// The hunk whose lines begin at `from`, and the offset after it; `None` unless it holds as many lines as its head says.
fn hunk(
    view: &View<'_>,
    from: usize,
    path: &str,
    line: u32,
    old_lines: usize,
    new_lines: usize,
) -> Option<(LineChange, usize)> {
    let mut change = LineChange {
        path: path.to_owned(),
        // An empty side names the line before it.
        line: if old_lines == 0 { line + 1 } else { line },
        before: Vec::new(),
        after: Vec::new(),
    };
    let mut at = from;
    while (change.before.len() < old_lines || change.after.len() < new_lines) && at < view.len() {
        let text = view.get(at);
        let rest = text.get(1..).unwrap_or_default().to_owned();
        match text.chars().next() {
            Some('-') => change.before.push(rest),
            Some('+') => change.after.push(rest),
            Some('\\') => {}
            // Some runners cut blanks at line ends.
            Some(' ') | None => {
                change.before.push(rest.clone());
                change.after.push(rest);
            }
            Some(_) => return None,
        }
        at += 1;
    }
    let whole = change.before.len() == old_lines && change.after.len() == new_lines;
    if view.get(at).starts_with('\\') {
        at += 1;
    }
    whole.then_some((change, at))
}

/// Which tool printed the diff, by the words around it, and the command that makes the change.
fn tool_of(view: &View<'_>, end: usize, old: &str) -> (&'static str, Option<&'static str>) {
    let near = |words: &str| {
        (end..(end + 12).min(view.len())).any(|offset| view.get(offset).contains(words))
            || (1..=12)
                .map_while(|offset| view.back(offset))
                .any(|line| line.contains(words))
    };
    if old.ends_with(".go.orig") {
        ("gofmt", Some("gofmt -w ."))
    } else if near("ruff") {
        ("ruff", Some("ruff format ."))
    } else if near("would reformat") || near("would be reformatted") {
        ("black", Some("black ."))
    } else if near("prettier") {
        ("prettier", Some("npx prettier --write ."))
    } else {
        ("diff", None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn formatters_print_the_change_and_tests_print_a_comparison() {
        let log = "--- src/a.py\t2024-05-01 10:11:12.000000 +0000\n+++ src/a.py\t2024-05-01 10:11:13.000000 +0000\n@@ -1,2 +1,2 @@\n-x=1\n+x = 1\n y = 2\nwould reformat src/a.py\ndiff main.go.orig main.go\n--- main.go.orig\n+++ main.go\n@@ -3,0 +4 @@\n+\tx := 1\ndiff --git a/gen/api.ts b/gen/api.ts\nindex 1..2 100644\n--- a/gen/api.ts\n+++ b/gen/api.ts\n@@ -1 +1 @@\n-a\n+b\n--- Expected\n+++ Actual\n@@ @@\n-1\n+2\n--- a/x.txt\n+++ b/y.txt\n@@ -1 +1 @@\n-1\n+2\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
