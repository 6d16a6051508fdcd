//! `ESLint` and those that print in its style: a file's name, and its problems indented below.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["  error  ", "  ✖  ", "potentially fixable"],
    read,
};

static PROBLEM: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s+(\d+):(\d+)\s+(error|warning|✖|⚠)\s+(.+?)(?:\s{2,}(\S+))?\s*$"));

fn read(view: &View<'_>) -> Option<Report> {
    let head = view.head();
    if head.contains("potentially fixable with the `--fix` option") {
        let diagnostic = Diagnostic::new("eslint", category::LINT, "eslint/fixable", head.trim())
            .with_severity(Severity::Consequence)
            .with_command("npx eslint --fix .");
        return Some(Report::new(1, diagnostic));
    }
    let found = PROBLEM.captures(head)?;
    // Warnings may stand between the file's name and its first error.
    let back =
        (1..50).find(|&offset| view.back(offset).is_none_or(|line| !PROBLEM.is_match(line)))?;
    let file = view
        .back(back)
        .filter(|line| !line.trim().is_empty() && !line.starts_with(' '))?;
    let len = view.while_holds(1, |line| PROBLEM.is_match(line));
    let errors = (0..len)
        .filter(|&offset| {
            PROBLEM
                .captures(view.get(offset))
                .is_some_and(|found| matches!(&found[3], "error" | "✖"))
        })
        .count();
    let others = if errors > 1 {
        format!(" and {} more", errors - 1)
    } else {
        String::new()
    };
    let (tool, rule) = rule(file, &found);
    let diagnostic = Diagnostic::new(tool, category::LINT, rule, format!("{}{others}", &found[4]))
        .at(file.trim(), found[1].parse().ok())
        .with_column(found[2].parse().ok());
    let more = (0..len)
        .skip(1)
        .map(|offset| (offset, view.get(offset)))
        .chain((1..back).filter_map(|offset| Some((0, view.back(offset)?))))
        .filter_map(|(offset, line)| Some((offset, problem(file, line)?)))
        .collect();
    Some(
        Report::new(len, diagnostic)
            .reaching_back(back)
            .with_more(more),
    )
}

/// The tool behind a problem, and its rule: yamllint puts it in parentheses.
fn rule(file: &str, found: &regex::Captures<'_>) -> (&'static str, String) {
    let style = [".css", ".scss", ".sass", ".less"]
        .iter()
        .any(|end| file.trim_end().ends_with(end));
    let rule = found.get(5).map_or("error", |rule| rule.as_str());
    match rule
        .strip_prefix('(')
        .and_then(|rule| rule.strip_suffix(')'))
    {
        Some(rule) => ("yamllint", format!("yaml/{rule}")),
        None if style => ("stylelint", format!("stylelint/{rule}")),
        None => ("eslint", format!("eslint/{rule}")),
    }
}

/// One problem of `file`.
fn problem(file: &str, line: &str) -> Option<Diagnostic> {
    let found = PROBLEM.captures(line)?;
    let (tool, rule) = rule(file, &found);
    let severity = if matches!(&found[3], "error" | "✖") {
        Severity::Error
    } else {
        Severity::Warning
    };
    let one = Diagnostic::new(tool, category::LINT, rule, &found[4])
        .at(file.trim(), found[1].parse().ok())
        .with_column(found[2].parse().ok());
    Some(one.with_severity(severity))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn problems_belong_to_the_file_above_them() {
        let log = "\n/w/src/a.js\n  1:1  warning  Unexpected console statement  no-console\n  3:8  error    'x' is defined but never used  no-unused-vars\n  4:2  error    Missing semicolon              semi\n\n✖ 3 problems (2 errors, 1 warning)\n  1 error and 0 warnings potentially fixable with the `--fix` option.\n./deploy.yaml\n  2:12      error    trailing spaces  (trailing-spaces)\n";
        insta::assert_debug_snapshot!(read_text(log));
    }
}
