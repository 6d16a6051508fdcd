//! Private keys in PEM or PGP armour, over lines or in one line with escaped line ends.
//!
//! The armour stays, each line of the body becomes a mark, so that line numbers stay.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::Span;
use super::assignment::floor_boundary;

pub(super) const KEYWORD: &str = "-----BEGIN";
const END: &str = "-----END";
const RULE: &str = "private-key";
/// The longest block that is followed: a 16384-bit RSA key has under 200 lines.
const LINES: u32 = 250;
/// The longest block that is told from others by its text, in bytes.
const LONGEST: usize = 20_000;
/// A body line shorter than this is only taken near the end.
const LONG: usize = 16;

static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)-----BEGIN[ A-Z0-9_-]{0,40}PRIVATE KEY( BLOCK)?-----")
        .expect("the pattern is constant")
});

/// The block that is open at the end of what was read.
#[derive(Default)]
pub(super) struct Block {
    open: Option<Arc<str>>,
    lines: u32,
    long_lines: u32,
    short_lines: u32,
    opened: u32,
}

impl Block {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The parts of `line` that belong to a key; `rest` is what is known to follow.
    pub(super) fn read(&mut self, line: &str, rest: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut at = 0;
        // Where the next end stands; searched again only when it is behind.
        let mut next_end = line.find(END);
        loop {
            if next_end.is_some_and(|end| end < at) {
                next_end = line[at..].find(END).map(|end| at + end);
            }
            if let Some(whole) = self.open.clone() {
                let end = next_end;
                let again = line[at..].find(KEYWORD).map(|again| at + again);
                if again.is_some_and(|again| end.is_none_or(|end| again < end)) {
                    // The block before was cut off.
                    self.open = None;
                    continue;
                }
                let body = at..end.unwrap_or(line.len());
                let parts = self.body(&line[body.clone()], end.is_some());
                spans.extend(parts.into_iter().map(|part| Span {
                    start: body.start + part.start,
                    end: body.start + part.end,
                    rule: RULE,
                    whole: Some(whole.clone()),
                }));
                let Some(end) = end else { break };
                self.open = None;
                at = end + END.len();
            } else {
                let Some(header) = HEADER.find_at(line, at) else {
                    break;
                };
                at = header.end();
                let end = next_end
                    .filter(|end| *end >= at)
                    .or_else(|| next_end.and_then(|_| line[at..].find(END).map(|end| at + end)));
                self.enter(&line[at..], end.map(|end| end - at), rest);
            }
        }
        spans
    }

    fn enter(&mut self, line: &str, end: Option<usize>, rest: &str) {
        self.opened += 1;
        let body = match end {
            Some(end) => (end <= LONGEST).then(|| line[..end].to_owned()),
            None if line.len() > LONGEST => None,
            None => {
                let near = &rest[..floor_boundary(rest, LONGEST)];
                near.find("-----")
                    .filter(|&end| rest[end..].starts_with(END))
                    .map(|end| [line, &rest[..end]].concat())
            }
        };
        // Without its end in sight a key cannot be told from another by its beginning: those are alike.
        let whole = body.map_or_else(
            || format!("private key {}", self.opened),
            |body| {
                body.replace("\\n", "")
                    .chars()
                    .filter(|&c| is_base64(c))
                    .collect()
            },
        );
        self.open = Some(whole.into());
        (self.lines, self.long_lines, self.short_lines) = (0, 0, 0);
    }

    fn body(&mut self, segment: &str, ends_here: bool) -> Vec<Range<usize>> {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let quote = segment.find(['"', '\'', '`']).filter(|_| !ends_here);
        let cut_off = quote.filter(|&quote| {
            self.lines == 0 && !segment[..quote].trim_matches(['\\', 'n', 'r']).is_empty()
        });
        // A whole key in one string without its end: what follows the string is no part of it.
        let segment = &segment[..cut_off.unwrap_or(segment.len())];
        let mut start = 0;
        for piece in segment.split_inclusive(['"', '\'', '`', '<', '‹']) {
            let inner = trimmed(piece);
            let part = start + inner.start..start + inner.end;
            start += piece.len();
            let text = &segment[part.clone()];
            if text.contains("\\n") || text.contains("\\r") {
                let letters = text.chars().filter(|&c| is_base64(c)).count();
                if letters >= 2 * LONG && !text.contains(": ") {
                    self.long_lines += 1;
                    parts.push(part);
                }
                continue;
            }
            // A key in one line has spaces for line ends.
            let mut at = 0;
            for word in text.split_inclusive(' ') {
                let (begin, body) = (part.start + at, word.trim_end());
                at += word.len();
                if at < text.len() && body.len() >= LONG && body.chars().all(is_base64) {
                    self.long_lines += 1;
                    parts.push(begin..begin + body.len());
                }
            }
            // Logs put a time before each line; the body is the last word.
            let word = text.rfind([' ', '\t', '|']).map_or(0, |at| at + 1);
            let (word, body) = (part.start + word, &text[word..]);
            if body.is_empty() || !body.chars().all(is_base64) {
                continue;
            }
            if body.len() >= LONG {
                self.long_lines += 1;
            } else if self.long_lines > 0 && self.short_lines < 2 {
                self.short_lines += 1;
            } else {
                continue;
            }
            parts.push(word..part.end);
        }
        self.lines += 1;
        let blank = segment.trim().is_empty() || segment.contains(": ");
        let first = self.lines == 1;
        if cut_off.is_some() {
            self.open = None;
        }
        if !ends_here && (self.lines > LINES || (parts.is_empty() && !blank && !first)) {
            self.open = None;
        }
        parts
    }
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// `piece` without white space, quotes and escapes around it; no escape is cut in two.
fn trimmed(piece: &str) -> Range<usize> {
    let space = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '‹');
    let (mut start, mut end) = (0, piece.len());
    loop {
        let text = piece[start..end].trim_start_matches(space);
        start = end - text.len();
        let escape = match text.as_bytes() {
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            _ => break,
        };
        start = (start + escape).min(end);
        while !piece.is_char_boundary(start) {
            start += 1;
        }
    }
    loop {
        let text = piece[start..end].trim_end_matches(space);
        end = start + text.len();
        let escapes = ["\\n", "\\r", "\\t", "\\"];
        let Some(rest) = escapes.iter().find_map(|escape| text.strip_suffix(escape)) else {
            return start..end;
        };
        end = start + rest.len();
    }
}
