//! The registry of analysers.

use crate::analyser::Analyser;

mod baseline_taken;
mod blame;
mod build;
mod build_completed;
mod build_failed;
mod dependency_outdated;
mod incident;
mod issue_comment;
mod issue_created;
mod metric_regression;
mod migration_pending;
mod pr_merged;
mod pr_opened;
mod push;
mod schema_changed;
mod stale;
mod token_ending;

/// Every analyser, in alphabetical order.
pub static ALL: &[&dyn Analyser] = &[
    &baseline_taken::ANALYSER,
    &build_completed::ANALYSER,
    &build_failed::ANALYSER,
    &dependency_outdated::ANALYSER,
    &incident::ANALYSER,
    &issue_comment::ANALYSER,
    &issue_created::ANALYSER,
    &metric_regression::ANALYSER,
    &migration_pending::ANALYSER,
    &pr_merged::ANALYSER,
    &pr_opened::ANALYSER,
    &push::ANALYSER,
    &schema_changed::ANALYSER,
    &stale::ANALYSER,
    &token_ending::ANALYSER,
];
