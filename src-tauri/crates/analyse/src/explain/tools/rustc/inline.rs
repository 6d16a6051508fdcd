//! Changes rustc proposes inside the snippet: a label `help: …` under the text it would replace.

use std::sync::LazyLock;

use regex::Regex;

use super::super::super::diagnostic::{LineChange, Proposal};
use super::place;

static SOURCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(\d+)\s*\|(?: (.*))?$").expect("a constant pattern"));
static REPLACEMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(.*?): `(.*)`$").expect("a constant pattern"));

/// The proposals in the labels of `snippet`, whose first line is the arrow to `path`.
pub(super) fn read(snippet: &[&str], path: &str) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let mut path = path;
    let mut source: Option<(usize, u32, &str)> = None;
    for (at, line) in snippet.iter().enumerate() {
        if let Some(other) = place(line) {
            path = other.path;
            source = None;
            continue;
        }
        if let Some(found) = SOURCE.captures(line) {
            let text = found.get(2).map_or("", |text| text.as_str());
            source = found[1].parse().ok().map(|number| (at, number, text));
            continue;
        }
        let Some((source_at, number, text)) = source else {
            continue;
        };
        let Some(gutter) = line.find('|').filter(|&bar| line[..bar].trim().is_empty()) else {
            continue;
        };
        let Some(annotation) = line.get(gutter + 2..) else {
            continue;
        };
        let Some(help) = annotation.find("help: ") else {
            continue;
        };
        let first_marks = snippet
            .get(source_at + 1)
            .and_then(|line| line.get(gutter + 2..));
        let Some((from, to)) = span(annotation, help, first_marks) else {
            continue;
        };
        let label = &annotation[help + "help: ".len()..];
        if let Some(after) = changed(text, from, to, label) {
            proposals.push(Proposal {
                text: words(label).to_owned(),
                changes: vec![LineChange {
                    path: path.to_owned(),
                    line: number,
                    before: vec![text.to_owned()],
                    after: vec![after],
                }],
                certain: false,
            });
        }
    }
    proposals
}

/// The columns the label at `help` belongs to: the marks right before it, or those its line hangs from.
fn span(annotation: &str, help: usize, marks: Option<&str>) -> Option<(usize, usize)> {
    let is_mark = |byte: u8| byte == b'^' || byte == b'-';
    let before = annotation[..help].trim_end();
    if let Some(&last) = before.as_bytes().last()
        && is_mark(last)
    {
        let from = before
            .bytes()
            .rposition(|byte| byte != last)
            .map_or(0, |at| at + 1);
        return Some((from, before.len()));
    }
    let marks = marks?.as_bytes();
    let mark = *marks.get(help).filter(|&&byte| is_mark(byte))?;
    let length = marks[help..]
        .iter()
        .take_while(|&&byte| byte == mark)
        .count();
    Some((help, help + length))
}

/// `text` after what `label` says was done to its columns `from..to`; `None` when the label leaves that open.
fn changed(text: &str, from: usize, to: usize, label: &str) -> Option<String> {
    // Columns count characters; a wide one before the span would shift it.
    if !text.chars().take(to).all(|character| character.is_ascii()) || from > text.len() {
        return None;
    }
    if let Some(found) = REPLACEMENT.captures(label) {
        return Some(format!("{}{}{}", &text[..from], &found[2], text.get(to..)?));
    }
    if label.starts_with("remove ") {
        return Some(format!("{}{}", &text[..from], text.get(to..)?));
    }
    let added = label.strip_prefix("add `")?.strip_suffix("` here")?;
    Some(format!("{}{added}{}", &text[..from], &text[from..]))
}

/// The label without the replacement.
fn words(label: &str) -> &str {
    REPLACEMENT
        .captures(label)
        .and_then(|found| found.get(1))
        .map_or(label, |text| text.as_str())
}
