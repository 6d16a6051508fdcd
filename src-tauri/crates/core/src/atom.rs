//! Prompt atoms: the small pieces a system prompt is put together from, and when each is fit. Pure.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an atom is about.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// How it sounds.
    #[default]
    Tone,
    /// What is built with.
    Stack,
    /// Whose eyes it is seen with.
    Perspective,
    /// Where the work stands: a release, a clean-up.
    Phase,
    /// The business.
    Domain,
    /// What must not be.
    Constraint,
    /// How a good one looks.
    Example,
    /// What it is for.
    Goal,
    /// What could go wrong.
    Risk,
}

impl Category {
    /// Every category, in the order of a prompt.
    pub const ALL: [Self; 9] = [
        Self::Goal,
        Self::Constraint,
        Self::Tone,
        Self::Perspective,
        Self::Stack,
        Self::Domain,
        Self::Phase,
        Self::Risk,
        Self::Example,
    ];
}

/// A piece of a system prompt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Atom {
    /// Its id: `tone/plain`.
    pub id: String,
    /// What it is about.
    pub category: Category,
    /// What the model is told. `{{ value }}` stands for the slider's value.
    pub text: String,
    /// How much it counts among those that fit, 1 unless said otherwise.
    pub weight: f64,
    /// When it fits; what is empty fits always.
    pub fits: Fits,
}

/// When an atom fits. Every field given must fit; of its words one is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Fits {
    /// Words of the user's role: `backend`.
    pub roles: Vec<String>,
    /// Words of the user's business: `fintech`.
    pub verticals: Vec<String>,
    /// What the user builds with: `rust`.
    pub stacks: Vec<String>,
    /// Words of the user's tone.
    pub tones: Vec<String>,
    /// Words of whose eyes the user looks through.
    pub perspectives: Vec<String>,
    /// `low`, `medium` or `high`.
    pub risk_tolerances: Vec<String>,
    /// Words of the vibe's name: `release`.
    pub vibes: Vec<String>,
    /// Event types, or beginnings of them: `repo.pr`.
    pub events: Vec<String>,
    /// The slider it follows: its weight grows with the slider's value.
    pub slider: Option<String>,
    /// True turns that round: its weight grows as the slider falls.
    pub falling: bool,
}

/// What an atom was worth to a user so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Worth {
    /// Suggestions it shaped that were taken.
    pub accepted: u32,
    /// Suggestions it shaped that were not.
    pub rejected: u32,
}

impl Worth {
    /// The share of suggestions that were taken, drawn to a half while few were answered. 0 to 1.
    pub fn success(self) -> f64 {
        /// Answers that count as seen before the first.
        const PRIOR: f64 = 4.0;
        let accepted = f64::from(self.accepted);
        (accepted + PRIOR / 2.0) / (accepted + f64::from(self.rejected) + PRIOR)
    }
}
