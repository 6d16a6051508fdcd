//! The three views on late samples, and what is usual in a series.

use std::fmt;

use crate::changepoints;

/// Samples a small excess adds up over without counting, in usual deviations.
const SLACK: f64 = 0.5;

/// The sum of excesses, in usual deviations, that is a drift.
const ADDS_UP: f64 = 7.0;

/// Usual deviations a single sample may add to that sum.
const CLIP: f64 = 4.0;

/// Usual deviations out that three samples in a row must lie to be a spike that stays.
const OUT: f64 = 3.0;

/// Of so many triples one may be further out than what is usual.
const SELDOM: usize = 250;

/// How a view is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Spike,
    Shift,
    Drift,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spike => "spike",
            Self::Shift => "shift",
            Self::Drift => "drift",
        })
    }
}

/// What is usual in a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    pub(super) median: f64,
    /// The median of absolute distances from it.
    pub(super) mad: f64,
    /// What a normal deviation would be, by the larger of two ways that a few odd samples do not touch.
    pub(super) spread: f64,
}

impl Usual {
    pub(super) fn of(values: &[f64]) -> Self {
        let mut values = values.to_vec();
        let count = values.len();
        let low = nth(&mut values, count * 5 / 100);
        let high = nth(&mut values, count * 95 / 100);
        let median = nth(&mut values, count / 2);
        for value in &mut values {
            *value = (*value - median).abs();
        }
        let mad = nth(&mut values, count / 2);
        let wide = high - low;
        // For normal noise the median distance is 0.6745 deviations and the 5 % ends lie 3.29 apart.
        let spread = (1.4826 * mad)
            .max(wide / 3.29)
            .max(0.01 * median.abs())
            .max(f64::MIN_POSITIVE);
        Self {
            median,
            mad,
            spread,
        }
    }

    /// What a move must be at least to matter. Where nobody said which way is worse it must be more.
    pub(super) fn effect(&self, either_way: bool) -> f64 {
        let (part, deviations) = if either_way { (0.2, 4.0) } else { (0.05, 2.0) };
        (part * self.median.abs())
            .max(3.0 * self.mad)
            .max(deviations * self.spread)
    }

    /// How far out a value lies in a direction, in usual deviations.
    pub(super) fn out(&self, value: f64, direction: f64) -> f64 {
        (value - self.median) * direction / self.spread
    }

    /// How far out three samples in a row usually come now and then, in usual deviations: only few triples of `values`
    /// lie further out as a whole.
    pub(super) fn reach(&self, values: &[f64], direction: f64) -> f64 {
        let mut triples: Vec<f64> = values
            .windows(3)
            .map(|three| nearest(three, self, direction))
            .collect();
        let few = triples.len() / SELDOM;
        let at = triples.len().saturating_sub(few + 1);
        nth(&mut triples, at)
    }
}

/// What would stand at a place if `values` were sorted; 0 of nothing.
fn nth(values: &mut [f64], at: usize) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

/// How far out the nearest of some values lies.
pub(super) fn nearest(values: &[f64], usual: &Usual, direction: f64) -> f64 {
    values
        .iter()
        .map(|value| usual.out(*value, direction))
        .fold(f64::INFINITY, f64::min)
}

/// The views by which the last three of `recent` are a new level, in a direction.
pub(super) fn votes(recent: &[f64], usual: &Usual, direction: f64) -> Vec<View> {
    let mut votes = Vec::new();
    if recent
        .iter()
        .rev()
        .take(3)
        .all(|value| usual.out(*value, direction) >= OUT)
    {
        votes.push(View::Spike);
    }
    if shifts(recent, usual, direction) {
        votes.push(View::Shift);
    }
    if drift(recent, usual, direction).0 >= ADDS_UP {
        votes.push(View::Drift);
    }
    votes
}

/// True when the best cut into levels has the last one begin late and lie on the bad side of the one before.
fn shifts(recent: &[f64], usual: &Usual, direction: f64) -> bool {
    let clipped: Vec<f64> = recent
        .iter()
        .map(|value| usual.out(*value, direction).clamp(-12.0, 12.0))
        .collect();
    let cuts = changepoints::change_points(&clipped);
    let Some(last) = cuts.last().copied() else {
        return false;
    };
    let before = cuts.len().checked_sub(2).map_or(0, |at| cuts[at]);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / changepoints::f64_of(part.len().max(1));
    last * 4 >= recent.len() * 3 && mean(&clipped[last..]) > mean(&clipped[before..last])
}

/// The sum of excesses over what is usual at the end of `recent`, and where it began to grow.
fn drift(recent: &[f64], usual: &Usual, direction: f64) -> (f64, usize) {
    let (mut sum, mut began) = (0.0_f64, 0);
    for (at, value) in recent.iter().enumerate() {
        let out = usual.out(*value, direction).clamp(-CLIP, CLIP);
        if sum <= 0.0 {
            began = at;
        }
        sum = (sum + out - SLACK).max(0.0);
    }
    (sum, began)
}

/// Where in `recent` the new level begins: at the cut that leaves the least unexplained within `reach` of the end, or,
/// where nothing but many small excesses speaks for it, where these began.
pub(super) fn onset(
    recent: &[f64],
    usual: &Usual,
    direction: f64,
    reach: usize,
    votes: &[View],
) -> usize {
    let latest = recent.len() - 3;
    if !votes.contains(&View::Shift) && !votes.contains(&View::Spike) {
        return drift(recent, usual, direction).1.clamp(1, latest);
    }
    let clipped: Vec<f64> = recent
        .iter()
        .map(|value| usual.out(*value, direction).clamp(-8.0, 8.0))
        .collect();
    let from = recent.len().saturating_sub(2 * reach);
    let explained = |cut: usize| {
        let (head, tail) = (&clipped[from..cut], &clipped[cut..]);
        let (many, few) = (
            changepoints::f64_of(head.len()),
            changepoints::f64_of(tail.len()),
        );
        let mean = |part: &[f64], count: f64| part.iter().sum::<f64>() / count;
        many * few / (many + few) * (mean(tail, few) - mean(head, many)).powi(2)
    };
    (recent.len().saturating_sub(reach).max(from + 1)..=latest)
        .max_by(|one, other| explained(*one).total_cmp(&explained(*other)))
        .unwrap_or(latest)
}

/// The median of what is sorted; 0 of nothing.
pub(super) fn middle(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => 0.0,
        count if count.is_multiple_of(2) => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
        count => sorted[count / 2],
    }
}

/// The rank, from either end, of the bounds of a 95 % confidence interval of the median of `count` samples.
pub(super) fn rank_of_interval(count: usize) -> usize {
    // The largest rank with at most 2.5 % of a binomial distribution of one half below it.
    let mut term = 0.5_f64.powi(i32::try_from(count.min(1_000)).unwrap_or(1_000));
    let (mut below, mut rank) = (0.0, 0);
    let count = count.min(1_000);
    for at in 0..count / 2 {
        below += term;
        if below > 0.025 {
            break;
        }
        rank = at;
        term *= changepoints::f64_of(count - at) / changepoints::f64_of(at + 1);
    }
    rank
}
