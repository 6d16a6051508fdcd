//! The plan: which dependency moves to which version, and in which order.
//!
//! First what is unsafe, by the lowest version that is not; then patches, minors and majors. Releases younger than the
//! age gate, of unknown age, withdrawn or not meant for everybody are not proposed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::dependency::{Advisory, Release, Releases, Survey};

use super::manifests::Requirement;
use super::version::{Class, Version};

/// One dependency's move.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    pub(crate) ecosystem: &'static str,
    pub(crate) name: String,
    /// The version in use, as written.
    pub(crate) from: String,
    /// The version to move to, as the ecosystem writes it.
    pub(crate) to: String,
    pub(crate) class: Class,
    /// Whole days since it was released.
    pub(crate) age_days: Option<i64>,
    /// Faults it mends.
    pub(crate) mends: Vec<Advisory>,
    /// True when the version in use was taken back.
    pub(crate) withdrawn: bool,
    /// Every place that requires it.
    pub(crate) places: Vec<Requirement>,
    /// The places whose requirement does not allow the new version.
    pub(crate) edits: Vec<Requirement>,
}

impl Update {
    /// True for what should not wait.
    pub(crate) fn is_urgent(&self) -> bool {
        !self.mends.is_empty() || self.withdrawn
    }
}

/// A release that may be moved to.
struct Candidate<'a> {
    version: Version,
    written: &'a str,
    age_days: Option<i64>,
}

/// The plan for `requirements`, in its order.
pub(crate) fn plan(requirements: &[Requirement], survey: &Survey, now: Timestamp) -> Vec<Update> {
    let mut together: BTreeMap<(&'static str, &str), Vec<&Requirement>> = BTreeMap::new();
    for requirement in requirements {
        together
            .entry((requirement.ecosystem, &requirement.name))
            .or_default()
            .push(requirement);
    }
    let mut updates: Vec<Update> = together
        .into_iter()
        .flat_map(|((ecosystem, name), places)| {
            let known = survey
                .packages
                .iter()
                .find(|one| one.ecosystem == ecosystem && one.name == name);
            known.map_or_else(Vec::new, |known| moves(&places, known, survey, now))
        })
        .collect();
    updates.sort_by(|one, other| {
        let key = |update: &Update| (!update.is_urgent(), update.class);
        key(one)
            .cmp(&key(other))
            .then_with(|| (one.ecosystem, &one.name).cmp(&(other.ecosystem, &other.name)))
    });
    updates
}

/// The moves of one package: one that is safe or urgent, and apart from it one that may break.
fn moves(
    places: &[&Requirement],
    known: &Releases,
    survey: &Survey,
    now: Timestamp,
) -> Vec<Update> {
    let Some(oldest) = places
        .iter()
        .min_by(|one, other| one.current.cmp(&other.current))
    else {
        return Vec::new();
    };
    let candidates = candidates(oldest, known, now);
    let aged = |candidate: &&Candidate<'_>| {
        candidate
            .age_days
            .is_some_and(|days| days >= i64::from(survey.min_age_days))
    };
    let class = |candidate: &Candidate<'_>| oldest.current.class(&candidate.version);
    let update = |candidate: &Candidate<'_>, mends: Vec<Advisory>, withdrawn: bool| {
        let edits: Vec<Requirement> = places
            .iter()
            .filter(|place| !place.range.allows(&candidate.version))
            .map(|place| (*place).clone())
            .collect();
        // What a manifest allows and no lockfile holds back moves by itself.
        let held = !edits.is_empty() || places.iter().any(|place| place.locked);
        held.then(|| Update {
            ecosystem: oldest.ecosystem,
            name: oldest.name.clone(),
            from: oldest.current_text.clone(),
            to: candidate.written.to_owned(),
            class: class(candidate),
            age_days: candidate.age_days,
            mends,
            withdrawn,
            places: places.iter().map(|place| (*place).clone()).collect(),
            edits,
        })
    };
    let faults = faults(oldest, survey);
    let safe_from = faults
        .iter()
        .filter_map(|fault| Version::parse(fault.fixed_in.as_deref()?))
        .max();
    if let Some(safe_from) = safe_from
        && let Some(lowest) = candidates.iter().find(|one| one.version >= safe_from)
    {
        return update(lowest, faults, false).into_iter().collect();
    }
    let withdrawn = known.releases.iter().any(|release| {
        release.withdrawn && Version::parse(&release.version).as_ref() == Some(&oldest.current)
    });
    let newest = |major: bool| {
        candidates
            .iter()
            .filter(aged)
            .rfind(|one| (class(one) == Class::Major) == major)
    };
    let (gentle, major) = (newest(false), newest(true));
    let mut updates = Vec::new();
    updates.extend(gentle.and_then(|one| update(one, Vec::new(), withdrawn)));
    updates.extend(major.and_then(|one| update(one, Vec::new(), withdrawn && gentle.is_none())));
    updates
}

/// The releases after the one in use, oldest first.
fn candidates<'a>(
    requirement: &Requirement,
    known: &'a Releases,
    now: Timestamp,
) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'a>> = known
        .releases
        .iter()
        .filter(|release| !release.withdrawn)
        .filter_map(|release| {
            let version = Version::parse(&release.version)?;
            let fits = fits(requirement, &version);
            fits.then(|| Candidate {
                version,
                written: &release.version,
                age_days: release
                    .released_at
                    .map(|at| now.duration_since(at).as_hours() / 24),
            })
        })
        .collect();
    candidates.sort_by(|one, other| one.version.cmp(&other.version));
    candidates
}

/// True for a version that is newer, of the same kind, and meant for everybody.
fn fits(requirement: &Requirement, version: &Version) -> bool {
    let current = &requirement.current;
    version > current
        && !version.is_before_release()
        && version.flavor == current.flavor
        && (!requirement.same_length || version.numbers.len() == current.numbers.len())
}

/// True for a release the plan may speak of: one to move to, or the one in use.
pub(crate) fn matters(requirement: &Requirement, release: &Release) -> bool {
    Version::parse(&release.version)
        .is_some_and(|version| version == requirement.current || fits(requirement, &version))
}

/// The faults of the version in use that some release mends.
fn faults(requirement: &Requirement, survey: &Survey) -> Vec<Advisory> {
    survey
        .advisories
        .iter()
        .filter(|one| one.ecosystem == requirement.ecosystem && one.name == requirement.name)
        .filter(|one| {
            one.fixed_in
                .as_deref()
                .and_then(Version::parse)
                .is_some_and(|fixed| requirement.current < fixed)
        })
        .cloned()
        .collect()
}

/// What the plan comes to: the same as long as nothing is released and nothing moves.
pub(crate) fn state(updates: &[Update]) -> String {
    let one = |update: &Update| {
        format!(
            "{}:{}@{}>{}",
            update.ecosystem, update.name, update.from, update.to
        )
    };
    updates.iter().map(one).collect::<Vec<_>>().join("\n")
}
