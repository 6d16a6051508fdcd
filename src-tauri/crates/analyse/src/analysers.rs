//! The registry of analysers.

use crate::analyser::Analyser;

mod baseline_taken;
mod build_failed;
mod pr_merged;
mod pr_opened;
mod push;
mod token_ending;

/// Every analyser, in alphabetical order.
pub static ALL: &[&dyn Analyser] = &[
    &baseline_taken::ANALYSER,
    &build_failed::ANALYSER,
    &pr_merged::ANALYSER,
    &pr_opened::ANALYSER,
    &push::ANALYSER,
    &token_ending::ANALYSER,
];
