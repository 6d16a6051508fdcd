//! Whether a series of durations moved up for good, and whether the newest sample is the first that shows it.

use crate::changepoints::change_points;

/// Samples before and after a shift that make it one.
const BEFORE: usize = 5;
const AFTER: usize = 3;

/// How much longer is longer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Least {
    /// As a share of what it was.
    pub(super) share: f64,
    /// In seconds.
    pub(super) seconds: f64,
}

/// A level that moved up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shift {
    /// The first sample of the new level.
    pub(super) at: usize,
    /// The median before.
    pub(super) before: f64,
    /// The median since.
    pub(super) after: f64,
}

/// The shift that `series`, oldest first, shows now and did not show before its last sample.
pub(super) fn first_seen(series: &[f64], least: Least) -> Option<Shift> {
    let now = shift(series, least)?;
    let before = shift(&series[..series.len() - 1], least);
    let known = before.is_some_and(|before| before.at.abs_diff(now.at) < AFTER);
    (!known).then_some(now)
}

fn shift(series: &[f64], least: Least) -> Option<Shift> {
    if series.len() < BEFORE + AFTER || series.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let points = change_points(series);
    let at = *points.last()?;
    if at < BEFORE || series.len() - at < AFTER {
        return None;
    }
    let from = points
        .iter()
        .rev()
        .nth(1)
        .copied()
        .filter(|from| at - from >= BEFORE)
        .unwrap_or(0);
    let (old, new) = (&series[from..at], &series[at..]);
    let (before, after) = (median(old), median(new));
    let deviations: Vec<f64> = old.iter().map(|value| (value - before).abs()).collect();
    let risen = after - before;
    let stands_out = risen >= least.seconds
        && risen >= least.share * before
        && risen >= 3.0 * median(&deviations);
    stands_out.then_some(Shift { at, before, after })
}

/// The middle value; 0 of none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}
