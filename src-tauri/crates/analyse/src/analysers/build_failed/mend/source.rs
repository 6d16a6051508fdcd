//! A file of the repository by its lines, and changes of them.

use crate::explain::LineChange;

/// A file as it is.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    /// Its path in the repository.
    pub(super) path: String,
    /// Its text.
    pub(super) text: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: impl Into<String>, text: &'a str) -> Self {
        Self {
            path: path.into(),
            text,
            lines: text
                .split('\n')
                .map(|line| line.trim_end_matches('\r'))
                .collect(),
        }
    }

    /// The 1-based line `number` without its end.
    pub(super) fn line(&self, number: u32) -> Option<&'a str> {
        self.lines.get(index(number)?).copied()
    }

    /// Every line with its 1-based number. A text that ends in a line end has an empty one after it.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = (u32, &'a str)> {
        (1..)
            .zip(self.lines.iter().copied())
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// `after` in the place of line `number`; nothing if it is the same.
    pub(super) fn replaced(&self, number: u32, after: impl Into<String>) -> Option<LineChange> {
        let before = self.line(number)?;
        let after = after.into();
        (before != after).then(|| self.change(number, vec![before.to_owned()], vec![after]))
    }

    /// `text` in the place of the bytes `range` of line `number`.
    pub(super) fn spliced(
        &self,
        number: u32,
        range: std::ops::Range<usize>,
        text: &str,
    ) -> Option<LineChange> {
        let line = self.line(number)?;
        let (head, tail) = (line.get(..range.start)?, line.get(range.end..)?);
        self.replaced(number, format!("{head}{text}{tail}"))
    }

    /// `lines` before line `number`.
    pub(super) fn inserted(&self, number: u32, lines: Vec<String>) -> LineChange {
        self.change(number, Vec::new(), lines)
    }

    /// Line `number` gone.
    pub(super) fn removed(&self, number: u32) -> Option<LineChange> {
        let before = self.line(number)?.to_owned();
        Some(self.change(number, vec![before], Vec::new()))
    }

    /// The lines `before`, which begin at `number`, as `after`.
    pub(super) fn change(
        &self,
        number: u32,
        before: Vec<String>,
        after: Vec<String>,
    ) -> LineChange {
        LineChange {
            path: self.path.clone(),
            line: number,
            before,
            after,
        }
    }

    /// The byte of the 1-based `column` of line `number`, counted in characters.
    pub(super) fn byte(&self, number: u32, column: u32) -> Option<usize> {
        let line = self.line(number)?;
        let column = index(column)?;
        line.char_indices()
            .map(|(at, _)| at)
            .chain([line.len()])
            .nth(column)
    }

    /// Where `word` stands as a whole word on line `number`, if it does so once, or once at `column` or after it.
    pub(super) fn word(&self, number: u32, column: Option<u32>, word: &str) -> Option<usize> {
        let line = self.line(number)?;
        let places: Vec<usize> = words(line, word).collect();
        match (places.as_slice(), column) {
            ([only], _) => Some(*only),
            (places, Some(column)) => {
                let from = self.byte(number, column)?;
                places.iter().copied().find(|&at| at >= from)
            }
            _ => None,
        }
    }
}

/// Where `word` stands as a whole word in `line`.
pub(super) fn words<'a>(line: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    line.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

/// True for a character of a name.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// The white space `line` begins with.
pub(super) fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}
