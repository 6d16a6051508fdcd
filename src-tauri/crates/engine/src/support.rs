//! The second opinion: what a draft states is held against its evidence, and what nothing bears out is dropped. Pure.
//!
//! It does not judge whether a statement is true, only whether what it names and counts is in what the model was shown.

use perch_core::draft::Draft;

use crate::prompt::Piece;

/// With less than this share of its statements left, a draft is not used.
const LEAST: f64 = 0.5;

/// What is left of a draft.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Supported {
    /// The draft without what nothing bears out, its marks turned into places.
    pub(crate) draft: Draft,
    /// What was dropped, as it was written.
    pub(crate) dropped: Vec<String>,
}

/// Holds `draft` against `pieces`; `shown` is all the model saw. `Err` says why it cannot be used.
pub(crate) fn supported(draft: Draft, pieces: &[Piece], shown: &str) -> Result<Supported, String> {
    let ground = Ground {
        pieces,
        shown: shown.to_lowercase(),
    };
    for (field, text) in [("title", &draft.title), ("why", &draft.why)] {
        if let Err(fault) = ground.bears(text) {
            return Err(format!("`{field}` {fault}"));
        }
    }
    let (explanation, dropped, kept) = ground.sift(&draft.explanation);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a draft has a few dozen sentences"
    )]
    let share = kept as f64 / (kept + dropped.len()).max(1) as f64;
    if explanation.trim().is_empty() || share < LEAST {
        let first = dropped.first().map_or("", String::as_str);
        return Err(format!(
            "{} of {} statements of `explanation` have no support in the evidence, such as “{first}”",
            dropped.len(),
            kept + dropped.len(),
        ));
    }
    // What others read is used whole or not at all.
    let comment = draft.comment.filter(|text| ground.bears(text).is_ok());
    Ok(Supported {
        draft: Draft {
            title: without_marks(&draft.title),
            why: without_marks(&draft.why),
            explanation,
            comment: comment.map(|text| without_marks(&text)),
        },
        dropped,
    })
}

struct Ground<'a> {
    pieces: &'a [Piece],
    shown: String,
}

impl Ground<'_> {
    /// The statements that are borne out, those that are not, and how many are.
    fn sift(&self, text: &str) -> (String, Vec<String>, usize) {
        let (mut kept_lines, mut dropped, mut kept) = (Vec::new(), Vec::new(), 0);
        let mut in_code = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
                kept_lines.push(line.to_owned());
                continue;
            }
            // What is proposed is new by its nature; it states nothing.
            if in_code || line.trim().is_empty() {
                kept_lines.push(line.to_owned());
                continue;
            }
            let mut rest = String::new();
            for sentence in sentences(line) {
                if self.bears(sentence).is_ok() {
                    kept += 1;
                    rest.push_str(&self.placed(sentence));
                } else {
                    dropped.push(sentence.trim().to_owned());
                }
            }
            if !rest.trim().trim_matches(['-', '*', ' ']).is_empty() {
                kept_lines.push(rest.trim_end().to_owned());
            }
        }
        (kept_lines.join("\n").trim().to_owned(), dropped, kept)
    }

    /// Whether all that `text` refers to, names and counts is there.
    fn bears(&self, text: &str) -> Result<(), String> {
        for mark in marks(text) {
            if !self.pieces.iter().any(|piece| piece.mark == mark) {
                return Err(format!("refers to [{mark}], which is no evidence"));
            }
        }
        let text = without_marks(text);
        for name in code_spans(&text) {
            if !self.has(name) {
                return Err(format!("names `{name}`, which the evidence lacks"));
            }
        }
        for number in numbers(&text) {
            if !self.has(number) {
                return Err(format!("says {number}, which the evidence lacks"));
            }
        }
        Ok(())
    }

    /// True if the model saw `text`, or all words of it.
    fn has(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.shown.contains(&text)
            || text
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .filter(|word| word.len() > 1)
                .all(|word| self.shown.contains(word))
    }

    /// A sentence with its marks turned into the places they stand for, where it does not name them itself.
    fn placed(&self, sentence: &str) -> String {
        let found: Vec<String> = marks(sentence)
            .filter_map(|mark| self.pieces.iter().find(|piece| piece.mark == mark))
            .filter_map(|piece| piece.place.clone())
            .filter(|place| !sentence.contains(place.as_str()))
            .collect();
        let bare = without_marks(sentence);
        let Some(place) = found.first() else {
            return bare;
        };
        let end = bare.trim_end().trim_end_matches(['.', '!', '?', ':']).len();
        let (words, stop) = bare.split_at(end);
        format!("{words} (`{place}`){stop}")
    }
}

/// The sentences of a line, each with what stands between it and the next.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut in_code = false;
        let mut end = rest.len();
        let bytes = rest.as_bytes();
        for (at, c) in rest.char_indices() {
            in_code ^= c == '`';
            let stops = matches!(c, '.' | '!' | '?') && !in_code;
            // A mark of evidence behind the stop belongs to the sentence before it.
            if stops && bytes.get(at + 1) == Some(&b' ') && bytes.get(at + 2) != Some(&b'[') {
                end = at + 2;
                break;
            }
        }
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence)
    })
}

/// The marks in `text`: `E2` of `[E2]` and of `[E1, E2]`.
fn marks(text: &str) -> impl Iterator<Item = &str> {
    brackets(text)
        .flat_map(|(_, inner)| inner.split([',', ' ']))
        .filter(|mark| !mark.is_empty())
}

/// Where `[E2]` and the like stand, and what is between the brackets.
fn brackets(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, &str)> {
    text.match_indices("[E").filter_map(|(start, _)| {
        let end = start + text[start..].find(']')?;
        let inner = &text[start + 1..end];
        let marks = inner.split([',', ' ']).filter(|mark| !mark.is_empty());
        let all = marks.clone().all(|mark| {
            mark.strip_prefix('E').is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
        all.then_some((start..end + 1, inner))
    })
}

fn without_marks(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut at = 0;
    for (range, _) in brackets(text) {
        let before = &text[at..range.start];
        bare.push_str(before.strip_suffix(' ').unwrap_or(before));
        at = range.end;
    }
    bare.push_str(&text[at..]);
    bare
}

/// What stands between single backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.filter(|span| span.chars().any(char::is_alphanumeric))
}

/// Numbers of two digits and more, versions and times as a whole.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | ',' | '-' | '_')))
        .map(|word| word.trim_matches(['.', ':', ',', '-', '_']))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .filter(|word| word.bytes().filter(u8::is_ascii_digit).count() > 1)
}

#[cfg(test)]
mod tests;
