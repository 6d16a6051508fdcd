//! How odd each sample is, judged as it comes in: from the samples before it and itself alone.
//!
//! Three views vote, since each is blind to something: how far the sample lies outside what was ever seen, how far
//! from where the last ones were, and how far the last few together have moved. Each is measured in its own usual
//! size, so that a lively series must do more to be odd. What is odd for long is odd once: a sample counts by how much
//! it exceeds the oddest of a while before.

use std::collections::VecDeque;

/// Samples by which the mean of "just now" follows.
const NOW: f64 = 8.0;
/// Samples by which the mean of "lately" follows.
const LATELY: f64 = 120.0;
/// Samples by which the usual size of a deviation follows.
const USUAL: f64 = 1_500.0;
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

#[derive(Default)]
struct Watcher {
    now: Mean,
    lately: Mean,
    all: Mean,
    steps: Mean,
    jumps: Mean,
    drifts: Mean,
    spread: Mean,
    least: f64,
    most: f64,
    last: f64,
    seen: usize,
    recent: VecDeque<f64>,
}

impl Watcher {
    fn next(&mut self, value: f64) -> f64 {
        if self.seen == 0 {
            (self.least, self.most, self.last) = (value, value, value);
            self.now.value = value;
            self.lately.value = value;
            self.all.value = value;
        }
        let jump = (value - self.lately.value).abs();
        let beyond = (value - self.most).max(self.least - value).max(0.0);
        let step = (value - self.last).abs();
        self.now.add(value, NOW);
        let drift = (self.now.value - self.all.value).abs();
        let size = |mean: &Mean| {
            mean.value
                .max(1e-9 * self.most.abs().max(self.least.abs()).max(1e-9))
        };
        let votes = [
            jump / size(&self.jumps) / 6.0,
            drift / size(&self.drifts) / 5.0,
            step / size(&self.steps) / 14.0,
            beyond / size(&self.spread) / 1.2,
        ];
        let raw: f64 = votes.iter().map(|vote| vote.min(3.0)).sum::<f64>() / 4.0;
        self.jumps.add(jump, USUAL);
        self.drifts.add(drift, USUAL);
        self.steps.add(step, USUAL);
        self.spread.add((value - self.all.value).abs(), USUAL);
        self.lately.add(value, LATELY);
        self.all.add(value, USUAL);
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.last = value;
        self.seen += 1;
        if self.seen < 20 {
            return 0.0;
        }
        let before = self.recent.iter().copied().fold(0.0, f64::max);
        self.recent.push_back(raw);
        if self.recent.len() > WHILE {
            self.recent.pop_front();
        }
        let news = (raw - 0.9 * before).max(0.0);
        news / (news + 1.0)
    }
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
}
