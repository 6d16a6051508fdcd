//! Counts what each step did and how often it failed, for `/metrics`, the status view and Perch's look at itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use perch_store::db::StoreError;
use perch_store::table::backlog::{self, Backlog};

use crate::engine::Engine;

/// The steps that are counted, in the order of the road.
pub(crate) const STEPS: &[&str] = &[
    "poll", "spool", "observe", "intake", "process", "notify", "publish",
];

/// What one step did since Perch started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Things brought along.
    pub done: u64,
    /// Attempts that failed.
    pub errors: u64,
    /// Of them, those since it last went well.
    pub in_a_row: u32,
    /// When and why it failed last.
    pub last_error: Option<(Timestamp, String)>,
}

/// One step as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepHealth {
    /// Its name.
    pub step: &'static str,
    /// What it did.
    pub count: Count,
    /// Things that wait for it.
    pub waiting: u64,
    /// How long the oldest of them has waited.
    pub lag: SignedDuration,
}

/// The counts of all steps.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<BTreeMap<&'static str, Count>>);

impl Meter {
    /// Notes that `step` brought `number` things along. Having nothing to do is no success after a failure.
    pub(crate) fn done(&self, step: &'static str, number: usize) {
        if number == 0 {
            return;
        }
        let mut counts = self.counts_mut();
        let count = counts.entry(step).or_default();
        count.done += number as u64;
        count.in_a_row = 0;
    }

    /// Notes that `step` failed.
    pub(crate) fn failed(&self, step: &'static str, problem: &str, now: Timestamp) {
        let mut counts = self.counts_mut();
        let count = counts.entry(step).or_default();
        count.errors += 1;
        count.in_a_row += 1;
        count.last_error = Some((now, problem.to_owned()));
    }

    /// Notes a failure that is no fault of Perch's own, such as a far side that does not answer.
    pub(crate) fn count_error(&self, step: &'static str, problem: &str, now: Timestamp) {
        let mut counts = self.counts_mut();
        let count = counts.entry(step).or_default();
        count.errors += 1;
        count.last_error = Some((now, problem.to_owned()));
    }

    /// What came of a step whose answer is how much it did.
    pub(crate) fn note<E: std::fmt::Display>(
        &self,
        step: &'static str,
        result: Result<usize, E>,
        now: Timestamp,
    ) -> Result<usize, E> {
        match &result {
            Ok(number) => self.done(step, *number),
            Err(error) => self.failed(step, &error.to_string(), now),
        }
        result
    }

    /// What `step` did.
    pub(crate) fn of(&self, step: &str) -> Count {
        self.counts_mut().get(step).cloned().unwrap_or_default()
    }

    fn counts_mut(&self) -> MutexGuard<'_, BTreeMap<&'static str, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// How every step is doing, in the order of the road.
    pub async fn health(&self, now: Timestamp) -> Result<Vec<StepHealth>, StoreError> {
        let waiting = self.db.read(move |db| backlog::of(db, now)).await?;
        Ok(STEPS
            .iter()
            .map(|&step| {
                let Backlog { count, oldest } = match step {
                    "intake" => waiting.deliveries,
                    "process" => waiting.events,
                    "notify" => waiting.notices,
                    "publish" => waiting.actions,
                    _ => Backlog::default(),
                };
                StepHealth {
                    step,
                    count: self.meter.of(step),
                    waiting: count,
                    lag: oldest.map_or(SignedDuration::ZERO, |oldest| {
                        now.duration_since(oldest).max(SignedDuration::ZERO)
                    }),
                }
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_end_with_something_done_and_not_with_nothing_to_do() {
        let (meter, now) = (Meter::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..3 {
            meter.failed("notify", "no server", now);
            meter.done("notify", 0);
        }
        let count = meter.of("notify");
        assert_eq!((count.errors, count.in_a_row), (3, 3));
        assert_eq!(count.last_error, Some((now, "no server".into())));
        meter.done("notify", 2);
        let count = meter.of("notify");
        assert_eq!((count.done, count.errors, count.in_a_row), (2, 3, 0));
    }
}
