//! Dependencies as a repository's manifests name them, and the order in which they should move.
//!
//! Pure: manifests and lockfiles are read as text, releases come from whoever asked the ecosystem. Nothing of a
//! repository is ever run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use perch_core::dependency::Survey;
use perch_core::facts::Facts;

pub(crate) mod commands;
mod locks;
mod manifests;
pub(crate) mod plan;
pub(crate) mod range;
mod uses;
pub(crate) mod version;

pub(crate) use manifests::{files, read};
pub(crate) use uses::{could_use, used_in};

/// The packages a survey has to look up, by ecosystem: what the manifests at hand require.
pub fn packages(facts: &Facts) -> BTreeMap<String, BTreeSet<String>> {
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for requirement in read(facts).requirements {
        packages
            .entry(requirement.ecosystem.to_owned())
            .or_default()
            .insert(requirement.name);
    }
    packages
}

/// What is outdated by `survey`, as a text that is the same as long as that is; nothing when nothing is.
pub fn state(facts: &Facts, survey: &Survey, now: Timestamp) -> Option<String> {
    let updates = plan::plan(&read(facts).requirements, survey, now);
    (!updates.is_empty()).then(|| plan::state(&updates))
}

/// Drops the releases that no requirement could move to and that none is at.
pub fn keep_what_matters(facts: &Facts, survey: &mut Survey) {
    let requirements = read(facts).requirements;
    for package in &mut survey.packages {
        package.releases.retain(|release| {
            requirements
                .iter()
                .filter(|one| one.ecosystem == package.ecosystem && one.name == package.name)
                .any(|one| plan::matters(one, release))
        });
    }
}
