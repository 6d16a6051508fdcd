//! Lines by which package managers say what they install or build.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::Kind;

/// Each with a package as `name` and its version as `version`.
const PATTERNS: &[&str] = &[
    // Cargo; crates of the workspace have their folder behind the version.
    r"^(?:Compiling|Checking|Downloaded) (?P<name>[A-Za-z0-9_-]+) v(?P<version>[0-9]\S*)$",
    // apt
    r"^Setting up (?P<name>[a-z0-9][a-z0-9+.-]+)(?::[a-z0-9]+)? \((?P<version>[^)]+)\)",
    // apk
    r"^\(\d+/\d+\) Installing (?P<name>\S+) \((?P<version>[^)]+)\)$",
    // Go
    r"^go: downloading (?P<name>\S+) (?P<version>v\S+)$",
    // Bundler
    r"^(?:Installing|Using|Fetching) (?P<name>[a-z][A-Za-z0-9_.-]*) (?P<version>[0-9][0-9A-Za-z.-]*)(?: \(was [^)]*\))?$",
    // Composer and Poetry
    r"^- (?:Installing|Upgrading|Updating) (?P<name>[A-Za-z0-9@][A-Za-z0-9@._/-]*) \((?:\S+ (?:=>|->) )?(?P<version>v?[0-9][^) ]*)\)",
    // uv
    r"^\+ (?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>\S+)$",
    // pnpm
    r"^\+ (?P<name>@?[a-z0-9][a-z0-9._/-]*) (?P<version>[0-9]+\.[0-9]+\.[0-9]\S*)(?: \(.*\))?$",
    // Maven: …/group/artifact/1.2/artifact-1.2.jar
    r"^Downloaded from \S+: \S+/(?P<name>[A-Za-z0-9._-]+)/(?P<version>[0-9][^/]*)/[^/ ]+\.jar(?: |$)",
];

static SET: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(PATTERNS).expect("the patterns are constants"));

static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    PATTERNS
        .iter()
        .map(|pattern| Regex::new(pattern).expect("the patterns are constants"))
        .collect()
});

/// The packages `text` names.
pub(super) fn packages(text: &str) -> Vec<(Kind, String, String)> {
    if let Some(list) = text.strip_prefix("Successfully installed ") {
        return list.split_whitespace().filter_map(dashed).collect();
    }
    if let Some(list) = text.strip_prefix("plugins: ") {
        let plugin = |word| {
            dashed(word).map(|(kind, name, version)| (kind, format!("pytest-{name}"), version))
        };
        return list.split(", ").filter_map(plugin).collect();
    }
    SET.matches(text)
        .into_iter()
        .take(1)
        .filter_map(|number| {
            let found = EACH[number].captures(text)?;
            Some((
                Kind::Package,
                found.name("name")?.as_str().to_owned(),
                found.name("version")?.as_str().to_owned(),
            ))
        })
        .collect()
}

/// `name-1.2`, as pip writes it.
fn dashed(word: &str) -> Option<(Kind, String, String)> {
    let (name, version) = word.rsplit_once('-')?;
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| (Kind::Package, name.to_owned(), version.to_owned()))
}
