//! The registry of analysers.

use crate::analyser::Analyser;

mod build;
mod build_completed;
mod build_failed;
mod dependency_outdated;
mod pr_merged;
mod pr_opened;
mod push;

/// Every analyser, in alphabetical order.
pub static ALL: &[&dyn Analyser] = &[
    &build_completed::ANALYSER,
    &build_failed::ANALYSER,
    &dependency_outdated::ANALYSER,
    &pr_merged::ANALYSER,
    &pr_opened::ANALYSER,
    &push::ANALYSER,
];
