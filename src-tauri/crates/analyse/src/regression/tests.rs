//! Regressions over made series: found early, once and where they began; noise, spikes, restarts, gaps and seasons are
//! none. Each seed makes another series, the same every time.

use jiff::SignedDuration;

use super::*;
use crate::changepoints::f64_of;

/// Numbers that are the same for the same seed (`SplitMix64`, Steele et al. 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to but without 1.
    pub(crate) fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).expect("32 bits")) / 4_294_967_296.0
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits") % count
    }

    /// Normal, by the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

const STEP: i64 = 60;
const DAY: usize = 1_440;

fn start() -> Timestamp {
    "2026-11-02T00:00:00Z".parse().expect("a moment")
}

fn at(slot: usize) -> Timestamp {
    start() + SignedDuration::from_secs(STEP * i64::try_from(slot).expect("small"))
}

fn series(better: Better) -> Series {
    Series {
        key: "latency".into(),
        name: "latency".into(),
        step: 60,
        better,
        ..Series::default()
    }
}

/// What a series is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Made {
    Noise,
    /// Noise that remembers: each sample is much like the one before.
    Slow,
    /// One or two samples far out, now and then.
    Spikes,
    /// Gaps, each with two slow samples after it.
    Restarts,
    Gaps,
    /// Twice as high at noon as at midnight.
    Season,
    /// Ten slow minutes at four every night.
    Nightly,
    /// A counter that begins anew at times.
    Counter,
}

const ALL: [Made; 8] = [
    Made::Noise,
    Made::Slow,
    Made::Spikes,
    Made::Restarts,
    Made::Gaps,
    Made::Season,
    Made::Nightly,
    Made::Counter,
];

/// `count` samples, from `from` on `factor` times as high.
fn made(what: Made, seed: u64, count: usize, from: usize, factor: f64) -> Vec<Sample> {
    let mut dice = Dice(seed ^ 0x5eed);
    let level = 50.0 + 200.0 * dice.share();
    let noise = level * (0.02 + 0.06 * dice.share());
    let (mut slow, mut spike, mut gap, mut total) = (0.0, 0, 0, 0.0);
    let mut samples = Vec::new();
    for slot in 0..count {
        let hour = slot % DAY;
        slow = 0.9 * slow + 0.43 * dice.normal();
        let mut value = level
            + noise
                * if what == Made::Slow {
                    slow
                } else {
                    dice.normal()
                };
        let angle = f64_of(hour) / f64_of(DAY) * std::f64::consts::TAU;
        if what == Made::Season {
            value *= 1.5 - 0.5 * angle.cos();
        }
        if what == Made::Nightly && (240..250).contains(&hour) {
            value *= 2.5;
        }
        if matches!(what, Made::Restarts | Made::Gaps | Made::Counter) && dice.share() < 0.004 {
            gap = 2 + dice.below(4);
            spike = if what == Made::Restarts { gap + 2 } else { 0 };
            if what == Made::Counter {
                total = 0.0;
            }
        }
        if what == Made::Spikes && slot % 4 == 0 && dice.share() < 0.04 {
            spike = 1 + dice.below(2);
        }
        if spike > 0 {
            spike -= 1;
            value *= 4.0;
        }
        if slot >= from {
            value *= factor;
        }
        total += value.max(0.0);
        if gap > 0 {
            gap -= 1;
            continue;
        }
        samples.push(Sample {
            at: at(slot),
            value: if what == Made::Counter { total } else { value },
        });
    }
    samples
}

/// What is said when samples come `at_once` at a time: each turn with the slot at which it was said.
fn said_of(what: Made, samples: &[Sample], coarse: usize, at_once: usize) -> Vec<(usize, Turn)> {
    let mut series = series(Better::Lower);
    series.counter = what == Made::Counter;
    let mut standing = Standing::default();
    let from = if coarse == 0 { 500 } else { DAY };
    let (old, fine) = samples.split_at(samples.partition_point(|one| one.at < at(coarse)));
    let coarse: Vec<Sample> = old.iter().step_by(15).copied().collect();
    let mut turns = Vec::new();
    let mut judged = fine[from.min(fine.len() / 2)].at;
    let begin = fine.partition_point(|one| one.at <= judged);
    for count in (begin + at_once..fine.len())
        .step_by(at_once)
        .chain([fine.len()])
    {
        let window = &fine[count.saturating_sub(1_600 + at_once)..count];
        for turn in judge(&series, window, &coarse, judged, &mut standing) {
            let now = match &turn {
                Turn::Regressed(found) => found.samples.last().expect("it has samples").at,
                Turn::Recovered(at) => *at,
            };
            let slot = (now.as_second() - start().as_second()) / STEP;
            turns.push((usize::try_from(slot).expect("small"), turn));
        }
        judged = window.last().expect("it is not empty").at;
    }
    turns
}

fn said(what: Made, samples: &[Sample], coarse: usize) -> Vec<(usize, Turn)> {
    said_of(what, samples, coarse, 500)
}

#[test]
fn however_samples_are_handed_in_the_same_is_said() {
    let samples = made(Made::Spikes, 21, 760, 700, 2.0);
    let whole = said_of(Made::Spikes, &samples[300..], 0, 500);
    assert_eq!(whole.len(), 1);
    for at_once in [1, 7] {
        assert_eq!(said_of(Made::Spikes, &samples[300..], 0, at_once), whole);
    }
}

#[test]
fn a_planted_regression_is_found_within_three_samples_once_and_where_it_began() {
    for seed in 0..50 {
        let from = 1_000 + usize::try_from(seed).expect("small") * 7;
        let samples = made(Made::Noise, seed, from + 60, from, 1.6);
        let turns = said(Made::Noise, &samples, 0);
        let [(slot, Turn::Regressed(found))] = turns.as_slice() else {
            panic!("seed {seed}: {turns:?}");
        };
        assert!(
            *slot <= from + 2,
            "seed {seed}: said at {slot}, planted at {from}"
        );
        assert_eq!(found.first_bad, at(from), "seed {seed}");
        assert_eq!(found.last_good, at(from - 1), "seed {seed}");
        assert!(
            (0.4..0.8).contains(&found.change().expect("it was not 0")),
            "seed {seed}"
        );
        assert!(
            found.before.low <= found.before.median && found.before.median <= found.before.high
        );
    }
}

#[test]
fn what_is_usual_in_a_series_is_no_regression() {
    let mut wrong = Vec::new();
    for what in ALL {
        for seed in 0..3 {
            // Four days of which the last is judged, the first two coarse.
            let samples = made(what, seed, 4 * DAY, usize::MAX, 1.0);
            let turns = said(what, &samples, 2 * DAY);
            if !turns.is_empty() {
                wrong.push((what, seed, turns.len()));
            }
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn a_regression_is_found_amid_all_that_is_usual() {
    for what in ALL {
        let mut found = 0;
        for seed in 0..3 {
            let from = 3 * DAY + 700;
            // What comes every night is usual, so by day it must be clearly more.
            let factor = if what == Made::Nightly { 6.0 } else { 2.5 };
            let samples = made(what, seed, from + 40, from, factor);
            let turns = said(what, &samples, 2 * DAY);
            found += usize::from(matches!(turns.as_slice(), [(slot, Turn::Regressed(one))]
                if *slot <= from + 12 && (one.first_bad.as_second() - at(from).as_second()).abs() <= 12 * STEP));
        }
        assert!(found == 3, "{what:?}: {found} of 3");
    }
}

#[test]
fn it_is_over_once_the_level_is_back_and_what_comes_again_is_told_again() {
    let mut samples = made(Made::Noise, 3, 1_400, usize::MAX, 1.0);
    for (from, to) in [(1_000, 1_060), (1_200, 1_230)] {
        for sample in &mut samples[from..to] {
            sample.value *= 2.0;
        }
    }
    let turns = said(Made::Noise, &samples, 0);
    let told: Vec<_> = turns
        .iter()
        .map(|(slot, turn)| (*slot, matches!(turn, Turn::Regressed(_))))
        .collect();
    assert_eq!(
        told,
        [(1_002, true), (1_064, false), (1_202, true), (1_234, false)]
    );
}

#[test]
fn a_level_that_stays_becomes_the_usual_one() {
    let mut samples = made(Made::Noise, 5, 3_000, 1_000, 2.0);
    for sample in &mut samples[2_500..] {
        sample.value *= 1.8;
    }
    let turns = said(Made::Noise, &samples, 0);
    let told: Vec<_> = turns.iter().map(|(slot, _)| *slot).collect();
    assert_eq!(told, [1_002, 2_502]);
}

#[test]
fn a_slow_rise_is_found_too_and_a_fall_is_none_where_less_is_better() {
    let rise = |slot: usize| 1.0 + (f64_of(slot.saturating_sub(1_000)) / 200.0).min(1.0);
    let mut samples = made(Made::Noise, 9, 1_400, usize::MAX, 1.0);
    for (slot, sample) in samples.iter_mut().enumerate() {
        sample.value *= rise(slot);
    }
    let turns = said(Made::Noise, &samples, 0);
    assert!(
        matches!(turns.as_slice(), [(slot, Turn::Regressed(_))] if *slot < 1_100),
        "{turns:?}"
    );
    let fall = made(Made::Noise, 9, 1_100, 1_000, 0.4);
    assert_eq!(said(Made::Noise, &fall, 0), []);
    let mut standing = Standing::default();
    let turns = judge(&series(Better::Higher), &fall, &[], at(900), &mut standing);
    assert!(
        matches!(turns.as_slice(), [Turn::Regressed(_)]),
        "{turns:?}"
    );
    assert!(standing.is_regressed());
}

#[test]
fn disorder_repetition_and_nonsense_change_nothing() {
    let samples = made(Made::Noise, 11, 1_010, 1_000, 2.0);
    let mut standing = Standing::default();
    let whole = judge(
        &series(Better::Lower),
        &samples,
        &[],
        at(500),
        &mut standing,
    );
    assert_eq!(whole.len(), 1);
    let mut messy: Vec<Sample> = samples.iter().rev().copied().collect();
    messy.extend_from_slice(&samples[100..200]);
    messy.push(Sample {
        at: at(990),
        value: f64::NAN,
    });
    let mut standing = Standing::default();
    let again = judge(&series(Better::Lower), &messy, &[], at(500), &mut standing);
    assert_eq!(again, whole);
    for few in [Vec::new(), samples[..3].to_vec()] {
        let mut standing = Standing::default();
        assert_eq!(
            judge(&series(Better::Lower), &few, &[], start(), &mut standing),
            []
        );
    }
}
