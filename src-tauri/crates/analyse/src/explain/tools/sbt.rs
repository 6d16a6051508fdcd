//! sbt: what the Scala compiler and Scalastyle report, every line behind its level in brackets.

use std::sync::LazyLock;

use regex::Regex;

use super::super::category;
use super::super::diagnostic::{Diagnostic, Severity};
use super::{Report, Tool, View, pattern};

pub(super) static TOOL: Tool = Tool {
    hints: &["[error] ", "[warn] "],
    read,
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\[(error|warn)\] ((?:[A-Za-z]:)?[^\s:]+\.(?:scala|sbt|java))(?::(\d+))?(?::(\d+))?: (\S.*)$",
    )
});

/// Lines of source and caret below a message, at most.
const MAX_SOURCE: usize = 6;

fn read(view: &View<'_>) -> Option<Report> {
    let found = HEAD.captures(view.head().trim_end())?;
    let number = |group: usize| found.get(group).and_then(|text| text.as_str().parse().ok());
    let error = &found[1] == "error";
    let level = if error { "[error] " } else { "[warn] " };
    // The caret below the source shows the column.
    let caret = (1..=MAX_SOURCE)
        .map_while(|offset| Some((offset, view.get(offset).strip_prefix(level)?)))
        .take_while(|(_, text)| !HEAD.is_match(&format!("{level}{text}")))
        .find(|(_, text)| text.trim() == "^");
    let column =
        number(4).or_else(|| caret.and_then(|(_, text)| u32::try_from(text.find('^')? + 1).ok()));
    let len = caret.map_or(1, |(offset, _)| offset + 1);
    let diagnostic = Diagnostic::new("sbt", category::COMPILE, "scala/compile", &found[5])
        .at(&found[2], number(3))
        .with_column(column)
        .with_severity(if error {
            Severity::Error
        } else {
            Severity::Warning
        });
    Some(Report::new(len, diagnostic))
}

#[cfg(test)]
mod tests {
    use super::super::read_text;

    #[test]
    fn the_caret_gives_the_column_and_ends_the_report() {
        let log = "[error] /w/a.scala:6: missing argument list\n[error]   error\n[error]   ^\n[warn] /w/b.scala:4:2: unused\n[error] one error found\n";
        let seen: Vec<_> = read_text(log)
            .into_iter()
            .filter_map(|one| {
                Some((
                    one.start_line,
                    one.end_line,
                    one.path?,
                    one.line,
                    one.column,
                ))
            })
            .collect();
        assert_eq!(
            seen,
            [
                (1, 3, "/w/a.scala".to_owned(), Some(6), Some(3)),
                (4, 4, "/w/b.scala".to_owned(), Some(4), Some(2)),
            ]
        );
    }
}
