//! Where release notes lie in a repository, and how those that are there are headed.

use std::sync::LazyLock;

use regex::Regex;

/// Names of folders that hold notes, a file per version.
const FOLDERS: &[&str] = &[
    "release-notes",
    "release_notes",
    "releasenotes",
    "releases",
    "notes",
    "changelogs",
];

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d+\.\d+(?:\.\d+)?(?:-?(?:rc|alpha|beta)[\w.]*)?")
        .expect("the pattern is constant")
});

/// The newest notes that are there: the file with the highest version in its name.
pub(super) fn newest(paths: &[String]) -> Option<&String> {
    let key = |path: &&String| {
        let name = file_name(path);
        let numbers = NUMBER.find(name).map_or("", |found| found.as_str());
        numbers
            .split(['.', '-'])
            .map(|number| number.parse::<u64>().unwrap_or(0))
            .collect::<Vec<_>>()
    };
    paths
        .iter()
        .filter(|path| {
            let folder = path
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .to_lowercase();
            let own = FOLDERS.contains(&folder.rsplit('/').next().unwrap_or_default());
            let text = [".md", ".markdown", ".txt"]
                .iter()
                .any(|ending| path.ends_with(ending));
            own && text && NUMBER.is_match(file_name(path))
        })
        .max_by_key(key)
}

/// The path for the notes of `number`, beside those that are there.
pub(super) fn path(paths: &[String], number: Option<&str>, tag: &str) -> String {
    if let Some(model) = newest(paths) {
        let (folder, name) = model.rsplit_once('/').unwrap_or(("", model));
        let name = match number {
            Some(number) => NUMBER.replace(name, number).into_owned(),
            None => format!("unreleased.{}", name.rsplit('.').next().unwrap_or("md")),
        };
        return format!("{folder}/{name}");
    }
    let folder = if paths.iter().any(|path| path.starts_with("docs/")) {
        "docs/releases"
    } else {
        "releases"
    };
    let name: String = match number {
        // A tag may hold what a file's name may not.
        Some(_) => tag
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || ".-_+".contains(c) {
                    c
                } else {
                    '-'
                }
            })
            .collect(),
        None => "unreleased".into(),
    };
    format!("{folder}/{}.md", name.trim_matches(['-', '.']))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_go_beside_those_that_are_there() {
        let paths = |list: &[&str]| {
            list.iter()
                .map(|path| (*path).to_owned())
                .collect::<Vec<_>>()
        };
        for (there, number, expected) in [
            (&["README.md"][..], Some("1.3.0"), "releases/v1.3.0.md"),
            (&["docs/a.md"], Some("1.3.0"), "docs/releases/v1.3.0.md"),
            (&["docs/a.md"], None, "docs/releases/unreleased.md"),
            (
                &[
                    "release-notes/notes-1.9.0.txt",
                    "release-notes/notes-1.10.0.txt",
                ],
                Some("1.11.0"),
                "release-notes/notes-1.11.0.txt",
            ),
            (
                &["src/releases/0.1.rs"],
                Some("1.3.0"),
                "releases/v1.3.0.md",
            ),
        ] {
            assert_eq!(path(&paths(there), number, "v1.3.0"), expected);
        }
        assert_eq!(
            path(&[], Some("2.0.0"), "@acme/web@2.0.0"),
            "releases/acme-web-2.0.0.md"
        );
    }
}
