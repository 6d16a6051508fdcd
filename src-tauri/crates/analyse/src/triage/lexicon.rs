//! The list of signs, `lexicon.txt`: groups of phrases people write when they report a bug, wish for a feature or ask,
//! and the shapes an issue may have.

use std::sync::LazyLock;

use super::page::words;
use super::{LABELS, Label};

/// Where a phrase counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere in the title.
    Title,
    /// Where the title begins.
    Start,
    /// In what was written below it.
    Prose,
    /// Where a heading begins.
    Heading,
    /// Not a phrase but how the issue is built.
    Shape,
}

/// Phrases that mean the same, or a shape.
pub(super) struct Sign {
    pub(super) place: Place,
    /// What it speaks for, if for anything.
    pub(super) label: Option<Label>,
    /// Its mean over many issues, and how far they lie from it.
    pub(super) typical: f32,
    pub(super) spread: f32,
    phrases: Vec<Phrase>,
    name: &'static str,
}

/// A phrase as `words` writes it, with the space before it; with the one behind it unless only its beginning counts.
struct Phrase(String);

static SIGNS: LazyLock<Vec<Sign>> = LazyLock::new(|| {
    include_str!("lexicon.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(read)
        .collect()
});

/// All signs, in the order of the file.
pub(super) fn signs() -> &'static [Sign] {
    &SIGNS
}

fn read(line: &'static str) -> Sign {
    let mut fields = line.splitn(5, '\t');
    let mut field = || fields.next().unwrap_or_default();
    let place = match field() {
        "title" => Place::Title,
        "start" => Place::Start,
        "prose" => Place::Prose,
        "heading" => Place::Heading,
        "shape" => Place::Shape,
        other => unreachable!("`{other}` is no place"),
    };
    let label = field();
    let label = LABELS.into_iter().find(|one| one.as_str() == label);
    let number = |text: &str| text.parse().expect("the file gives a number");
    let (typical, spread) = (number(field()), number(field()));
    let name = field();
    let phrases = name.split('|').map(|phrase| {
        let words = words(phrase.trim_end_matches('*'));
        Phrase(if phrase.ends_with('*') {
            words.trim_end().to_owned()
        } else {
            words
        })
    });
    Sign {
        place,
        label,
        typical,
        spread,
        phrases: phrases.collect(),
        name,
    }
}

impl Sign {
    /// How often its phrases stand in `words`.
    pub(super) fn count(&self, words: &str) -> usize {
        let times = |phrase: &Phrase| words.matches(phrase.0.as_str()).count();
        self.phrases.iter().map(times).sum()
    }

    /// Whether `words` begin with one of its phrases.
    pub(super) fn opens(&self, words: &str) -> bool {
        self.phrases
            .iter()
            .any(|phrase| words.starts_with(phrase.0.as_str()))
    }

    /// The shape's name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}
