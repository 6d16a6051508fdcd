//! How odd each sample is, judged as it comes in: from the samples before it and itself alone.
//!
//! Two views vote. One is how far the sample lies outside of all that was ever seen. The other is how far the last few
//! samples together have moved from the level of late, over three spans; how surprising that is says the tail of all
//! such moves before, taken as exponential beyond a high quantile (peaks over threshold, as in Siffer et al., "Anomaly
//! detection in streams with extreme value theory", 2017). So each series is measured by what is usual in it, and a
//! lively one must do more to be odd. What is odd for long is odd once: a sample counts by how much it exceeds the
//! oddest of a while before.

use std::collections::VecDeque;

use super::f64_of;

/// Samples by which the means of "just now" follow.
const NOW: [f64; 3] = [4.0, 8.0, 16.0];
/// Samples by which the level of late and the usual size of a deviation follow.
const USUAL: f64 = 1_500.0;
/// The share of past moves beyond which their tail is taken as exponential.
const TAIL: f64 = 0.02;
/// Past moves before one can be surprising.
const FEWEST: usize = 30;
/// Past moves that are kept at most.
const MOST: usize = 1 << 14;
/// The surprise, in natural logarithms of its rarity, that weighs as much as a sample outside by 1.2 usual deviations.
const SURPRISE: f64 = 10.0;
/// Samples after which the same oddness is news again.
const WHILE: usize = 400;

/// A score for each sample, from 0 (as expected) to 1.
pub fn oddness(series: &[f64]) -> Vec<f64> {
    let mut watcher = Watcher::default();
    series
        .iter()
        .map(|value| {
            if value.is_finite() {
                watcher.next(*value)
            } else {
                0.0
            }
        })
        .collect()
}

/// A mean that follows its samples: at first that of all, later of about `memory`.
#[derive(Default)]
struct Mean {
    value: f64,
    seen: f64,
}

impl Mean {
    fn add(&mut self, sample: f64, memory: f64) {
        self.seen = (self.seen + 1.0).min(memory);
        self.value += (sample - self.value) / self.seen;
    }
}

/// The sizes of past moves. When they are too many, every second is let go, and of those to come too.
struct Past {
    ascending: Vec<f64>,
    every: usize,
    seen: usize,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            ascending: Vec::new(),
            every: 1,
            seen: 0,
        }
    }
}

impl Past {
    /// The negative logarithm of how often a move was at least of this size, and by the tail would be.
    fn surprise(&self, size: f64) -> f64 {
        let moves = &self.ascending;
        if moves.len() < FEWEST {
            return 0.0;
        }
        let count = f64_of(moves.len());
        let from = part_of(moves.len(), 1.0 - TAIL).min(moves.len() - 5);
        let (high, beyond) = (moves[from], f64_of(moves.len() - from));
        if size <= high {
            let above = moves.len() - moves.partition_point(|one| *one < size);
            return ((count + 1.0) / (f64_of(above) + 1.0)).ln();
        }
        let excess = moves[from..].iter().sum::<f64>() / beyond - high;
        (count / beyond).ln() + (size - high) / excess.max(0.02 * high).max(f64::MIN_POSITIVE)
    }

    fn add(&mut self, size: f64) {
        self.seen += 1;
        if !self.seen.is_multiple_of(self.every) {
            return;
        }
        let at = self.ascending.partition_point(|one| *one < size);
        self.ascending.insert(at, size);
        if self.ascending.len() > MOST {
            let mut second = false;
            self.ascending.retain(|_| {
                second = !second;
                second
            });
            self.every *= 2;
        }
    }
}

#[derive(Default)]
struct Watcher {
    now: [Mean; NOW.len()],
    moves: [Past; NOW.len()],
    lately: Mean,
    spread: Mean,
    least: f64,
    most: f64,
    seen: usize,
    /// The oddest samples of a while, falling: where each stood, and how odd it was.
    oddest: VecDeque<(usize, f64)>,
}

impl Watcher {
    fn next(&mut self, value: f64) -> f64 {
        if self.seen == 0 {
            (self.least, self.most) = (value, value);
            self.lately.value = value;
        }
        let beyond = (value - self.most).max(self.least - value).max(0.0);
        let smallest = 1e-9 * self.most.abs().max(self.least.abs()).max(1e-9);
        let outside = beyond / self.spread.value.max(smallest) / 1.2;
        let mut surprise = 0.0;
        for ((now, past), memory) in self.now.iter_mut().zip(&mut self.moves).zip(NOW) {
            now.add(value, memory);
            let size = (now.value - self.lately.value).abs();
            surprise += past.surprise(size) / f64_of(NOW.len());
            past.add(size);
        }
        let odd = f64::midpoint(outside.min(3.0), (surprise / SURPRISE).min(3.0));
        self.spread.add((value - self.lately.value).abs(), USUAL);
        self.lately.add(value, USUAL);
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.seen += 1;
        if self.seen <= 20 {
            return 0.0;
        }
        let news = (odd - 0.9 * self.oddest_before()).max(0.0);
        self.remember(odd);
        news / (news + 1.0)
    }

    fn oddest_before(&mut self) -> f64 {
        while let Some((_, odd)) = self.oddest.front() {
            if self.oddest[0].0 + WHILE >= self.seen {
                return *odd;
            }
            self.oddest.pop_front();
        }
        0.0
    }

    fn remember(&mut self, odd: f64) {
        while self.oddest.back().is_some_and(|last| last.1 <= odd) {
            self.oddest.pop_back();
        }
        self.oddest.push_back((self.seen, odd));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a count is a count"
)]
fn part_of(count: usize, share: f64) -> usize {
    (f64_of(count) * share) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odd_sample_stands_out_and_what_follows_changes_no_score_before() {
        let mut series: Vec<f64> = (0..400).map(|at| f64::from(at % 7)).collect();
        series[300] = 40.0;
        let scores = oddness(&series);
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
        let most = scores.iter().copied().fold(0.0, f64::max);
        assert!(scores[300] >= most && most > 0.3, "{}", scores[300]);
        assert_eq!(oddness(&series[..320]), scores[..320]);
        assert_eq!(oddness(&[f64::NAN, f64::INFINITY]), [0.0, 0.0]);
    }

    #[test]
    fn a_level_that_moves_within_what_was_seen_is_odd_too_and_only_once() {
        let mut series: Vec<f64> = (0..1_200).map(|at| f64::from(at * 37 % 11)).collect();
        for value in &mut series[900..] {
            *value = 8.0 + *value / 5.0;
        }
        let scores = oddness(&series);
        let odd = |from: usize, to: usize| scores[from..to].iter().copied().fold(0.0, f64::max);
        assert!(
            odd(900, 930) > 2.0 * odd(100, 900),
            "{} and {}",
            odd(900, 930),
            odd(100, 900)
        );
        assert!(odd(1_000, 1_200) < 0.5 * odd(900, 930));
    }

    #[test]
    fn a_long_series_is_judged_by_what_is_kept_of_it() {
        let mut series: Vec<f64> = (0..100_000).map(|at| f64::from(at * 37 % 101)).collect();
        series[99_000] = 1_000.0;
        let scores = oddness(&series);
        let most = scores[1_000..].iter().copied().fold(0.0, f64::max);
        assert!((scores[99_000] - most).abs() < 1e-9 && most > 0.5, "{most}");
    }
}
