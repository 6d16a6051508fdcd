//! The change for an unused import. rustc knows it and marks it as certain, but prints only the underline.

use std::sync::LazyLock;

use regex::Regex;

use super::super::super::diagnostic::{LineChange, Proposal};
use super::super::pattern;

static SOURCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(\d+)\s*\|(?: (.*))?$"));

/// The proposal that takes what is underlined in `snippet` out of its `use`, when that stands on one line.
pub(super) fn read(snippet: &[&str], path: &str) -> Option<Proposal> {
    let at = snippet.iter().position(|line| SOURCE.is_match(line))?;
    let found = SOURCE.captures(snippet[at])?;
    let text = found.get(2)?.as_str();
    let line = found[1].parse().ok()?;
    let marks = snippet.get(at + 1)?;
    let marks = marks.get(marks.find('|')? + 2..)?;
    if !text.is_ascii() || !marks.chars().all(|mark| mark == '^' || mark == ' ') {
        return None;
    }
    let is_marked = |column: usize| marks.as_bytes().get(column) == Some(&b'^');
    let (head, rest) = text.split_at(text.find("use ")? + 4);
    let path_end = head.len() + rest.find(';')?;
    if !text[path_end + 1..].trim().is_empty()
        || !matches!(head.trim(), "use" | "pub use" | "pub(crate) use")
    {
        return None;
    }
    let after = if (head.len()..path_end).all(is_marked) {
        Vec::new()
    } else {
        let (open, close) = (text.find('{')?, text.rfind('}')?);
        let list = &text[open + 1..close];
        if list.contains('{') || close + 1 != path_end {
            return None;
        }
        let mut column = open + 1;
        let mut kept = Vec::new();
        for item in list.split(',') {
            let name = column + (item.len() - item.trim_start().len());
            if !is_marked(name) && !item.trim().is_empty() {
                kept.push(item.trim());
            }
            column += item.len() + 1;
        }
        match kept.as_slice() {
            [] => Vec::new(),
            [only] if *only != "self" => vec![format!("{}{only};", &text[..open])],
            kept => vec![format!("{}{{{}}};", &text[..open], kept.join(", "))],
        }
    };
    Some(Proposal {
        text: "remove the unused import".into(),
        changes: vec![LineChange {
            path: path.to_owned(),
            line,
            before: vec![text.to_owned()],
            after,
        }],
        certain: false,
    })
}
