//! Manifests: which files name dependencies, and what they require.

use std::collections::BTreeMap;
use std::ops::Range as Span;

use perch_core::facts::{Facts, Want};

use super::locks::{self, Locked};
use super::range::{Bare, Range};

mod actions;
mod bundler;
mod cargo;
mod docker;
mod go;
mod gradle;
mod maven;
mod npm;
mod python;

/// Manifests of one repository at most.
const MOST: usize = 30;

/// Requirements of one repository at most.
const REQUIREMENTS: usize = 2_000;

/// Folders whose manifests are other people's, or no program's.
const NOT_OURS: &[&str] = &[
    "node_modules",
    "vendor",
    "third_party",
    "dist",
    "target",
    "fixtures",
    "testdata",
    "snapshots",
    "__snapshots__",
];

/// A kind of manifest.
struct Kind {
    /// True for a file of this kind.
    is: fn(&str) -> bool,
    /// Its requirements, or why it cannot be read.
    read: fn(&Manifest<'_>) -> Result<Vec<Requirement>, String>,
}

/// Every kind, in alphabetical order.
static KINDS: &[&Kind] = &[
    &actions::KIND,
    &bundler::KIND,
    &cargo::KIND,
    &docker::KIND,
    &go::KIND,
    &gradle::KIND,
    &maven::KIND,
    &npm::KIND,
    &python::KIND,
];

/// A manifest and what stands around it.
struct Manifest<'a> {
    path: &'a str,
    text: &'a str,
    tree: &'a [String],
    /// Where its lines end.
    line_ends: Vec<usize>,
}

impl Manifest<'_> {
    /// The manifest's folder with a final `/`, or nothing for the root.
    fn folder(&self) -> &str {
        self.path.rfind('/').map_or("", |at| &self.path[..=at])
    }

    /// True when a file of this name stands in the manifest's folder or above it.
    fn has_beside_or_above(&self, name: &str) -> bool {
        above(self.folder()).any(|folder| {
            self.tree
                .iter()
                .any(|path| *path == format!("{folder}{name}"))
        })
    }

    /// The 1-based line at a place in the text.
    fn line_of(&self, at: usize) -> u32 {
        let before = self.line_ends.partition_point(|end| *end < at);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    /// What `range`, which stands at `span`, requires of `name`; nothing where it is more than one operator.
    fn requirement(
        &self,
        ecosystem: &'static str,
        name: &str,
        span: Span<usize>,
        bare: Bare,
    ) -> Option<Requirement> {
        let range = Range::parse(self.text.get(span.clone())?, bare)?;
        let at = span.end
            - self.text[span.clone()]
                .trim_end()
                .len()
                .abs_diff(span.len());
        let start = at - range.written.len();
        Some(Requirement {
            ecosystem,
            name: name.to_owned(),
            path: self.path.to_owned(),
            line: self.line_of(start),
            span: start..at,
            current: range.version.clone(),
            current_text: range.written.clone(),
            locked: false,
            same_length: false,
            range,
        })
    }
}

/// One dependency as a manifest requires it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// The ecosystem's id.
    pub(crate) ecosystem: &'static str,
    /// The package.
    pub(crate) name: String,
    /// The manifest.
    pub(crate) path: String,
    /// The 1-based line of the version.
    pub(crate) line: u32,
    /// Where the version stands in the text.
    pub(crate) span: Span<usize>,
    /// What is required.
    pub(crate) range: Range,
    /// The version in use: of the lockfile, else the one required.
    pub(crate) current: super::version::Version,
    /// The same as written.
    pub(crate) current_text: String,
    /// True when a lockfile says which version is in use.
    pub(crate) locked: bool,
    /// True where only versions of as many numbers count: tags that move with the releases below them.
    pub(crate) same_length: bool,
}

/// What the manifests say.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The requirements, by path and place.
    pub(crate) requirements: Vec<Requirement>,
    /// Manifests that do not parse.
    pub(crate) broken: Vec<String>,
}

/// Reads every manifest among the facts.
pub(crate) fn read(facts: &Facts) -> Read {
    let mut read = Read::default();
    let mut locks: BTreeMap<String, Locked> = BTreeMap::new();
    for (path, text) in &facts.files {
        if let Some(locked) = locks::read(path, text) {
            locks.insert(path.clone(), locked);
        }
    }
    for (path, text) in facts.files.iter().filter(|(path, _)| ours(path)) {
        for kind in KINDS.iter().filter(|kind| (kind.is)(path)) {
            let manifest = Manifest {
                path,
                text,
                tree: &facts.tree,
                line_ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect(),
            };
            let Ok(requirements) = (kind.read)(&manifest) else {
                read.broken.push(path.clone());
                continue;
            };
            let locks = manifest_locks(&manifest, &locks);
            let locked = |requirement| locks::locked(requirement, &locks);
            let room = REQUIREMENTS.saturating_sub(read.requirements.len());
            read.requirements
                .extend(requirements.into_iter().take(room).map(locked));
        }
    }
    read
}

/// The lockfiles that hold for a manifest, nearest first.
fn manifest_locks<'a>(
    manifest: &Manifest<'_>,
    locks: &'a BTreeMap<String, Locked>,
) -> Vec<&'a Locked> {
    above(manifest.folder())
        .flat_map(|folder| {
            locks
                .iter()
                .filter(move |(path, _)| {
                    path.strip_prefix(folder)
                        .is_some_and(|name| !name.contains('/'))
                })
                .map(|(_, locked)| locked)
        })
        .collect()
}

/// The manifests and lockfiles of a repository with these paths.
pub(crate) fn files(tree: &[String]) -> Vec<Want> {
    let manifest = |path: &str| KINDS.iter().any(|kind| (kind.is)(path)) || locks::is(path);
    let mut paths: Vec<&String> = tree
        .iter()
        .filter(|path| ours(path) && manifest(path))
        .collect();
    paths.sort_by_key(|path| (path.matches('/').count(), *path));
    paths
        .into_iter()
        .take(MOST)
        .cloned()
        .map(Want::File)
        .collect()
}

fn ours(path: &str) -> bool {
    !path.split('/').any(|part| NOT_OURS.contains(&part))
}

/// `a/b/`, `a/` and the root.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        let inner = folder.strip_suffix('/')?;
        Some(inner.rfind('/').map_or("", |at| &inner[..=at]))
    })
}

/// The name of a file.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
