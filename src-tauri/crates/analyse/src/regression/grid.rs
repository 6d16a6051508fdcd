//! Samples on even slots of time: sorted, each once, growth instead of counters, restarts left out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::metric::Sample;

/// Slots at most; of a longer series the end.
const LONGEST: i64 = 6_000;

/// Slots without a sample that make a gap.
const GAP: usize = 2;

/// Samples after a gap or a restart that count for nothing: what starts is slow and empty.
const SETTLES: usize = 2;

/// A series on even slots.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    /// The number of the first slot, counted from 1970.
    first: i64,
    /// Seconds between slots.
    step: i64,
    values: Vec<Option<f64>>,
}

impl Grid {
    /// `samples` in any order; of two in a slot the later stands.
    pub(super) fn of(samples: &[Sample], step: u32, counter: bool) -> Self {
        let step = i64::from(step.max(1));
        let mut slots: BTreeMap<i64, Sample> = BTreeMap::new();
        for sample in samples.iter().filter(|sample| sample.value.is_finite()) {
            // To the nearest slot: scrapes come a little early or late.
            let slot = (sample.at.as_millisecond() + step * 500).div_euclid(step * 1_000);
            let kept = slots.entry(slot).or_insert(*sample);
            if sample.at >= kept.at {
                *kept = *sample;
            }
        }
        let last = slots.keys().next_back().copied().unwrap_or(0);
        let first = slots
            .keys()
            .next()
            .map_or(last + 1, |first| (*first).max(last - LONGEST + 1));
        let count = usize::try_from(last - first + 1).unwrap_or(0);
        let mut values = vec![None; count];
        for (slot, sample) in slots.range(first..) {
            if let Some(place) = usize::try_from(slot - first)
                .ok()
                .and_then(|at| values.get_mut(at))
            {
                *place = Some(sample.value);
            }
        }
        let mut restarts = vec![false; count];
        if counter {
            values = growth(&values, step, &mut restarts);
        }
        settle(&mut values, &restarts);
        Self {
            first,
            step,
            values,
        }
    }

    /// The same slots with other values.
    pub(super) fn map(&self, value: impl Fn(usize, f64) -> Option<f64>) -> Self {
        Self {
            values: (0..self.len())
                .map(|at| self.values[at].and_then(|one| value(at, one)))
                .collect(),
            ..*self
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<f64> {
        self.values.get(at).copied().flatten()
    }

    /// When slot `at` is.
    pub(super) fn time(&self, at: usize) -> Timestamp {
        let slot = self.first + i64::try_from(at).unwrap_or(0);
        Timestamp::from_second(slot.saturating_mul(self.step)).unwrap_or_default()
    }

    /// The slot of a moment; the first for one before it.
    pub(super) fn slot(&self, at: Timestamp) -> usize {
        let slot = (at.as_second() + self.step / 2).div_euclid(self.step);
        usize::try_from(slot - self.first).unwrap_or(0)
    }

    /// The first slot later than `at`.
    pub(super) fn after(&self, at: Timestamp) -> usize {
        (0..self.len())
            .find(|slot| self.time(*slot) > at)
            .unwrap_or(self.len())
    }

    /// Seconds between slots.
    pub(super) fn step(&self) -> i64 {
        self.step
    }

    /// The last `most` values up to slot `at`, none before slot `from`, with their slots, in order.
    pub(super) fn latest(&self, at: usize, most: usize, from: usize) -> Vec<(usize, f64)> {
        let mut found: Vec<(usize, f64)> = (from..=at)
            .rev()
            .filter_map(|slot| Some((slot, self.get(slot)?)))
            .take(most)
            .collect();
        found.reverse();
        found
    }

    /// The last `most` values up to slot `at` as samples.
    pub(super) fn samples(&self, at: usize, most: usize) -> Vec<Sample> {
        let latest = self.latest(at, most, 0).into_iter();
        latest
            .map(|(slot, value)| Sample {
                at: self.time(slot),
                value,
            })
            .collect()
    }
}

/// What a counter grew by per second since the value before; what it shows after a reset is all growth.
fn growth(values: &[Option<f64>], step: i64, restarts: &mut [bool]) -> Vec<Option<f64>> {
    let mut before: Option<(usize, f64)> = None;
    values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let value = (*value)?;
            let (slot, last) = before.replace((at, value))?;
            let grown = if value < last {
                restarts[at] = true;
                value
            } else {
                value - last
            };
            let seconds = i64::try_from(at - slot).unwrap_or(1) * step;
            #[expect(
                clippy::cast_precision_loss,
                reason = "a time between two samples is short"
            )]
            let seconds = seconds as f64;
            Some(grown / seconds)
        })
        .collect()
}

/// Takes out what comes right after a gap or a restart.
fn settle(values: &mut [Option<f64>], restarts: &[bool]) {
    let (mut missing, mut settling) = (0, 0);
    for at in 0..values.len() {
        if values[at].is_none() {
            missing += 1;
            continue;
        }
        // What comes first has no gap before it.
        if (missing >= GAP && missing < at) || restarts[at] {
            settling = SETTLES;
        }
        missing = 0;
        if settling > 0 {
            settling -= 1;
            values[at] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: &[(i64, f64)]) -> Vec<Sample> {
        let sample = |(second, value): &(i64, f64)| Sample {
            at: Timestamp::from_second(*second).expect("in range"),
            value: *value,
        };
        values.iter().map(sample).collect()
    }

    fn of(values: &[(i64, f64)], counter: bool) -> Vec<Option<f64>> {
        Grid::of(&samples(values), 10, counter).values
    }

    #[test]
    fn order_repetition_and_what_is_no_number_make_no_difference() {
        let told = [
            (1_021, 3.0),
            (1_000, 1.0),
            (1_010, 9.0),
            (1_012, 2.0),
            (1_000, 1.0),
            (1_030, f64::NAN),
        ];
        assert_eq!(of(&told, false), [Some(1.0), Some(2.0), Some(3.0)]);
        assert_eq!(of(&[], false), Vec::<Option<f64>>::new());
    }

    #[test]
    fn a_counter_is_its_growth_and_its_reset_is_no_fall() {
        let told = [
            (0, 100.0),
            (10, 110.0),
            (20, 130.0),
            (30, 5.0),
            (40, 15.0),
            (50, 25.0),
        ];
        let expected = [None, Some(1.0), Some(2.0), None, None, Some(1.0)];
        assert_eq!(of(&told, true), expected);
    }

    #[test]
    fn what_comes_right_after_a_gap_counts_for_nothing() {
        let told = [(0, 1.0), (10, 1.0), (50, 9.0), (60, 9.0), (70, 1.0)];
        let mut expected = vec![None; 8];
        (expected[0], expected[1], expected[7]) = (Some(1.0), Some(1.0), Some(1.0));
        assert_eq!(of(&told, false), expected);
    }
}
