//! The signs an issue gives: how often which phrases stand where, and how it is built.
//!
//! Each sign is measured against what is typical of issues, so that all weigh alike.

use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{self, Place, Sign};
use super::page::{Page, cut, words};
use super::{LABELS, Report};

/// Prose beyond this many bytes is not asked for phrases: what somebody wants stands at the beginning.
const PROSE: usize = 1_500;
/// How far a sign may lie from what is typical, in spreads.
const FAR: f32 = 3.0;
/// What a sign that stands a spread above what is typical adds to its label; it takes half from each other.
const WEIGHT: f32 = 0.075;
/// Phrases in the prose are many and weigh more.
const PROSE_WEIGHT: f32 = 0.1125;

static TRACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?m)Traceback \(most recent|^\s+at [\w.$<>]+ ?\(|^\s+at .*:\d+:\d+|^\s*File \x22.*\x22, line \d+",
        r"|^#\d+ +0x|Exception in thread|panicked at|\bSIG(?:SEGV|ABRT)|core dumped|AddressSanitizer",
    ))
    .expect("a valid pattern")
});
static VERSION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d+\.\d+\.\d+\b").expect("a valid pattern"));
static PICTURE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"!\[[^\]]*\]\([^)]*\)|<img").expect("a valid pattern"));
static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)(?:^|\s)#\d+").expect("a valid pattern"));
static MENTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)(?:^|\s)@\w+").expect("a valid pattern"));
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"https?://\S+").expect("a valid pattern"));

/// How strong each sign of the list is, in spreads above what is typical.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Signs(pub(super) Vec<f32>);

impl Signs {
    pub(super) fn of(report: &Report) -> Self {
        let raw = measured(report);
        let against =
            |(sign, raw): (&Sign, f32)| ((raw - sign.typical) / sign.spread).clamp(-FAR, FAR);
        Self(lexicon::signs().iter().zip(raw).map(against).collect())
    }

    /// What general knowledge makes of them: a score for each label.
    pub(super) fn opinion(&self) -> [f32; 3] {
        let mut scores = [0.0; 3];
        for (sign, strength) in lexicon::signs().iter().zip(&self.0) {
            for (score, weight) in scores.iter_mut().zip(weight(sign)) {
                *score += strength * weight;
            }
        }
        scores
    }
}

/// What a sign adds to each label before anything is learnt.
pub(super) fn weight(sign: &Sign) -> [f32; 3] {
    let weight = if sign.place == Place::Prose {
        PROSE_WEIGHT
    } else {
        WEIGHT
    };
    LABELS.map(|label| match sign.label {
        None => 0.0,
        Some(own) if own == label => weight,
        Some(_) => -weight / 2.0,
    })
}

/// The measure of every sign, in the order of the list.
pub(super) fn measured(report: &Report) -> Vec<f32> {
    let title = ADDRESS.replace_all(&report.title, " ").into_owned();
    let page = Page::of(report);
    let title_words = words(&title);
    let begin = title_words.strip_prefix(" [").unwrap_or(&title_words);
    let prose = words(cut(&page.prose, PROSE));
    let headings: Vec<String> = page
        .sections
        .iter()
        .map(|(heading, _)| words(heading))
        .collect();
    let measure = |sign: &Sign| match sign.place {
        Place::Title => few(sign.count(&title_words), 2),
        Place::Start => yes(sign.opens(begin)),
        Place::Prose => few(sign.count(&prose), 100).ln_1p(),
        Place::Heading => few(headings.iter().filter(|one| sign.opens(one)).count(), 3),
        Place::Shape => shape(sign.name(), &title, &page),
    };
    lexicon::signs().iter().map(measure).collect()
}

/// How an issue is built, by the name of the sign.
fn shape(name: &str, title: &str, page: &Page) -> f32 {
    let prose = page.prose.trim();
    let letters = title
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .count();
    let capitals = title.chars().filter(|letter| letter.is_uppercase()).count();
    match name {
        "stack trace" => yes(TRACE.is_match(&page.text)),
        "code blocks" => few(page.blocks, 3),
        "picture" => yes(PICTURE.is_match(&page.text)),
        "numbered steps" => few(page.numbered, 4),
        "bullets" => few(page.bullets, 4),
        "length" => few(prose.len(), usize::MAX).ln_1p(),
        "hardly a word" => yes(prose.len() < 120),
        "title length" => few(title.split_whitespace().count(), 20),
        "headings" => few(page.sections.len(), 6),
        "version" => yes(VERSION.is_match(prose)),
        "code in the title" => yes(title.contains('`')),
        "title in lower case" => yes(title.starts_with(char::is_lowercase)),
        "title in capitals" => yes(capitals * 2 > letters.max(1)),
        "links" => few(ADDRESS.find_iter(&page.text).take(3).count(), 3),
        "refers to another" => yes(REFERENCE.is_match(&page.text)),
        "mentions somebody" => yes(MENTION.is_match(prose)),
        "ends as a question" => yes(prose.ends_with('?')),
        "declared a bug" => yes(declared(page, &["bug", "defect"])),
        "declared a feature" => yes(declared(page, &["feature", "enhanc", "proposal"])),
        "declared a question" => yes(declared(page, &["support", "question", "doc"])),
        other => unreachable!("`{other}` is no sign"),
    }
}

/// Whether a form's field for the type holds one of `kinds`.
fn declared(page: &Page, kinds: &[&str]) -> bool {
    let says = |line: &str| kinds.iter().any(|kind| line.contains(kind));
    page.sections.iter().any(|(heading, answer)| {
        words(heading).contains(" type ") && answer.len() < 60 && says(answer)
    })
}

fn yes(is: bool) -> f32 {
    f32::from(u8::from(is))
}

/// `count`, at most `most`.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts far below the first that loses a digit"
)]
fn few(count: usize, most: usize) -> f32 {
    count.min(most) as f32
}
