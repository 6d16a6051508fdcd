//! Regressions of a metric: a level that moved to the worse and stayed there, judged as samples come in. Pure.
//!
//! Three views look at each new sample: how far it and its two neighbours lie out (spike), whether the best cut of the
//! late samples into levels falls just before them (shift), and whether small excesses add up (drift). Two must agree,
//! the effect must be large enough to matter, and three samples in a row must show it. A season that repeats daily is
//! taken out first; what is usual in the series, gaps and restarts count for nothing.

mod grid;
mod season;
mod standing;
mod views;

use jiff::Timestamp;
use perch_core::metric::{Better, Level, Regression, Sample, Series};

use self::grid::Grid;
use self::standing::Spell;
pub use self::standing::Standing;
use self::views::{Usual, View};

/// Samples judged in one go at most; of more the last.
const AT_ONCE: usize = 600;

/// Samples that make up what is usual, at most.
const BASE: usize = 1_440;

/// The fewest of them.
const FEWEST: usize = 30;

/// Samples within which a new level must have begun to be seen.
const RECENT: usize = 30;

/// Samples in a row that must show it.
const PERSISTS: usize = 3;

/// How many times as far out as three samples in a row usually come at most.
const BEYOND: f64 = 1.8;

/// Samples in a row that show it is over.
const OVER: usize = 5;

/// Samples after which a new level is taken for the usual one.
const ADOPTED: usize = 480;

/// Samples kept for a picture.
const PICTURE: usize = 120;

/// What became of a series, in the order it happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// It moved to the worse.
    Regressed(Box<Regression>),
    /// What regressed is as before, as this sample is the last to show.
    Recovered(Timestamp),
}

/// Judges the samples of `series` later than `judged`, given all that are kept: `fine` at its own pace, `coarse` of the
/// time before. `standing` is what was concluded before and is brought up to date.
///
/// However the samples are handed in, a few at a time or many, the conclusions are the same.
pub fn judge(
    series: &Series,
    fine: &[Sample],
    coarse: &[Sample],
    judged: Timestamp,
    standing: &mut Standing,
) -> Vec<Turn> {
    let raw = Grid::of(fine, series.step, series.counter);
    let even = season::without(&raw, coarse, series.counter);
    let first = raw.after(judged);
    let mut turns = Vec::new();
    for at in first.max(raw.len().saturating_sub(AT_ONCE))..raw.len() {
        if even.get(at).is_none() {
            continue;
        }
        if let Some(spell) = standing.spell.clone() {
            if is_over(&even, at, &spell) {
                standing.end(&spell, even.time(at));
                turns.push(Turn::Recovered(even.time(at)));
            } else if at.saturating_sub(even.slot(spell.from)) >= ADOPTED {
                standing.adopt(&spell);
            }
        } else if let Some((regression, spell)) = look(series, &raw, &even, at, standing) {
            standing.spell = Some(spell);
            turns.push(Turn::Regressed(Box::new(regression)));
        }
    }
    turns
}

/// True when the last samples up to `at` are nearer to the level before than to the new one.
fn is_over(even: &Grid, at: usize, spell: &Spell) -> bool {
    let late = even.latest(at, OVER, 0);
    late.len() == OVER
        && late.iter().all(|(slot, value)| {
            even.time(*slot) > spell.from
                && (value - spell.before) * spell.direction < spell.effect / 2.0
        })
}

fn look(
    series: &Series,
    raw: &Grid,
    even: &Grid,
    at: usize,
    standing: &Standing,
) -> Option<(Regression, Spell)> {
    let begins = standing.since.map_or(0, |since| even.slot(since));
    let all: Vec<(usize, f64)> = even
        .latest(at, BASE + RECENT, begins)
        .into_iter()
        .filter(|(slot, _)| !standing.was_bad(even.time(*slot)))
        .collect();
    let late = PERSISTS.max(RECENT.min(all.len() / 3));
    let (base, _) = all.split_at(all.len().checked_sub(late)?);
    if base.len() < FEWEST {
        return None;
    }
    let values: Vec<f64> = base.iter().map(|(_, value)| *value).collect();
    let usual = Usual::of(&values);
    let last = &all[all.len() - PERSISTS..];
    // Three in a row, with one missing between them at most.
    if at - last[0].0 > PERSISTS {
        return None;
    }
    let directions: &[f64] = match series.better {
        Better::Lower => &[1.0],
        Better::Higher => &[-1.0],
        Better::Unknown => &[1.0, -1.0],
    };
    let least = usual.effect(series.better == Better::Unknown);
    let direction = directions.iter().copied().find(|direction| {
        last.iter()
            .all(|(_, value)| (value - usual.median) * direction >= least)
    })?;
    let recent: Vec<f64> = all[all.len().saturating_sub(4 * RECENT)..]
        .iter()
        .map(|(_, value)| *value)
        .collect();
    let votes = views::votes(&recent, &usual, direction);
    let tail: Vec<f64> = last.iter().map(|(_, value)| *value).collect();
    let far = views::nearest(&tail, &usual, direction);
    if votes.len() < 2 || far < BEYOND * usual.reach(&values, direction) {
        return None;
    }
    let onset = all.len() - recent.len() + views::onset(&recent, &usual, direction, RECENT, &votes);
    let (head, tail) = all.split_at(onset);
    let level = |part: &[(usize, f64)]| {
        let values: Vec<f64> = part.iter().map(|(_, value)| *value).collect();
        level(&values)
    };
    let before = level(&head[head.len().saturating_sub(2 * RECENT)..]);
    let after = level(tail);
    let effect = (after.median - before.median) * direction;
    if effect < least {
        return None;
    }
    let first_bad = even.time(tail[0].0);
    let spell = Spell {
        from: first_bad,
        before: before.median,
        effect,
        direction,
    };
    let regression = Regression {
        series: series.clone(),
        last_good: even.time(head.last()?.0),
        first_bad,
        before,
        after,
        confidence: confidence(votes.len(), usual.out(after.median, direction)),
        votes: votes.iter().map(View::to_string).collect(),
        samples: raw.samples(at, PICTURE),
    };
    Some((regression, spell))
}

/// From the number of views that agree and from how far out the new level lies.
#[expect(
    clippy::cast_possible_truncation,
    reason = "it lies between 0 and 1 and needs no more than two digits"
)]
fn confidence(votes: usize, out: f64) -> f32 {
    let agree = if votes > 2 { 0.15 } else { 0.0 };
    (0.6 + agree + 0.2 * ((out - 3.0) / 5.0).clamp(0.0, 1.0)) as f32
}

/// The median with its 95 % confidence interval by order statistics, which asks nothing of how samples are spread.
fn level(values: &[f64]) -> Level {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let rank = views::rank_of_interval(count);
    Level {
        median: views::middle(&sorted),
        low: sorted[rank],
        high: sorted[count - 1 - rank],
        samples: count,
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::Dice;
