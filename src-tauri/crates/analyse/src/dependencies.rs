//! Dependencies as a repository's manifests name them, and the order in which they should move.
//!
//! Pure: manifests and lockfiles are read as text, releases come from whoever asked the ecosystem. Nothing of a
//! repository is ever run.

use std::collections::{BTreeMap, BTreeSet};

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
