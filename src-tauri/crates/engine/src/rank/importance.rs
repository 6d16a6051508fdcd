//! How much a suggestion matters to its user now, and why: impact × confidence × novelty × what was learnt.

use std::fmt;

use perch_core::suggestion::{Level, Suggestion};

use super::learnt::Acceptance;
use super::{Surroundings, involves_user};

/// Below this no toast is worth the interruption.
const TOAST: u8 = 40;

/// A rule that at most this share of is accepted shows no toasts, but for a probe now and then.
const UNWANTED: f64 = 0.15;

/// One in so many shows a toast all the same, so that a taste that changed is noticed.
const PROBE: u32 = 20;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Importance {
    /// 0 to 100.
    score: u8,
    learnt: Acceptance,
    alike: bool,
    /// True for the one in [`PROBE`].
    probe: bool,
    urgent: bool,
}

/// The importance of `suggestion`.
pub(super) fn of(suggestion: &Suggestion, around: &Surroundings<'_>) -> Importance {
    let event = &around.event.event;
    let base: f64 = match suggestion.level {
        Level::Urgent => 80.0,
        Level::Normal => 60.0,
        Level::Silent => 20.0,
    };
    let close = involves_user(around) || event.data["build"]["local"].as_bool().unwrap_or(false);
    let impact = base + if close { 10.0 } else { 0.0 };
    let confidence = 0.6 + 0.4 * f64::from(around.confidence.clamp(0.0, 1.0));
    let novelty = if around.alike { 0.5 } else { 1.0 };
    let learnt = Acceptance::of(around.answers, around.now);
    // As much as is expected of a rule nobody answered leaves it as it is.
    let taste = (2.0 * learnt.expected()).min(1.2);
    let bytes = suggestion.id.to_string();
    let sum: u32 = bytes.bytes().map(u32::from).sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it lies between 0 and 100"
    )]
    let score = (impact * confidence * novelty * taste)
        .clamp(0.0, 100.0)
        .round() as u8;
    Importance {
        score,
        learnt,
        alike: around.alike,
        probe: sum.is_multiple_of(PROBE),
        urgent: suggestion.level == Level::Urgent,
    }
}

impl Importance {
    /// Why it shows no toast, if it is not worth one.
    pub(super) fn worth_a_toast(self) -> Result<(), String> {
        if self.alike && !self.urgent {
            return Err(
                "another job on this commit failed for the same cause, and that is told already"
                    .into(),
            );
        }
        if self.learnt.at_most() < UNWANTED && !self.probe {
            return Err(format!(
                "you accepted {} of {} of its kind, so it waits in the inbox",
                self.learnt.yes, self.learnt.answers
            ));
        }
        // What is urgent is only kept from showing by the bound above.
        if self.score < TOAST && !self.urgent {
            return Err(format!(
                "{self}, and a toast needs {TOAST}, so it waits in the inbox"
            ));
        }
        Ok(())
    }
}

impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "importance {} of 100", self.score)?;
        match (self.learnt.yes, self.learnt.answers) {
            (_, 0) => Ok(()),
            (yes, answers) => write!(f, ", {yes} of {answers} of its kind accepted"),
        }
    }
}
