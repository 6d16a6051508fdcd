//! What looking back taught: a rule that would have been noise in a repository starts silent there.
//!
//! It stays silent until the user accepts one of its suggestions, lifts it, or another look back finds it right more
//! often. What is urgent is never silenced by the past.

use jiff::Timestamp;
use perch_core::suggestion::{Level, Suggestion};
use perch_store::table::feedback::Answer;
use perch_store::table::hindsight::Fared;

use super::Surroundings;
use super::learnt::{Acceptance, at_most};

/// A rule of which at most this share proves right is noise; five times and never right is the least that shows it.
///
/// It is a larger share than answers need, since advice can be right and not be followed, and smaller than chance: of the
/// lines of a file that is worked on, more than this change within a fortnight by themselves.
const NOISE: f64 = 0.25;

/// True when a rule that fared so would have been noise.
pub(crate) fn is_noise(fared: &Fared) -> bool {
    at_most(f64::from(fared.proved), f64::from(fared.told)) < NOISE
}

/// True when the user accepted a suggestion of the rule these answers are about.
pub(crate) fn is_wanted(answers: &[Answer], now: Timestamp) -> bool {
    Acceptance::of(answers, now).yes > 0
}

/// Why `suggestion` shows no toast, where the past of its repository says so.
pub(super) fn allows(suggestion: &Suggestion, around: &Surroundings<'_>) -> Result<(), String> {
    let Some(fared) = around.hindsight.filter(|fared| is_noise(fared)) else {
        return Ok(());
    };
    if suggestion.level == Level::Urgent || is_wanted(around.answers, around.now) {
        return Ok(());
    }
    let times = match fared.proved {
        0 => "none".to_owned(),
        proved => proved.to_string(),
    };
    Err(format!(
        "looking back, {times} of {} of its kind proved right in this repository, so `{}` starts silent here; accepting one or \
         `perch filters lift {}` lets it speak",
        fared.told, fared.rule, fared.rule
    ))
}
