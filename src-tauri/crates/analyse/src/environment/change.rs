//! What changed between the last run that passed and one that failed.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::run::Environment;

use super::{Fingerprint, Kind, names, names_in_common_steps};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Another version.
    Version {
        /// Of what sort of thing.
        kind: Kind,
        /// Of what.
        name: String,
        /// The version when it passed.
        from: String,
        /// The version now.
        to: String,
        /// Lines of the passing and of the failing log, where logs say so.
        lines: Option<(u64, u64)>,
    },
    /// A variable is set that was not.
    Set {
        /// Its name.
        name: String,
        /// The line of the failing log.
        line: Option<u64>,
    },
    /// A variable is no longer set.
    Unset {
        /// Its name.
        name: String,
        /// The line of the passing log.
        line: Option<u64>,
    },
}

/// What changed since the newest of `passing`, most suspicious first.
///
/// A version with which any of them passed is no change, and neither is what only one side mentions: caches decide
/// what a package manager prints.
pub(crate) fn changes(failing: &Fingerprint, passing: &[Fingerprint]) -> Vec<Change> {
    let Some(last) = passing.first() else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    for (key, now) in &failing.versions {
        let Some(before) = last.versions.get(key) else {
            continue;
        };
        let passed_with = |version: &String| {
            passing.iter().any(|log| {
                log.versions
                    .get(key)
                    .is_some_and(|all| all.contains_key(version))
            })
        };
        let come: Vec<_> = now.iter().filter(|(one, _)| !passed_with(one)).collect();
        let gone: Vec<_> = before
            .iter()
            .filter(|(one, _)| !now.contains_key(*one))
            .collect();
        // With several on a side nobody can tell which took the place of which.
        if let ([(to, now)], [(from, before)]) = (come.as_slice(), gone.as_slice()) {
            changes.push(Change::Version {
                kind: key.0,
                name: key.1.clone(),
                from: (*from).clone(),
                to: (*to).clone(),
                lines: Some((**before, **now)),
            });
        }
    }
    let now = names_in_common_steps(failing, last);
    let before = names_in_common_steps(last, failing);
    let ever: BTreeSet<&String> = passing
        .iter()
        .flat_map(|log| log.variables.values().flat_map(BTreeMap::keys))
        .collect();
    let still: BTreeSet<&String> = failing
        .variables
        .values()
        .flat_map(BTreeMap::keys)
        .collect();
    changes.extend(names(&now).difference(&ever).map(|name| Change::Set {
        name: (*name).clone(),
        line: now.get(*name).copied(),
    }));
    changes.extend(names(&before).difference(&still).map(|name| Change::Unset {
        name: (*name).clone(),
        line: before.get(*name).copied(),
    }));
    changes
}

/// The same between what was recorded on this machine.
pub(crate) fn recorded_changes(failing: &Environment, passing: &Environment) -> Vec<Change> {
    let versions =
        |kind: Kind, now: &BTreeMap<String, String>, before: &BTreeMap<String, String>| {
            now.iter()
                .filter_map(|(name, to)| {
                    let from = before.get(name).filter(|from| *from != to)?;
                    Some(Change::Version {
                        kind,
                        name: name.clone(),
                        from: from.clone(),
                        to: to.clone(),
                        lines: None,
                    })
                })
                .collect::<Vec<_>>()
        };
    let mut changes = versions(Kind::Tool, &failing.tools, &passing.tools);
    if let (Some(to), Some(from)) = (&failing.image, &passing.image)
        && to != from
    {
        changes.push(Change::Version {
            kind: Kind::Image,
            name: "The operating system".into(),
            from: from.clone(),
            to: to.clone(),
            lines: None,
        });
    }
    changes.extend(versions(
        Kind::Package,
        &failing.packages,
        &passing.packages,
    ));
    // Runs recorded before variables were have none.
    if !failing.variables.is_empty() && !passing.variables.is_empty() {
        let set = failing.variables.difference(&passing.variables);
        changes.extend(set.map(|name| Change::Set {
            name: name.clone(),
            line: None,
        }));
        let unset = passing.variables.difference(&failing.variables);
        changes.extend(unset.map(|name| Change::Unset {
            name: name.clone(),
            line: None,
        }));
    }
    changes
}
