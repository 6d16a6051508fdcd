//! Lockfiles: which version of a package is in use.

use std::collections::BTreeMap;

use serde_json::Value;
use toml_edit::{Document, Item};

use super::manifests::Requirement;
use super::version::Version;

/// Versions by package, for the ecosystems whose lockfile it is.
pub(super) struct Locked {
    ecosystems: &'static [&'static str],
    versions: BTreeMap<String, Vec<String>>,
}

/// Lockfiles, what they hold for, and how each is read. Those that cannot be read hold nothing.
const KINDS: &[(&str, &[&str], fn(&str) -> Pairs)] = &[
    ("Cargo.lock", &["cargo"], packages),
    ("Gemfile.lock", &["bundler"], gems),
    ("package-lock.json", &["npm"], npm),
    ("pnpm-lock.yaml", &["pnpm"], pnpm),
    ("poetry.lock", &["poetry"], packages),
    ("uv.lock", &["uv"], packages),
    ("yarn.lock", &["yarn"], yarn),
];

type Pairs = Vec<(String, String)>;

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// True for a lockfile.
pub(super) fn is(path: &str) -> bool {
    KINDS.iter().any(|(file, ..)| *file == name(path))
}

/// What a lockfile says; nothing for another file.
pub(super) fn read(path: &str, text: &str) -> Option<Locked> {
    let (_, ecosystems, read) = KINDS.iter().find(|(file, ..)| *file == name(path))?;
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (package, version) in read(text) {
        versions.entry(package).or_default().push(version);
    }
    Some(Locked {
        ecosystems,
        versions,
    })
}

/// The requirement with the version in use, by the nearest lockfile: of several the newest it allows.
pub(super) fn locked(mut requirement: Requirement, locks: &[&Locked]) -> Requirement {
    let versions = locks
        .iter()
        .filter(|lock| lock.ecosystems.contains(&requirement.ecosystem))
        .find_map(|lock| lock.versions.get(&requirement.name));
    let in_use = versions
        .into_iter()
        .flatten()
        .filter_map(|text| Some((Version::parse(text)?, text)))
        .filter(|(version, _)| {
            *version == requirement.range.version || requirement.range.allows(version)
        })
        .max_by(|one, other| one.0.cmp(&other.0));
    if let Some((version, text)) = in_use {
        requirement.current = version;
        requirement.current_text.clone_from(text);
        requirement.locked = true;
    }
    requirement
}

/// `[[package]]` tables.
fn packages(text: &str) -> Pairs {
    let Ok(document) = Document::parse(text) else {
        return Vec::new();
    };
    let Some(tables) = document.get("package").and_then(Item::as_array_of_tables) else {
        return Vec::new();
    };
    tables
        .iter()
        .filter_map(|table| {
            let text = |key: &str| Some(table.get(key)?.as_str()?.to_owned());
            Some((text("name")?, text("version")?))
        })
        .collect()
}

/// `    rack (2.2.3)`.
fn gems(text: &str) -> Pairs {
    text.lines()
        .filter_map(|line| {
            let line = line
                .strip_prefix("    ")
                .filter(|rest| !rest.starts_with(' '))?;
            let (name, version) = line.strip_suffix(')')?.split_once(" (")?;
            Some((name.to_owned(), version.to_owned()))
        })
        .collect()
}

/// Only what stands at the top of the tree is what the manifest gets.
fn npm(text: &str) -> Pairs {
    let root: Value = serde_json::from_str(text).unwrap_or_default();
    let listed = |key: &str, prefix: &str| {
        let members = root[key].as_object().into_iter().flatten();
        members
            .filter_map(|(name, package)| {
                let name = name.strip_prefix(prefix)?;
                let version = package["version"].as_str()?;
                (!name.contains("node_modules/")).then(|| (name.to_owned(), version.to_owned()))
            })
            .collect::<Pairs>()
    };
    let packages = listed("packages", "node_modules/");
    if packages.is_empty() {
        listed("dependencies", "")
    } else {
        packages
    }
}

/// `name:` with `specifier:` and then `version: 1.2.3(peer@1)` below it.
fn pnpm(text: &str) -> Pairs {
    let mut found = Vec::new();
    let mut name = None;
    for line in text.lines() {
        let words = line.trim();
        if let Some(version) = words.strip_prefix("version: ") {
            if let Some(name) = name.take() {
                let version = version.trim_matches('\'');
                let version = version.split('(').next().unwrap_or(version);
                found.push((name, version.to_owned()));
            }
        } else if let Some(key) = words.strip_suffix(':') {
            name = Some(key.trim_matches('\'').to_owned());
        } else if !words.starts_with("specifier: ") {
            name = None;
        }
    }
    found
}

/// `"left@^1.0.0", left@^1.1.0:` and then `version "1.2.0"`, or `version: 1.2.0` since yarn 2.
fn yarn(text: &str) -> Pairs {
    let mut found = Vec::new();
    let mut name: Option<String> = None;
    for line in text.lines() {
        if !line.starts_with([' ', '#']) {
            let first = line
                .trim_start_matches('"')
                .split(',')
                .next()
                .unwrap_or_default();
            name = first
                .get(1..)
                .and_then(|rest| rest.find('@'))
                .map(|at| first[..=at].to_owned());
        } else if let Some(version) = line.strip_prefix("  version")
            && let Some(name) = name.take()
        {
            found.push((name, version.trim_matches([' ', ':', '"']).to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lockfile_tells_the_version_in_use_and_a_broken_one_nothing() {
        let cases: [(&str, &str, &str, &[&str]); 9] = [
            (
                "Cargo.lock",
                "[[package]]\nname = \"a\"\nversion = \"1.2.0\"\n",
                "a",
                &["1.2.0"],
            ),
            (
                "Gemfile.lock",
                "GEM\n  specs:\n    a (1.2.0)\n      b (>= 1)\n",
                "a",
                &["1.2.0"],
            ),
            (
                "package-lock.json",
                r#"{"packages":{"":{},"node_modules/a":{"version":"1.2.0"},"node_modules/b/node_modules/a":{"version":"1.0.0"}}}"#,
                "a",
                &["1.2.0"],
            ),
            (
                "package-lock.json",
                r#"{"dependencies":{"a":{"version":"1.2.0"}}}"#,
                "a",
                &["1.2.0"],
            ),
            (
                "pnpm-lock.yaml",
                "importers:\n  .:\n    dependencies:\n      '@s/a':\n        specifier: ^1\n        version: 1.2.0(b@1)\n",
                "@s/a",
                &["1.2.0"],
            ),
            (
                "yarn.lock",
                "\"@s/a@^1.0.0\", \"@s/a@^1.1.0\":\n  version \"1.2.0\"\n",
                "@s/a",
                &["1.2.0"],
            ),
            (
                "yarn.lock",
                "\"a@npm:^1.0.0\":\n  version: 1.2.0\n",
                "a",
                &["1.2.0"],
            ),
            ("Cargo.lock", "[[package", "a", &[]),
            ("package-lock.json", "{", "a", &[]),
        ];
        for (path, text, package, expected) in cases {
            let locked = read(path, text).expect("a lockfile");
            let found = locked.versions.get(package).cloned().unwrap_or_default();
            assert_eq!(found, expected, "{path}");
        }
        assert!(read("Cargo.toml", "").is_none());
    }
}
