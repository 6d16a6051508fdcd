//! Is it known already? Issues whose words, errors and stack frames are like this one's, by BM25.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, with its usual constants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use perch_core::facts::Ticket;
use perch_core::finding::Point;
use regex::Regex;

use crate::conversation::page;

/// An issue that is like it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    pub(super) number: u64,
    pub(super) title: String,
    url: Option<String>,
    open: bool,
    /// How alike, 0 to 1.
    pub(super) score: f32,
    /// True when it may be called a duplicate.
    pub(super) sure: bool,
    /// What they share, in words.
    shared: String,
}

/// Saturation and length of BM25.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// A word of the title is worth this many of the text.
const TITLE: u32 = 3;
/// Text beyond this many bytes is not compared.
const BODY: usize = 4_000;
/// A collection smaller than this says nothing about how rare a word is.
const LEAST: f32 = 30.0;
/// Likeness from which an issue is named, and from which it is called a duplicate.
const ALIKE: f32 = 0.35;
const SAME: f32 = 0.62;
/// Issues named at most.
const MOST: usize = 3;

/// Issues like `ticket`, the most alike first.
pub(super) fn find(ticket: &Ticket, issues: &[Ticket]) -> Vec<Match> {
    let query = Document::of(ticket);
    let documents: Vec<Document> = issues.iter().map(Document::of).collect();
    let rarity = Rarity::of(&documents, &query);
    let own = rarity.score(&query, &query);
    let own_title = rarity.weight(&query.title);
    let mut found: Vec<Match> = issues
        .iter()
        .zip(&documents)
        .filter(|(issue, _)| issue.number != ticket.number)
        .filter_map(|(issue, document)| {
            let words = rarity.score(&query, document) / own.max(f32::EPSILON);
            let both: BTreeSet<&String> = query.title.intersection(&document.title).collect();
            let titles = rarity.weight(both.iter().copied())
                / own_title
                    .max(rarity.weight(&document.title))
                    .max(f32::EPSILON);
            let frames = query.frames.intersection(&document.frames).count();
            let error = query.errors.intersection(&document.errors).next();
            judged(issue, words, titles, both.len(), frames, error)
        })
        .collect();
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    found.truncate(MOST);
    found
}

fn judged(
    issue: &Ticket,
    words: f32,
    titles: f32,
    shared_words: usize,
    frames: usize,
    error: Option<&String>,
) -> Option<Match> {
    let alike = (0.5 * titles + 0.5 * words.min(1.0)).max(0.9 * titles);
    let (score, shared) = match error {
        Some(error) => (alike.max(0.8), format!("the same error, `{error}`")),
        None if frames >= 2 => (
            alike.max(0.75),
            format!("{frames} frames of the stack trace"),
        ),
        None => (alike, "most words".to_owned()),
    };
    let said_alike = titles >= 0.6 && shared_words >= 3;
    (score >= ALIKE && (shared_words >= 2 || score >= SAME)).then(|| Match {
        number: issue.number,
        title: issue.title.clone(),
        url: issue.url.clone(),
        open: issue.open,
        score: score.min(1.0),
        sure: error.is_some() || frames >= 2 || (score >= SAME && said_alike),
        shared,
    })
}

pub(super) fn point(known: &Match) -> Point {
    let state = if known.open { "open" } else { "closed" };
    let how = if known.sure {
        format!("shares {}", known.shared)
    } else {
        "may be about the same".into()
    };
    Point {
        text: format!("#{} “{}” ({state}) {how}", known.number, known.title),
        evidence: known
            .url
            .iter()
            .map(|url| page(format!("issue #{}, {state}", known.number), url))
            .collect(),
        todo: !known.sure,
    }
}

/// What is compared of an issue.
struct Document {
    /// Terms and how often they stand there, the title's more than once.
    terms: BTreeMap<String, u32>,
    length: f32,
    title: BTreeSet<String>,
    frames: BTreeSet<String>,
    errors: BTreeSet<String>,
}

static FRAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?m)File "(?:[^"]*/)?(?P<py>[\w.-]+)", line \d+, in (?P<pyf>[\w<>]+)"#,
        r"|^\s*at (?P<jsf>[\w.$<>]+)[^(\n]*\((?:[^()\n]*/)?(?P<js>[\w.-]+\.\w+):\d+",
        r"|^\s+(?:at )?(?:\S*/)?(?P<rs>[\w.-]+\.(?:rs|go|c|cc|cpp|rb)):\d+",
    ))
    .expect("a valid pattern")
});
static ERROR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^.{0,40}?\b(?P<error>(?:\w+(?:Error|Exception)|panicked at|fatal error|error\[\w+\]|FATAL|Uncaught \w+)\b[: ].{8,160})$")
        .expect("a valid pattern")
});
static MASKED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"0x[0-9a-fA-F]+|\d+|"[^"]*"|'[^']*'|(?:/[\w.-]+)+"#).expect("a valid pattern")
});

/// Words that say nothing about what an issue is about.
const STOP: &[&str] = &[
    "the",
    "and",
    "for",
    "with",
    "when",
    "that",
    "this",
    "from",
    "not",
    "are",
    "was",
    "but",
    "can",
    "does",
    "have",
    "has",
    "after",
    "while",
    "into",
    "bug",
    "issue",
    "error",
    "problem",
    "feature",
    "request",
    "question",
    "expected",
    "behavior",
    "behaviour",
    "steps",
    "reproduce",
    "version",
    "describe",
    "actual",
    "current",
    "please",
    "would",
    "should",
    "there",
    "what",
    "which",
    "using",
    "use",
    "you",
    "your",
    "will",
    "how",
    "why",
    "its",
    "it",
    "is",
    "in",
    "on",
    "of",
    "to",
    "a",
    "an",
    "i",
    "my",
    "we",
    "be",
    "as",
    "at",
    "or",
    "if",
    "do",
    "no",
    "so",
    "by",
];

impl Document {
    fn of(ticket: &Ticket) -> Self {
        let body = &ticket.body[..ticket.body.floor_char_boundary(BODY)];
        let title: BTreeSet<String> = terms(&ticket.title).collect();
        let mut counted: BTreeMap<String, u32> = BTreeMap::new();
        for term in terms(body) {
            *counted.entry(term).or_default() += 1;
        }
        for term in &title {
            *counted.entry(term.clone()).or_default() += TITLE;
        }
        let frames = FRAME.captures_iter(body).filter_map(|found| {
            let file = ["py", "js", "rs"]
                .iter()
                .find_map(|name| found.name(name))?
                .as_str();
            let function = ["pyf", "jsf"].iter().find_map(|name| found.name(name));
            let function = function.map_or("", |found| found.as_str());
            Some(format!("{file}:{function}"))
        });
        let errors = ERROR.captures_iter(body).map(|found| {
            let error = MASKED.replace_all(found["error"].trim(), "…");
            error.into_owned()
        });
        Self {
            length: small(counted.values().sum()),
            frames: frames.collect(),
            errors: errors.filter(|error| error.len() > 16).collect(),
            terms: counted,
            title,
        }
    }
}

fn terms(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| word.chars().count() >= 2 && word.parse::<u64>().is_err())
        .map(str::to_lowercase)
        .filter(|word| !STOP.contains(&word.as_str()))
        .map(|word| stem(&word).to_owned())
}

/// `word` without the endings of plural and tense, so that "crashes" and "crashed" are "crash".
fn stem(word: &str) -> &str {
    ["ing", "ies", "ed", "es", "s"]
        .iter()
        .filter_map(|ending| word.strip_suffix(ending))
        .find(|stem| stem.len() >= 4 && stem.is_ascii())
        .unwrap_or(word)
}

/// How rare the terms of a collection are.
struct Rarity<'a> {
    with_it: BTreeMap<&'a str, u32>,
    documents: f32,
    mean_length: f32,
}

impl<'a> Rarity<'a> {
    fn of(documents: &'a [Document], query: &'a Document) -> Self {
        let mut with_it: BTreeMap<&str, u32> = BTreeMap::new();
        let all = || documents.iter().chain([query]);
        for term in all().flat_map(|document| document.terms.keys()) {
            *with_it.entry(term).or_default() += 1;
        }
        let count = small(u32::try_from(documents.len() + 1).unwrap_or(u32::MAX));
        Self {
            with_it,
            documents: count.max(LEAST),
            mean_length: all().map(|document| document.length).sum::<f32>() / count,
        }
    }

    fn idf(&self, term: &str) -> f32 {
        let with_it = small(self.with_it.get(term).copied().unwrap_or(0));
        (1.0 + (self.documents - with_it + 0.5) / (with_it + 0.5)).ln()
    }

    fn weight<'t>(&self, terms: impl IntoIterator<Item = &'t String>) -> f32 {
        terms.into_iter().map(|term| self.idf(term)).sum()
    }

    fn score(&self, query: &Document, document: &Document) -> f32 {
        let long = 1.0 - B + B * document.length / self.mean_length.max(1.0);
        query
            .terms
            .keys()
            .filter_map(|term| Some((term, small(*document.terms.get(term)?))))
            .map(|(term, times)| self.idf(term) * times * (K1 + 1.0) / (times + K1 * long))
            .sum()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and issues")]
fn small(number: u32) -> f32 {
    number as f32
}
