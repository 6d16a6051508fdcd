//! A season that repeats every day, taken out of a series where it explains most of what the series does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::metric::Sample;

use super::grid::Grid;
use super::views::{Usual, middle};

/// Seconds of a day.
const DAY: i64 = 24 * 3_600;

/// Seconds of the part of a day whose samples are alike.
const PART: i64 = 900;

/// How much older than a sample those it is compared with must be, in seconds: those of the days before.
const OLDER: i64 = 20 * 3_600;

/// Days a part of the day must have been seen on.
const DAYS: usize = 2;

/// A season must leave less than this share of the usual deviation.
const EXPLAINS: f64 = 0.7;

/// `fine` without its season, at the level it has without one; as it is where there is none.
///
/// Each sample is compared with the same time on earlier days only, so that what is judged does not judge itself.
pub(super) fn without(fine: &Grid, coarse: &[Sample], counter: bool) -> Grid {
    // The growth of a counter over a coarse step is no growth over a fine one.
    let coarse = if counter { &[] } else { coarse };
    let mut parts: BTreeMap<i64, Vec<(i64, f64)>> = BTreeMap::new();
    let mut add = |at: Timestamp, value: f64| {
        let second = at.as_second();
        let part = parts.entry(second.rem_euclid(DAY) / PART).or_default();
        part.push((second, value));
    };
    for sample in coarse.iter().filter(|one| one.value.is_finite()) {
        add(sample.at, sample.value);
    }
    for at in 0..fine.len() {
        if let Some(value) = fine.get(at) {
            add(fine.time(at), value);
        }
    }
    let around = (2 * fine.step() / PART).max(1);
    let expected = |at: usize| {
        let second = fine.time(at).as_second();
        let part = second.rem_euclid(DAY) / PART;
        let mut values = Vec::new();
        let mut days = Vec::new();
        for near in part - around..=part + around {
            let known = parts
                .get(&near.rem_euclid(DAY / PART))
                .into_iter()
                .flatten();
            for (when, value) in known.filter(|(when, _)| *when <= second - OLDER) {
                days.push((when + DAY / 2).div_euclid(DAY));
                values.push(*value);
            }
        }
        days.sort_unstable();
        days.dedup();
        (days.len() >= DAYS).then(|| {
            values.sort_by(f64::total_cmp);
            middle(&values)
        })
    };
    let season: Vec<Option<f64>> = (0..fine.len()).map(expected).collect();
    let known: Vec<(f64, f64)> = (0..fine.len())
        .filter_map(|at| Some((fine.get(at)?, season[at]?)))
        .collect();
    if known.len() * 2
        < fine
            .latest(fine.len().saturating_sub(1), usize::MAX, 0)
            .len()
            .max(1)
    {
        return fine.clone();
    }
    let raw: Vec<f64> = known.iter().map(|(value, _)| *value).collect();
    let rest: Vec<f64> = known.iter().map(|(value, season)| value - season).collect();
    let (whole, left) = (Usual::of(&raw), Usual::of(&rest));
    if left.spread > EXPLAINS * whole.spread {
        return fine.clone();
    }
    fine.map(|at, value| Some(value - season[at]? + whole.median))
}
