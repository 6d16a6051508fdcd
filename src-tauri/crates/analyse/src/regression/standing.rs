//! What was concluded about a series so far, kept between two looks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Spells remembered at most.
const MOST: usize = 20;

/// What was concluded about a series so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// The regression under way.
    pub(super) spell: Option<Spell>,
    /// Earlier ones, which say nothing about what is usual: from and to.
    past: Vec<(Timestamp, Timestamp)>,
    /// Since when the series has the level that is now usual.
    pub(super) since: Option<Timestamp>,
}

/// A regression under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Spell {
    pub(super) from: Timestamp,
    pub(super) before: f64,
    pub(super) effect: f64,
    /// 1 where more is worse, −1 where less is.
    pub(super) direction: f64,
}

impl Standing {
    /// True while a regression is under way.
    pub fn is_regressed(&self) -> bool {
        self.spell.is_some()
    }

    pub(super) fn end(&mut self, spell: &Spell, at: Timestamp) {
        self.spell = None;
        self.past.push((spell.from, at));
        if self.past.len() > MOST {
            self.past.remove(0);
        }
    }

    /// The new level is the usual one from now on.
    pub(super) fn adopt(&mut self, spell: &Spell) {
        self.spell = None;
        self.since = Some(spell.from);
    }

    /// True for a moment of an earlier regression.
    pub(super) fn was_bad(&self, at: Timestamp) -> bool {
        self.past
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&at))
    }
}
