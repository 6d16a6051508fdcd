//! The words of issues as numbers: terms of title, body and form, weighted by how rare they are.

use std::collections::{BTreeMap, HashMap};

use super::Report;
use super::page::{Page, cut, words};

/// A row of a sparse matrix: columns, ascending, with their values.
pub(super) type Row = Vec<(u32, f32)>;

/// Body beyond this many bytes is not read for words.
const BODY: usize = 1_000;
/// Longer lines are prose, not part of a form.
const LINE: usize = 100;
/// Terms of an issue at most, of each kind.
const MOST: usize = 4_000;

/// What a term is taken from. Terms of one kind weigh together as much as those of another.
const KINDS: [Kind; 4] = [
    Kind {
        terms: |report, _| pairs(&words(&report.title)),
        least: 1,
    },
    Kind {
        terms: |report, _| pieces(&words(&report.title)),
        least: 2,
    },
    Kind {
        terms: |_, page| pairs(&words(cut(page.text.trim_start(), BODY))),
        least: 1,
    },
    Kind {
        terms: |_, page| form(page),
        least: 2,
    },
];

struct Kind {
    terms: fn(&Report, &Page) -> Vec<String>,
    /// In how many issues a term must stand to count.
    least: u32,
}

/// The terms of many issues.
pub(super) struct Vocabulary {
    /// Column and weight of a term, by kind.
    terms: [HashMap<String, (u32, f32)>; KINDS.len()],
    columns: u32,
}

impl Vocabulary {
    /// The terms of `reports`, and each report as a row.
    pub(super) fn of<'a>(reports: impl Iterator<Item = &'a Report>) -> (Self, Vec<Row>) {
        let counted: Vec<[BTreeMap<String, u32>; KINDS.len()]> = reports.map(count).collect();
        let mut vocabulary = Self {
            terms: Default::default(),
            columns: 0,
        };
        for (kind, of) in KINDS.iter().enumerate() {
            let mut found: BTreeMap<&str, u32> = BTreeMap::new();
            for term in counted.iter().flat_map(|report| report[kind].keys()) {
                *found.entry(term).or_default() += 1;
            }
            for (term, reports) in found {
                if reports >= of.least {
                    let weight = rarity(counted.len(), reports);
                    let column = (vocabulary.columns, weight);
                    vocabulary.terms[kind].insert(term.to_owned(), column);
                    vocabulary.columns += 1;
                }
            }
        }
        let rows = counted
            .iter()
            .map(|report| vocabulary.row_of(report))
            .collect();
        (vocabulary, rows)
    }

    /// How many columns a row may have.
    pub(super) fn len(&self) -> usize {
        self.columns as usize
    }

    /// A report as a row; terms nobody has seen before count nothing.
    pub(super) fn row(&self, report: &Report) -> Row {
        self.row_of(&count(report))
    }

    fn row_of(&self, counted: &[BTreeMap<String, u32>; KINDS.len()]) -> Row {
        let mut row = Row::new();
        for (terms, known) in counted.iter().zip(&self.terms) {
            let begin = row.len();
            for (term, times) in terms {
                if let Some((column, weight)) = known.get(term) {
                    row.push((*column, (1.0 + small(*times).ln()) * weight));
                }
            }
            let length = row[begin..]
                .iter()
                .map(|(_, value)| value * value)
                .sum::<f32>();
            for (_, value) in &mut row[begin..] {
                *value /= length.sqrt();
            }
        }
        row.sort_unstable_by_key(|(column, _)| *column);
        row
    }
}

fn count(report: &Report) -> [BTreeMap<String, u32>; KINDS.len()] {
    let page = Page::of(report);
    KINDS.each_ref().map(|kind| {
        let mut counted = BTreeMap::new();
        for term in (kind.terms)(report, &page).into_iter().take(MOST) {
            *counted.entry(term).or_default() += 1;
        }
        counted
    })
}

#[expect(clippy::cast_precision_loss, reason = "at most thousands of issues")]
fn rarity(all: usize, with_it: u32) -> f32 {
    ((1.0 + all as f32) / (1.0 + small(with_it))).ln() + 1.0
}

#[expect(clippy::cast_precision_loss, reason = "at most thousands")]
fn small(number: u32) -> f32 {
    number as f32
}

/// Words, and each with the next.
fn pairs(words: &str) -> Vec<String> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut terms: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    terms.extend(words.windows(2).map(|pair| pair.join(" ")));
    terms
}

/// Three to five letters in a row within a word and its ends.
fn pieces(words: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for word in words.split_whitespace() {
        let letters: Vec<char> = format!(" {word} ").chars().collect();
        for length in 3..=5 {
            pieces.extend(
                letters
                    .windows(length)
                    .map(|piece| piece.iter().collect::<String>()),
            );
        }
    }
    pieces
}

/// What an issue form leaves: headings, their answers, and short lines, digits masked.
fn form(page: &Page) -> Vec<String> {
    let masked = |text: &str| words(text).replace(|letter: char| letter.is_ascii_digit(), "0");
    let mut terms = Vec::new();
    for (heading, answer) in &page.sections {
        let heading = masked(heading);
        if answer.len() < LINE / 2 {
            terms.push(format!("{heading}={}", masked(answer)));
        }
        terms.push(format!("{heading}="));
    }
    let lines = page.text.lines().map(str::trim);
    let short = lines.filter(|line| !line.is_empty() && line.len() < LINE);
    terms.extend(short.map(masked));
    terms
}
