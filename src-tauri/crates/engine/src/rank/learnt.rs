//! What the user makes of a rule's suggestions, learnt from their answers, the newer the weightier.

use jiff::{SignedDuration, Timestamp};
use perch_store::table::feedback::Answer;

/// After so long an answer counts half.
const HALF_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What is thought of a rule nobody answered: as many yes as no, of this weight each.
const PRIOR: f64 = 2.0;

/// How a rule's suggestions are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Acceptance {
    /// Weight of what was accepted.
    pub(super) accepted: f64,
    /// Weight of what was dismissed, taken back or proved wrong.
    pub(super) rejected: f64,
    /// How many answers there are, whatever their age.
    pub(super) answers: usize,
    /// How many of them were a yes.
    pub(super) yes: usize,
}

impl Acceptance {
    /// Learnt from `answers` as they weigh `now`.
    pub(super) fn of(answers: &[Answer], now: Timestamp) -> Self {
        let mut learnt = Self {
            accepted: 0.0,
            rejected: 0.0,
            answers: 0,
            yes: 0,
        };
        for answer in answers {
            let age = now.duration_since(answer.at).as_secs_f64().max(0.0);
            let weight = (-age / HALF_LIFE.as_secs_f64()).exp2();
            match answer.kind.as_str() {
                "accepted" | "merged" | "restored" => {
                    learnt.accepted += weight;
                    learnt.yes += 1;
                }
                // It was right, and only this user had no need of it.
                "dismissed" if matches!(answer.detail.as_deref(), Some("known" | "not_mine")) => {
                    learnt.rejected += weight / 2.0;
                }
                "dismissed" | "undone" | "turned_red" | "closed" => learnt.rejected += weight,
                // Putting off is neither.
                _ => continue,
            }
            learnt.answers += 1;
        }
        learnt
    }

    /// The share that is expected to be accepted, 0 to 1.
    pub(super) fn expected(self) -> f64 {
        (self.accepted + PRIOR) / (self.accepted + self.rejected + 2.0 * PRIOR)
    }

    /// At most this share is accepted; 1 without answers.
    pub(super) fn at_most(self) -> f64 {
        at_most(self.accepted, self.accepted + self.rejected)
    }
}

/// At most this share of a kind is a yes when `yes` of `all` were, as nine in ten such histories would have it (Wilson's
/// bound); 1 when there were none.
pub(super) fn at_most(yes: f64, all: f64) -> f64 {
    const Z: f64 = 1.281_551_6;
    if all <= 0.0 {
        return 1.0;
    }
    let share = yes / all;
    let square = Z * Z;
    let spread = Z * (share * (1.0 - share) / all + square / (4.0 * all * all)).sqrt();
    ((share + square / (2.0 * all) + spread) / (1.0 + square / all)).min(1.0)
}
