//! Acknowledging comes before reading: while many deliveries are being committed at once, the rest of the road waits
//! a little, and never for long.
//!
//! A forge that gets no answer in time counts a failure and may switch its webhook off; what is stored is read later
//! all the same.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::engine::Engine;

/// From so many commits at once on, deliveries arrive faster than one by one.
const MANY: usize = 4;
/// How long one step of the road waits at most.
const LONGEST: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Deliveries that are being committed right now.
#[derive(Debug, Default)]
pub(crate) struct Arrivals(AtomicUsize);

/// Counts as arriving until it is dropped.
pub(crate) struct Arriving<'a>(&'a Arrivals);

impl Arrivals {
    pub(crate) fn begin(&self) -> Arriving<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Arriving(self)
    }

    fn are_many(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= MANY
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Engine {
    /// Waits while many deliveries arrive, half a second at most.
    pub(crate) async fn give_way(&self) {
        let mut waited = Duration::ZERO;
        while self.arrivals.are_many() && waited < LONGEST {
            tokio::time::sleep(LOOK_AGAIN).await;
            waited += LOOK_AGAIN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_are_not_many() {
        let arrivals = Arrivals::default();
        let mut arriving: Vec<Arriving<'_>> = (1..MANY).map(|_| arrivals.begin()).collect();
        assert!(!arrivals.are_many());
        arriving.push(arrivals.begin());
        assert!(arrivals.are_many());
        arriving.pop();
        assert!(!arrivals.are_many());
    }
}
