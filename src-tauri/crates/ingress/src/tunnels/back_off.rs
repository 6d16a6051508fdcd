//! Back-off: how long a strand waits before it is opened again. No IO; chance is an argument.

use std::time::Duration;

/// The pause after the `failures`-th failure in a row: doubled each time up to `longest`, less up to half of it.
///
/// `chance` is from 0 to 1; with it strands that broke together do not come back together.
pub(super) fn pause(first: Duration, longest: Duration, failures: u32, chance: f64) -> Duration {
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(20));
    doubled
        .min(longest)
        .mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0)
}

/// A chance from the system's random source; the middle where it has none.
pub(super) fn chance() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_chance_takes_at_most_half() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(300));
        let at = |failures, chance| pause(first, longest, failures, chance).as_millis();
        for (failures, whole) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (5, 16),
            (9, 256),
            (10, 300),
            (99, 300),
        ] {
            assert_eq!(at(failures, 0.0), whole * 1000, "{failures}");
            assert_eq!(at(failures, 1.0), whole * 500, "{failures}");
        }
        assert!((0.0..=1.0).contains(&chance()));
    }
}
