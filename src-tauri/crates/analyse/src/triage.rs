//! Triage: is an issue a bug, a feature or a question? Without a language model and without the network.
//!
//! Two judges that are one: general knowledge of how people write (`lexicon.txt`, `signs`) speaks from the first
//! issue; where a repository's own labelled issues are given, a regression over words and signs starts from it and
//! learns how *they* write. It says nothing about how much an issue matters.

mod learn;
mod lexicon;
mod page;
mod signs;
mod terms;

use serde::{Deserialize, Serialize};

use self::learn::Weights;
use self::signs::Signs;
use self::terms::Vocabulary;

/// What an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Something does not do what it should.
    Bug,
    /// Something is wished for.
    Feature,
    /// Somebody wants to know something, or needs help with their own work.
    Question,
}

/// Every label, in the order of [`Label`].
pub const LABELS: [Label; 3] = [Label::Bug, Label::Feature, Label::Question];

impl Label {
    /// Its name: `bug`, `feature` or `question`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Feature => "feature",
            Self::Question => "question",
        }
    }

    /// The label a repository means by `written`: `kind/bug`, `type: enhancement`, `Support`.
    pub fn meant_by(written: &str) -> Option<Self> {
        let lower = written.to_lowercase();
        let words: Vec<&str> = lower
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        // "not a bug" and "needs: bug report" say something about the handling, not what it is.
        if words
            .iter()
            .any(|word| matches!(*word, "not" | "no" | "needs" | "need" | "invalid" | "good"))
        {
            return None;
        }
        words.iter().find_map(|word| match *word {
            "bug" | "bugs" | "defect" | "regression" | "crash" => Some(Self::Bug),
            "feature" | "features" | "enhancement" | "enhancements" | "proposal" | "suggestion"
            | "improvement" | "wish" | "wishlist" => Some(Self::Feature),
            "question" | "questions" | "support" | "help" if !words.contains(&"wanted") => {
                Some(Self::Question)
            }
            _ => None,
        })
    }
}

/// What is read of an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub body: String,
}

/// A judgement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The likeliest label.
    pub label: Label,
    /// How likely, 0 to 1.
    pub confidence: f32,
}

/// Tells bug, feature and question apart.
pub struct Judge {
    learnt: Option<(Vocabulary, Weights)>,
}

/// The most issues learnt from: more teach little and cost time.
const LESSONS: usize = 2_000;
/// What makes confidence without lessons as high as it is right: signs count little each where lessons follow.
const CONVICTION: f32 = 1.8;
/// Below this number of labelled issues general knowledge alone is the better judge.
const FEW: usize = 10;

impl Judge {
    /// A judge that knows no repository.
    pub fn cold() -> Self {
        Self { learnt: None }
    }

    /// A judge that learnt from the labelled issues of one repository, most telling first; of very many the first
    /// 2,000 count, and of very few none.
    pub fn trained(lessons: &[(Report, Label)]) -> Self {
        let lessons = &lessons[..lessons.len().min(LESSONS)];
        if lessons.len() < FEW {
            return Self::cold();
        }
        let (vocabulary, rows) = Vocabulary::of(lessons.iter().map(|(report, _)| report));
        let signs: Vec<Signs> = lessons
            .iter()
            .map(|(report, _)| Signs::of(report))
            .collect();
        let labels: Vec<Label> = lessons.iter().map(|(_, label)| *label).collect();
        let weights = Weights::learn(&rows, &signs, &labels, vocabulary.len());
        Self {
            learnt: Some((vocabulary, weights)),
        }
    }

    /// What `report` is.
    pub fn judge(&self, report: &Report) -> Judgement {
        let signs = Signs::of(report);
        let scores = match &self.learnt {
            None => signs.opinion().map(|score| score * CONVICTION),
            Some((vocabulary, weights)) => weights.scores(&vocabulary.row(report), &signs),
        };
        let shares = learn::shares(scores);
        let best = (0..LABELS.len())
            .max_by(|one, other| shares[*one].total_cmp(&shares[*other]))
            .unwrap_or_default();
        Judgement {
            label: LABELS[best],
            confidence: shares[best],
        }
    }
}

#[cfg(test)]
mod tests;
