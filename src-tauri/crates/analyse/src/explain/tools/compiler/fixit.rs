//! The changes GCC and Clang print under their snippets: text to insert or to put in the place of what is underlined,
//! and whole lines marked `+++`.

use std::sync::LazyLock;

use regex::Regex;

use super::super::super::diagnostic::{LineChange, Proposal};
use super::super::pattern;

static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(\d+) \| ?(.*)$"));
static BELOW: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*\| ?(.*)$"));
static ADDED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*\+\+\+ \|\+(.*)$"));
static NOTE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\S+?):(\d+):\d+: note: "));

/// The change printed in `body`, the lines of a report about `path` from its head on; nothing if there are several.
pub(super) fn read(body: &[&str], path: &str) -> Option<Proposal> {
    let mut path = path;
    let mut found = Vec::new();
    for (at, line) in body.iter().enumerate() {
        if let Some(note) = NOTE.captures(line) {
            path = note.get(1)?.as_str();
        } else if let Some(added) = ADDED.captures(line) {
            found.push(whole_line(body, at, &added[1], path)?);
        } else if let Some(code) = CODE.captures(line) {
            let change = within(&code, body.get(at + 1), body.get(at + 2), path);
            found.extend(change);
        }
    }
    let [change] = found.as_slice() else {
        return None;
    };
    let text = match (change.before.as_slice(), change.after.as_slice()) {
        ([], [line]) => format!("add `{}`", line.trim()),
        ([before], [after]) => format!("write `{}` for `{}`", after.trim(), before.trim()),
        _ => return None,
    };
    Some(Proposal {
        text,
        changes: found,
        certain: false,
    })
}

/// A line to be added, below the numbered one before it or above the one after it.
fn whole_line(body: &[&str], at: usize, text: &str, path: &str) -> Option<LineChange> {
    let number = |at: usize| CODE.captures(body.get(at)?)?[1].parse::<u32>().ok();
    let line = number(at + 1).or_else(|| number(at.checked_sub(1)?).map(|line| line + 1))?;
    Some(LineChange {
        path: path.to_owned(),
        line,
        before: Vec::new(),
        after: vec![text.to_owned()],
    })
}

/// The change of a line of code whose underline has a text below it.
fn within(
    code: &regex::Captures<'_>,
    marks: Option<&&str>,
    text: Option<&&str>,
    path: &str,
) -> Option<LineChange> {
    let below = |line: Option<&&str>| BELOW.captures(line?).map(|found| found[1].to_owned());
    let (marks, text) = (below(marks)?, below(text)?);
    let wanted = text.trim();
    let from = text.chars().take_while(|one| *one == ' ').count();
    let is_marks = marks
        .chars()
        .all(|mark| matches!(mark, ' ' | '^' | '~' | '-'));
    // Labels of what is underlined stand there too, or the bars that lead to them.
    let is_label = wanted.contains("  ") || wanted.starts_with('|');
    if wanted.is_empty() || !is_marks || is_label {
        return None;
    }
    let line: Vec<char> = code[2].chars().collect();
    let to = marks
        .chars()
        .skip(from)
        .take_while(|mark| matches!(mark, '^' | '~'))
        .count();
    // A caret behind a word, at a blank or at the line's end, says where to insert.
    let inserts = to <= 1 && line.get(from).is_none_or(|one| one.is_whitespace());
    let end = if inserts { from } else { from + to };
    if end > line.len() || (!inserts && to == 0) {
        return None;
    }
    let after: String = line[..from]
        .iter()
        .copied()
        .chain(wanted.chars())
        .chain(line[end..].iter().copied())
        .collect();
    Some(LineChange {
        path: path.to_owned(),
        line: code[1].parse().ok()?,
        before: vec![line.iter().collect()],
        after: vec![after],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_below_the_code_is_the_change() {
        let cases: [(&[&str], Option<(u32, &str, &str)>); 5] = [
            (
                &[
                    "    5 |         return a + b",
                    "      |                     ^",
                    "      |                     ;",
                    "    6 | }",
                    "      | ~",
                ],
                Some((5, "        return a + b", "        return a + b;")),
            ),
            (
                &[
                    "    7 |   lenght++;",
                    "      |   ^~~~~~",
                    "      |   length",
                ],
                Some((7, "  lenght++;", "  length++;")),
            ),
            (
                &[
                    "a.c:2:1: note: include '<string.h>' or provide a declaration of 'strlen'",
                    "    1 | #include <stdio.h>",
                    "  +++ |+#include <string.h>",
                    "    2 | ",
                ],
                Some((2, "", "#include <string.h>")),
            ),
            // Types of arguments stand below them, and are no change.
            (
                &[
                    "    3 |   printf(\"%d\", x);",
                    "      |           ~^   ~",
                    "      |            |   |",
                    "      |            int long int",
                ],
                None,
            ),
            (&["    5 |   int y;", "      |       ^"], None),
        ];
        for (body, expected) in cases {
            let read = read(body, "a.c");
            let change = read.as_ref().map(|proposal| &proposal.changes[0]);
            let told = change.map(|change| {
                (
                    change.line,
                    change.before.first().map_or("", String::as_str),
                    change.after[0].as_str(),
                )
            });
            assert_eq!(told, expected, "{body:?}");
        }
    }
}
