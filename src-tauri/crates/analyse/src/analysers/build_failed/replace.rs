//! From the lines a tool shows before and after to exact edits of the file.

use std::ops::Range;

use perch_core::patch::Edit;

use crate::explain::LineChange;

/// Columns a tab takes where a tool shows it widened: four for rustc, eight for GCC and Clang.
const SHOWN_TABS: [usize; 2] = [4, 8];

/// One replacement of bytes of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Splice {
    bytes: Range<usize>,
    text: String,
}

/// The edits that make all of `changes` to `file`, or the 1-based line at which the file is not as shown.
pub(super) fn edits<'a>(
    file: &str,
    changes: impl IntoIterator<Item = &'a LineChange>,
) -> Result<Vec<Edit>, u32> {
    let lines = Lines::of(file);
    let mut splices = Vec::new();
    for change in changes {
        for splice in lines.splices(change).ok_or(change.line)? {
            if !splices.contains(&splice) {
                splices.push(splice);
            }
        }
    }
    splices.sort_by_key(|splice| (splice.bytes.start, splice.bytes.end));
    if let Some(two) = splices.windows(2).find(|two| {
        // Whole lines put at the same place stand below each other; anything else there is not clear.
        let below = two[0].bytes.is_empty() && two.iter().all(|splice| splice.text.ends_with('\n'));
        two[0].bytes.end > two[1].bytes.start || two[0].bytes == two[1].bytes && !below
    }) {
        return Err(lines.number_at(two[1].bytes.start));
    }
    Ok(lines.edits(&splices))
}

/// A file's text by lines.
struct Lines<'a> {
    text: &'a str,
    /// Where each line begins; the last entry is the end of the text when that ends in a line end.
    starts: Vec<usize>,
    end: &'static str,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            text,
            starts,
            end: if text.contains("\r\n") { "\r\n" } else { "\n" },
        }
    }

    /// Bytes of the line with index `at`, with its end.
    fn whole(&self, at: usize) -> Range<usize> {
        self.starts[at]..self.starts.get(at + 1).copied().unwrap_or(self.text.len())
    }

    /// The line with index `at` without its end.
    fn line(&self, at: usize) -> Option<&'a str> {
        let start = *self.starts.get(at)?;
        let line = &self.text[start..self.whole(at).end];
        Some(line.trim_end_matches('\n').trim_end_matches('\r'))
    }

    fn index_at(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start <= byte) - 1
    }

    fn number_at(&self, byte: usize) -> u32 {
        u32::try_from(self.index_at(byte) + 1).unwrap_or(u32::MAX)
    }

    /// Where `change` happens, if the file reads as it shows.
    fn splices(&self, change: &LineChange) -> Option<Vec<Splice>> {
        let first = usize::try_from(change.line).ok()?.checked_sub(1)?;
        if !change.before.iter().enumerate().all(|(offset, shown)| {
            self.line(first + offset)
                .is_some_and(|line| is_shown_as(line, shown))
        }) {
            return None;
        }
        let same_start = common(change.before.iter(), change.after.iter());
        let before = &change.before[same_start..];
        let after = &change.after[same_start..];
        let same_end = common(before.iter().rev(), after.iter().rev());
        let before = &before[..before.len() - same_end];
        let after = &after[..after.len() - same_end];
        let first = first + same_start;
        match (before, after) {
            ([], []) => None,
            ([], after) => self.inserted(first, after).map(|splice| vec![splice]),
            ([shown], [wanted]) => self.within(first, shown, wanted),
            (before, after) => self
                .replaced(first, before, after)
                .map(|splice| vec![splice]),
        }
    }

    /// `after` as lines of their own before the line with index `at`, or at the end.
    fn inserted(&self, at: usize, after: &[String]) -> Option<Splice> {
        if at == self.starts.len() {
            let end = self.text.len();
            return Some(Splice {
                bytes: end..end,
                text: after.iter().flat_map(|line| [self.end, line]).collect(),
            });
        }
        let start = *self.starts.get(at)?;
        Some(Splice {
            bytes: start..start,
            text: self.joined(after),
        })
    }

    /// `after` in the place of the lines `before`, which begin at index `at`.
    fn replaced(&self, at: usize, before: &[String], after: &[String]) -> Option<Splice> {
        // Lines shown with tabs widened do not tell how the new ones should be indented.
        let exact = (at..)
            .zip(before)
            .all(|(at, shown)| self.line(at) == Some(shown));
        if !exact {
            return None;
        }
        let start = self.starts[at];
        if at + before.len() < self.starts.len() {
            return Some(Splice {
                bytes: start..self.starts[at + before.len()],
                text: self.joined(after),
            });
        }
        // The last line has no end of its own, so what replaces it has none either.
        let start = match (after, at.checked_sub(1)) {
            ([], Some(previous)) => self.starts[previous] + self.line(previous)?.len(),
            _ => start,
        };
        Some(Splice {
            bytes: start..self.text.len(),
            text: after.join(self.end),
        })
    }

    /// The splices inside one line that turn `shown` into `wanted`: only the words that differ, so that several
    /// changes of one line do not stand in each other's way.
    fn within(&self, at: usize, shown: &str, wanted: &str) -> Option<Vec<Splice>> {
        let line = self.line(at)?;
        let (old, new) = (words(shown), words(wanted));
        let tab = if line == shown {
            1
        } else {
            *SHOWN_TABS
                .iter()
                .find(|&&tab| widened(line, tab) == shown)?
        };
        let column = |word: usize| old[..word].iter().map(|word| word.chars().count()).sum();
        similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new)
            .into_iter()
            .filter(|operation| operation.tag() != similar::DiffTag::Equal)
            .map(|operation| {
                let start = byte_of_column(line, column(operation.old_range().start), tab)?;
                let end = byte_of_column(line, column(operation.old_range().end), tab)?;
                Some(Splice {
                    bytes: self.starts[at] + start..self.starts[at] + end,
                    text: new[operation.new_range()].concat(),
                })
            })
            .collect()
    }

    fn joined(&self, lines: &[String]) -> String {
        lines
            .iter()
            .flat_map(|line| [line.as_str(), self.end])
            .collect()
    }

    /// Edits whose searched text is whole lines, so that people can read them; splices that share lines share an edit.
    fn edits(&self, splices: &[Splice]) -> Vec<Edit> {
        let mut groups: Vec<(Range<usize>, Vec<&Splice>)> = Vec::new();
        for splice in splices {
            let cover = self.cover(&splice.bytes);
            match groups.last_mut() {
                Some((range, members)) if cover.start < range.end => {
                    range.start = range.start.min(cover.start);
                    range.end = range.end.max(cover.end);
                    members.push(splice);
                }
                _ => groups.push((cover, vec![splice])),
            }
        }
        groups
            .into_iter()
            .map(|(lines, members)| {
                let bytes = self.starts[lines.start]..self.whole(lines.end - 1).end;
                let mut replace = String::new();
                let mut done = bytes.start;
                for splice in members {
                    replace.push_str(&self.text[done..splice.bytes.start]);
                    replace.push_str(&splice.text);
                    done = splice.bytes.end;
                }
                replace.push_str(&self.text[done..bytes.end]);
                Edit {
                    search: self.text[bytes.clone()].to_owned(),
                    replace,
                    line: Some(self.number_at(bytes.start)),
                }
            })
            .collect()
    }

    /// Indices of the lines an edit of `bytes` shows: those it touches, and one with words if they have none.
    fn cover(&self, bytes: &Range<usize>) -> Range<usize> {
        let last_line =
            self.starts.len() - 1 - usize::from(self.text.ends_with('\n') || self.text.is_empty());
        let first = self.index_at(bytes.start).min(last_line);
        let last = self
            .index_at(bytes.end.saturating_sub(1).max(bytes.start))
            .clamp(first, last_line);
        let mut cover = first..last + 1;
        let is_blank = |cover: &Range<usize>| {
            self.text[self.starts[cover.start]..self.whole(cover.end - 1).end]
                .trim()
                .is_empty()
        };
        while is_blank(&cover) && cover.start > 0 {
            cover.start -= 1;
        }
        while is_blank(&cover) && cover.end <= last_line {
            cover.end += 1;
        }
        cover
    }
}

/// `line` in words and single other characters.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        let end = if is_word(first) {
            rest.find(|character| !is_word(character))
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

/// How many items both begin with.
fn common<T: PartialEq>(left: impl Iterator<Item = T>, right: impl Iterator<Item = T>) -> usize {
    left.zip(right)
        .take_while(|(left, right)| left == right)
        .count()
}

/// True if a tool that widens tabs would print `line` as `shown`.
fn is_shown_as(line: &str, shown: &str) -> bool {
    line == shown
        || (line.contains('\t') && SHOWN_TABS.iter().any(|&tab| widened(line, tab) == shown))
        || (shown.is_empty() && line.trim().is_empty())
}

fn widened(line: &str, tab: usize) -> String {
    line.replace('\t', &" ".repeat(tab))
}

/// The byte at which `column` of the shown line stands, in which a tab takes `tab` columns; `None` inside one.
fn byte_of_column(line: &str, column: usize, tab: usize) -> Option<usize> {
    let mut at = 0;
    for (byte, character) in line.char_indices() {
        if at == column {
            return Some(byte);
        }
        at += if character == '\t' { tab } else { 1 };
    }
    (at == column).then_some(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(line: u32, before: &[&str], after: &[&str]) -> LineChange {
        LineChange {
            path: "a".into(),
            line,
            before: before.iter().map(|line| (*line).into()).collect(),
            after: after.iter().map(|line| (*line).into()).collect(),
        }
    }

    fn applied(file: &str, changes: &[LineChange]) -> Result<String, u32> {
        let patch = perch_core::patch::Patch {
            files: vec![perch_core::patch::FilePatch {
                path: "a".into(),
                change: perch_core::patch::Change::Edit {
                    edits: edits(file, changes)?,
                },
            }],
        };
        let patched = patch
            .resolve(|_| Some(file.into()))
            .expect("an edit made for this file applies");
        Ok(patched[0].after.clone())
    }

    #[test]
    fn changes_reach_exactly_the_bytes_they_mean() {
        let cases: &[(&str, &[LineChange], Result<&str, u32>)] = &[
            (
                "let (mut a, mut b);\n",
                &[
                    change(1, &["let (mut a, mut b);"], &["let (a, mut b);"]),
                    change(1, &["let (mut a, mut b);"], &["let (mut a, b);"]),
                ],
                Ok("let (a, b);\n"),
            ),
            (
                "\tlet mut x;\n",
                &[change(1, &["    let mut x;"], &["    let x;"])],
                Ok("\tlet x;\n"),
            ),
            (
                "a\r\nb\r\n",
                &[change(2, &["b"], &["c", "d"])],
                Ok("a\r\nc\r\nd\r\n"),
            ),
            ("a\nb", &[change(2, &["b"], &["c", "d"])], Ok("a\nc\nd")),
            (
                "fn f() {}\n",
                &[change(1, &[], &["use x;"])],
                Ok("use x;\nfn f() {}\n"),
            ),
            (
                "\n\nfn f() {}\n",
                &[change(1, &[], &["use x;"])],
                Ok("use x;\n\n\nfn f() {}\n"),
            ),
            ("a\n", &[change(2, &[], &["b"])], Ok("a\nb\n")),
            (
                "a\nb\nc\n",
                &[change(1, &["a", "b", "c"], &["a", "c"])],
                Ok("a\nc\n"),
            ),
            (
                "ä = mut b\n",
                &[change(1, &["ä = mut b"], &["ä = b"])],
                Ok("ä = b\n"),
            ),
            (
                "\tx := f(1)\n",
                &[change(1, &["\tx := f(1)"], &["\tx := g(1)"])],
                Ok("\tx := g(1)\n"),
            ),
            (
                "a\n",
                &[change(1, &[], &["use x;"]), change(1, &[], &["use y;"])],
                Ok("use x;\nuse y;\na\n"),
            ),
            ("a\n", &[change(1, &["b"], &["c"])], Err(1)),
            ("a\n", &[change(9, &["a"], &["c"])], Err(9)),
            (
                "a b c\n",
                &[
                    change(1, &["a b c"], &["a x c"]),
                    change(1, &["a b c"], &["a y c"]),
                ],
                Err(1),
            ),
            (
                "x\n\tif a {\n\tb\n",
                &[change(
                    2,
                    &["    if a {", "    b"],
                    &["    b", "    c", "    d"],
                )],
                Err(2),
            ),
        ];
        for (file, changes, expected) in cases {
            assert_eq!(
                applied(file, changes).as_deref(),
                expected.as_ref().map(|text| *text),
                "{file:?}"
            );
        }
    }

    #[test]
    fn the_same_change_told_twice_is_made_once() {
        let twice = [change(1, &["mut a"], &["a"]), change(1, &["mut a"], &["a"])];
        assert_eq!(applied("mut a\n", &twice).as_deref(), Ok("a\n"));
    }
}
