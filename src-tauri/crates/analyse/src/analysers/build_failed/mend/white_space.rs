//! Blanks at the ends of lines and line ends at the ends of files, as linters of any language report them.

use super::{Case, Mend, Rule};
use crate::explain::LineChange;

pub(super) static RULE: Rule = Rule {
    touches_tests: true,
    mend,
};

fn mend(case: &Case<'_>) -> Option<Mend> {
    let rule = case.error.rule.rsplit('/').next()?;
    let (source, line) = case.place()?;
    let text = source.line(line)?;
    let change = match rule {
        "W291" | "W293" | "trailing-spaces" | "no-trailing-spaces" => (
            source.replaced(line, text.trim_end())?,
            "Remove blanks at the end of the line",
        ),
        "W292" | "new-line-at-end-of-file" | "eol-last" => {
            if source.text.ends_with('\n') {
                return None;
            }
            let last = source.lines().next_back()?.0;
            (
                source.inserted(last + 1, vec![String::new()]),
                "End the file with a line end",
            )
        }
        "W391" => (
            last_blank_lines(&source)?,
            "Remove blank lines at the end of the file",
        ),
        _ => return None,
    };
    Some(Mend::certain(change.1, vec![change.0]))
}

/// The blank lines a file ends in, gone.
fn last_blank_lines(source: &super::source::Source<'_>) -> Option<LineChange> {
    let lines: Vec<(u32, &str)> = source.lines().collect();
    let (_, lines) = lines.split_last().filter(|_| source.text.ends_with('\n'))?;
    let blank: Vec<&(u32, &str)> = lines
        .iter()
        .rev()
        .take_while(|(_, line)| line.trim().is_empty())
        .collect();
    let first = blank.last()?.0;
    let before = blank
        .iter()
        .rev()
        .map(|(_, line)| (*line).to_owned())
        .collect();
    Some(source.change(first, before, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn blanks_and_line_ends_are_put_right() {
        check(
            &RULE,
            &[
                (
                    "./a.yaml\n  1:5       error    trailing spaces  (trailing-spaces)\n  2:5       error    no new line character at the end of file  (new-line-at-end-of-file)\n",
                    &[("a.yaml", "a: 1  \nb: 2")],
                    "a.yaml",
                    Some("a: 1\nb: 2\n"),
                ),
                (
                    "./a.py:1:6: W291 trailing whitespace\n./a.py:3:1: W391 blank line at end of file\n",
                    &[("a.py", "a = 1 \nb = 2\n\n\n")],
                    "a.py",
                    Some("a = 1\nb = 2\n"),
                ),
                (
                    "./a.py:1:6: W292 no newline at end of file\n",
                    &[("a.py", "a = 1\n")],
                    "a.py",
                    None,
                ),
            ],
        );
    }
}
