//! Changes rustc proposes in a `help:` block of its own: lines removed and added, or added text underlined by `+`.

use std::sync::LazyLock;

use regex::Regex;

use super::super::super::diagnostic::{LineChange, Proposal};
use super::place;

static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(\d+)\s+([|+~-])(?: (.*))?$").expect("a constant pattern"));

/// The index of the first line of `body` that begins a note or help of its own.
pub(super) fn first(body: &[&str]) -> Option<usize> {
    (1..body.len()).find(|&at| body[at].starts_with("help: ") || body[at].starts_with("note: "))
}

/// The proposals of the `help:` blocks in `lines`; changes are in `path` unless a block names another.
pub(super) fn read(lines: &[&str], path: &str) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let end = (at + 1..lines.len())
            .find(|&next| lines[next].starts_with("help: ") || lines[next].starts_with("note: "))
            .unwrap_or(lines.len());
        if let Some(text) = lines[at].strip_prefix("help: ") {
            read_block(text, &lines[at + 1..end], path, &mut proposals);
        }
        at = end;
    }
    proposals
}

/// One line of code of a block.
struct Code<'a> {
    number: u32,
    kind: char,
    text: &'a str,
}

/// Reads a block; a bare `|` between its lines separates alternatives.
fn read_block(text: &str, lines: &[&str], path: &str, proposals: &mut Vec<Proposal>) {
    let mut path = path.to_owned();
    let mut building = Building::default();
    let mut added = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(other) = place(line) {
            other.path.clone_into(&mut path);
        } else if let Some(found) = CODE.captures(line) {
            let Ok(number) = found[1].parse() else {
                continue;
            };
            let code = Code {
                number,
                kind: found[2].chars().next().unwrap_or('|'),
                text: found.get(3).map_or("", |text| text.as_str()),
            };
            let marks = lines.get(at + 1).and_then(|next| plus_marks(next));
            building.add(&code, marks, &path);
        } else if line.trim() == "|" {
            added.extend(building.finish());
        } else if line.trim() == "..." {
            building.close();
        }
    }
    added.extend(building.finish());
    proposals.extend(added.into_iter().map(|changes| Proposal {
        text: text.trim_end_matches(':').to_owned(),
        changes,
        certain: false,
    }));
}

/// `text` without the columns `marks`. A blank that ends what is added is not marked.
fn without(text: &str, marks: &[usize]) -> String {
    let characters: Vec<char> = text.chars().collect();
    let blank = |column: usize| characters.get(column).is_none_or(|one| *one == ' ');
    let trailing = marks
        .last()
        .filter(|&&last| {
            let first = marks[0];
            last + 1 - first == marks.len()
                && !blank(first)
                && blank(last + 1)
                && first > 0
                && blank(first - 1)
        })
        .map(|last| last + 1);
    characters
        .iter()
        .enumerate()
        .filter(|(column, _)| !marks.contains(column) && Some(*column) != trailing)
        .map(|(_, character)| character)
        .collect()
}

/// The columns of `+` in an annotation line that holds nothing else.
fn plus_marks(line: &str) -> Option<Vec<usize>> {
    let bar = line.find('|')?;
    if !line[..bar].trim().is_empty() {
        return None;
    }
    let marks = line.get(bar + 2..)?;
    if !marks.contains('+') || marks.chars().any(|mark| !matches!(mark, '+' | ' ')) {
        return None;
    }
    Some(
        marks
            .char_indices()
            .filter(|(_, mark)| *mark == '+')
            .map(|(at, _)| at)
            .collect(),
    )
}

/// A proposal while its lines are read.
#[derive(Default)]
struct Building {
    changes: Vec<LineChange>,
    /// The change that the next line may belong to, and the number that line would have.
    open: Option<(LineChange, u32)>,
    /// True once a line was read whose text before is not shown.
    unclear: bool,
}

impl Building {
    fn add(&mut self, code: &Code<'_>, marks: Option<Vec<usize>>, path: &str) {
        let (before, after) = match (code.kind, marks) {
            ('|', Some(marks)) => (Some(without(code.text, &marks)), Some(code.text)),
            ('|', None) => (Some(code.text.to_owned()), Some(code.text)),
            ('-', _) => (Some(code.text.to_owned()), None),
            ('+', _) => (None, Some(code.text)),
            _ => {
                self.unclear = true;
                return;
            }
        };
        // A removed line and the one that replaces it carry the same number.
        let joins = self.open.as_ref().is_some_and(|(change, next)| {
            change.path == path && (code.number == *next || code.number + 1 == *next)
        });
        if !joins {
            self.close();
        }
        let (change, next) = self.open.get_or_insert_with(|| {
            let change = LineChange {
                path: path.to_owned(),
                line: code.number,
                before: Vec::new(),
                after: Vec::new(),
            };
            (change, code.number)
        });
        change.before.extend(before);
        change.after.extend(after.map(str::to_owned));
        *next = code.number + 1;
    }

    /// Ends the change the next line could have belonged to.
    fn close(&mut self) {
        if let Some((change, _)) = self.open.take()
            && change.before != change.after
        {
            self.changes.push(change);
        }
    }

    /// The finished proposal, and a fresh start.
    fn finish(&mut self) -> Option<Vec<LineChange>> {
        self.close();
        let done = std::mem::take(self);
        (!done.unclear && !done.changes.is_empty()).then_some(done.changes)
    }
}
