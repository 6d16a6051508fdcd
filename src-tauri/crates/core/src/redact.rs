//! Redaction: secrets in text become marks before anything is stored, shown or sent.
//!
//! One pass over the keywords of all rules finds the lines worth a closer look; text without a keyword costs
//! nothing more. It never decides what is sensitive beyond secrets: names, mail addresses and paths stay.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use keywords::{Finder, Hit};

mod assignment;
mod keywords;
mod manifest;
mod name;
mod private_key;
mod rules;
mod services;
mod value;

/// How every mark begins. Marks hold no quote and no backslash, so that they may stand in a JSON string.
const MARK: &str = "‹redacted:";

/// `text` with every secret replaced by `‹redacted:rule#n›`, the same secret always by the same mark.
///
/// `n` counts the distinct secrets of a rule in order of appearance. Redacting twice changes nothing. JSON
/// stays JSON: a match never takes a quote or a part of an escape along.
pub fn redact(text: &str) -> Cow<'_, str> {
    Redactor::default().redact(text)
}

/// Redacts a stream piece by piece, keeping the numbers of the secrets it has seen.
///
/// Pieces must end where lines end; a private key may reach over several.
#[derive(Default)]
pub struct Redactor {
    marks: HashMap<String, String>,
    counts: HashMap<String, u32>,
    key_block: private_key::Block,
    /// The last line named a secret whose value may stand on the next: `- name: TOKEN`.
    announced: Option<assignment::Announced>,
}

/// A secret found in a line, as byte offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
    rule: &'static str,
    /// What it is a part of, when it is a part; else it is told by its own text.
    whole: Option<Arc<str>>,
}

impl Span {
    fn new(rule: &'static str, start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            rule,
            whole: None,
        }
    }
}

/// What a keyword leads to.
#[derive(Clone, Copy)]
enum Lead {
    Rule(usize),
    Name,
    KeyBlock,
}

struct Keywords {
    finder: Finder,
    leads: Vec<Lead>,
}

static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| {
    let mut words = Vec::new();
    let mut leads = Vec::new();
    for (number, rule) in rules::ALL.iter().enumerate() {
        for word in rule.keywords {
            words.push(*word);
            leads.push(Lead::Rule(number));
        }
    }
    let services = services::SERVICES.iter().map(|(name, _)| name);
    for word in name::WORDS.iter().chain(services) {
        words.push(word);
        leads.push(Lead::Name);
    }
    words.push(private_key::KEYWORD);
    leads.push(Lead::KeyBlock);
    Keywords {
        finder: Finder::new(&words),
        leads,
    }
});

impl Redactor {
    /// The next piece of the stream, redacted.
    pub fn redact<'text>(&mut self, text: &'text str) -> Cow<'text, str> {
        let carried = self.key_block.is_open() || self.announced.is_some();
        let mut hits = KEYWORDS.finder.find(text).peekable();
        if !carried && hits.peek().is_none() {
            return Cow::Borrowed(text);
        }
        self.skip_numbers_in_use(text);

        let mut out = String::new();
        let mut copied = 0;
        let mut leads: Vec<(Lead, usize)> = Vec::new();
        let mut line_start = 0;
        let mut manifest_values = manifest::secret_values(text).into_iter().peekable();
        while line_start < text.len() {
            // Far from a keyword whole runs of lines are passed over at once.
            if !self.key_block.is_open() && self.announced.is_none() {
                let next_hit = hits.peek().map_or(text.len(), |hit: &Hit| hit.start);
                let next_value = manifest_values.peek().map_or(text.len(), |span| span.start);
                let next = next_hit.min(next_value);
                if let Some(end) = text.as_bytes()[line_start..next]
                    .iter()
                    .rposition(|&b| b == b'\n')
                {
                    line_start += end + 1;
                } else if next == text.len() {
                    break;
                }
            }
            let line_end = text[line_start..]
                .find('\n')
                .map_or(text.len(), |at| line_start + at + 1);
            let line = &text[line_start..line_end];

            leads.clear();
            while let Some(hit) = hits.next_if(|hit| hit.end <= line_end) {
                leads.push((KEYWORDS.leads[hit.word], hit.end - line_start));
            }
            let mut spans = self.spans(line, &leads, &text[line_end..]);
            while let Some(span) = manifest_values.next_if(|span| span.end <= line_end) {
                let span = Span {
                    start: span.start - line_start,
                    end: span.end - line_start,
                    ..span
                };
                add(&mut spans, line, span);
            }
            spans.sort_by_key(|span| span.start);
            for span in spans {
                out.push_str(&text[copied..line_start + span.start]);
                out.push_str(self.mark(&span, line));
                copied = line_start + span.end;
            }
            line_start = line_end;
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }

    fn spans(&mut self, line: &str, leads: &[(Lead, usize)], rest: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        let opens_key = leads.iter().any(|(lead, _)| matches!(lead, Lead::KeyBlock));
        if opens_key || self.key_block.is_open() {
            for span in self.key_block.read(line, rest) {
                add(&mut spans, line, span);
            }
        }
        let mut numbers: Vec<usize> = leads
            .iter()
            .filter_map(|(lead, _)| match lead {
                Lead::Rule(number) => Some(*number),
                _ => None,
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            for span in rules::ALL[number].find(line) {
                add(&mut spans, line, span);
            }
        }
        if let Some(announced) = self.announced.take()
            && let Some(span) = announced.value(line)
        {
            add(&mut spans, line, span);
        }
        let mut done = 0;
        for (lead, at) in leads {
            if !matches!(lead, Lead::Name) || *at <= done {
                continue;
            }
            let name = assignment::Name::around(line, *at);
            let (span, read) = name.value(line);
            done = read;
            if let Some(span) = span {
                add(&mut spans, line, span);
            }
            self.announced = name.announces(line).or(self.announced.take());
        }
        spans
    }

    fn mark(&mut self, span: &Span, line: &str) -> &str {
        let secret = span.whole.as_deref().unwrap_or(&line[span.start..span.end]);
        let counts = &mut self.counts;
        self.marks.entry(secret.to_owned()).or_insert_with(|| {
            let count = counts.entry(span.rule.to_owned()).or_default();
            *count += 1;
            format!("{MARK}{}#{count}›", span.rule)
        })
    }

    /// Marks that are in the text already keep their numbers to themselves.
    fn skip_numbers_in_use(&mut self, text: &str) {
        if text.is_ascii() {
            return;
        }
        for (at, _) in text.match_indices(MARK) {
            let inner = &text[at + MARK.len()..];
            let Some((rule, number)) = inner
                .split_once('›')
                .and_then(|(inner, _)| inner.split_once('#'))
            else {
                continue;
            };
            let (true, Ok(number)) = (rule.len() < 40, number.parse::<u32>()) else {
                continue;
            };
            let count = self.counts.entry(rule.to_owned()).or_default();
            *count = number.max(*count);
        }
    }
}

/// Adds `span` unless it overlaps one that is there, or touches a mark: what is left of a value beside a mark
/// was judged together with it before.
fn add(spans: &mut Vec<Span>, line: &str, span: Span) {
    let free = spans
        .iter()
        .all(|other| span.end <= other.start || other.end <= span.start);
    let marked = line[..span.start].ends_with('›')
        || line[span.end..].starts_with(MARK)
        || line[span.start..span.end].contains(['‹', '›']);
    if free && !marked && span.start < span.end {
        spans.push(span);
    }
}

#[cfg(test)]
mod tests;
