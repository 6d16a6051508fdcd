//! Change points of a series: where its level moved for good. Pure; also how odd each sample is as it comes in.
//!
//! Knows nothing of seasons and trends beyond not taking them for a change too readily.

mod levels;
mod oddness;

pub use levels::change_points;
pub use oddness::oddness;

#[expect(
    clippy::cast_precision_loss,
    reason = "no series has more than 2^52 samples"
)]
pub(crate) fn f64_of(count: usize) -> f64 {
    count as f64
}
