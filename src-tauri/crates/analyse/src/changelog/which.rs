//! Which changelog a change belongs into: the nearest one above the changed files, and who writes it.

use crate::change::role::{self, Role};

const STEMS: &[&str] = &[
    "changelog",
    "changes",
    "history",
    "news",
    "releases",
    "release-notes",
    "release_notes",
];
const ENDINGS: &[&str] = &["", "md", "markdown", "txt", "rst", "adoc"];

/// Folders in which each change leaves a note of its own, for a tool to gather.
const FRAGMENTS: &[&str] = &[
    ".changeset",
    "newsfragments",
    "changelog.d",
    ".changes",
    "changelogs",
];

/// Files of tools that write the changelog themselves.
const WRITERS: &[(&str, &str)] = &[
    ("release-please-config.json", "release-please"),
    (".release-please-manifest.json", "release-please"),
    (".releaserc", "semantic-release"),
    (".releaserc.json", "semantic-release"),
    (".releaserc.yml", "semantic-release"),
    ("release.config.js", "semantic-release"),
    ("cliff.toml", "git-cliff"),
    (".versionrc", "standard-version"),
    (".versionrc.json", "standard-version"),
    (".changeset/config.json", "changesets"),
];

/// True if the file at `path` is a changelog.
pub(crate) fn is_changelog(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    STEMS.contains(&stem) && ENDINGS.contains(&ending)
}

/// True if the file at `path` is the note of one change.
pub(crate) fn is_fragment(path: &str) -> bool {
    path.rsplit_once('/')
        .is_some_and(|(folders, _)| folders.split('/').any(|folder| FRAGMENTS.contains(&folder)))
}

/// The tool that writes the changelog, if its settings are in the repository.
pub(crate) fn writer(tree: &[String]) -> Option<&'static str> {
    WRITERS
        .iter()
        .find(|(file, _)| tree.iter().any(|path| path == file))
        .map(|(_, tool)| *tool)
}

/// The changelog for the changed files: the deepest whose folder holds all of those that are code.
pub(crate) fn changelog<'a>(
    tree: &[String],
    changed: impl Iterator<Item = &'a str>,
) -> Option<String> {
    let code: Vec<&str> = changed
        .filter(|path| !matches!(role::of(path), Role::Lockfile | Role::Workflow))
        .collect();
    tree.iter()
        .filter(|path| {
            is_changelog(path) && !matches!(role::of(path), Role::Generated | Role::Test)
        })
        .filter(|path| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            // Some keep it in a folder for documents, away from the code.
            let beside = matches!(folder, "docs" | "doc" | ".github");
            folder.is_empty()
                || beside
                || !code.is_empty()
                    && code.iter().all(|path| {
                        path.strip_prefix(folder)
                            .is_some_and(|rest| rest.starts_with('/'))
                    })
        })
        .max_by_key(|path| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let depth = if matches!(folder, "docs" | "doc" | ".github" | "") {
                0
            } else {
                folder.matches('/').count() + 1
            };
            let lower = path.to_ascii_lowercase();
            (depth, folder.is_empty(), lower.contains("changelog"))
        })
        .cloned()
}
