//! Which commits a document is about: ranges as people write them, and the tags that versions are named by.

use std::cmp::Ordering;
use std::sync::LazyLock;

use perch_core::seam::checkout::{Survey, Tag};
use regex::Regex;

/// What names a version: an optional name of a package, an optional `v`, numbers, perhaps a pre-release.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(.*?)[@/_-])?v?(\d+(?:\.\d+)*)(?:[-.]?([0-9A-Za-z][0-9A-Za-z.-]*))?(?:\+[0-9A-Za-z.-]+)?$")
        .expect("the pattern is constant")
});

/// A tag that names a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version<'a> {
    pub(super) tag: &'a Tag,
    /// The package it is of; empty in a repository with one.
    pub(super) package: String,
    numbers: Vec<u64>,
    /// What stands behind the numbers: `rc.1`; empty for a release.
    pre: String,
}

impl<'a> Version<'a> {
    /// The version `tag` names.
    pub(super) fn of(tag: &'a Tag) -> Option<Self> {
        let found = VERSION.captures(&tag.name)?;
        let package = found.get(1).map_or("", |package| package.as_str());
        // `release-1.2` and `version/1.2` are of no package.
        let bare = matches!(
            package.to_lowercase().as_str(),
            "release" | "releases" | "rel" | "version" | "ver" | "v"
        );
        Some(Self {
            tag,
            package: if bare {
                String::new()
            } else {
                package.to_owned()
            },
            numbers: found[2]
                .split('.')
                .map(|number| number.parse().unwrap_or(u64::MAX))
                .collect(),
            pre: found
                .get(3)
                .map_or(String::new(), |pre| pre.as_str().to_owned()),
        })
    }

    /// Its number as people read it: `1.3.0-rc.1`.
    pub(super) fn number(&self) -> String {
        let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
        let number = numbers.join(".");
        if self.pre.is_empty() {
            return number;
        }
        // Python writes `1.0rc1`, the others `1.0.0-rc.1`.
        let joint = if self.tag.name.contains(&format!("{number}-{}", self.pre)) {
            "-"
        } else if self.tag.name.contains(&format!("{number}.{}", self.pre)) {
            "."
        } else {
            ""
        };
        format!("{number}{joint}{}", self.pre)
    }

    fn trimmed(&self) -> &[u64] {
        let end = self
            .numbers
            .iter()
            .rposition(|number| *number != 0)
            .map_or(0, |at| at + 1);
        &self.numbers[..end]
    }

    /// Which of two versions is the later one, by Semantic Versioning.
    fn order(&self, other: &Self) -> Ordering {
        self.trimmed().cmp(other.trimmed()).then_with(|| {
            match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => pre_release(&self.pre, &other.pre),
            }
        })
    }
}

fn pre_release(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| -> Vec<String> { text.split(['.', '-']).map(str::to_owned).collect() };
    let (one, other) = (parts(one), parts(other));
    for (one, other) in one.iter().zip(&other) {
        let order = match (one.parse::<u64>(), other.parse::<u64>()) {
            (Ok(one), Ok(other)) => one.cmp(&other),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => one.cmp(other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

/// The commits a document is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span<'a> {
    /// Where it begins: a tag, branch or hash; the first commit when absent.
    pub(super) from: Option<String>,
    /// Where it ends.
    pub(super) to: String,
    /// The version it ends with; absent when that is still to come.
    pub(super) version: Option<Version<'a>>,
    /// The package whose tags these are; empty in a repository with one.
    pub(super) package: String,
}

/// The span `argument` means. Without one: from the newest version on, or that version itself when nothing came after.
///
/// `package` is the one asked about, as tags would name it; empty when none is.
pub(super) fn span<'a>(
    argument: &str,
    survey: &'a Survey,
    package: &str,
) -> Result<Span<'a>, String> {
    let versions: Vec<Version<'a>> = survey.tags.iter().filter_map(Version::of).collect();
    let argument = argument.trim();
    if survey.head.is_none() {
        return Err("the repository has no commit yet".into());
    }
    if argument.is_empty() {
        return Ok(newest(survey, &versions, package));
    }
    if let Some((from, to)) = argument
        .split_once("...")
        .or_else(|| argument.split_once(".."))
    {
        let (from, to) = (from.trim(), to.trim());
        let named = |text: &str| {
            matching(text, survey, &versions)
                .map_or_else(|| text.to_owned(), |tag| tag.name.clone())
        };
        let version = matching(to, survey, &versions).and_then(Version::of);
        return Ok(Span {
            from: (!from.is_empty()).then(|| named(from)),
            to: if to.is_empty() {
                "HEAD".into()
            } else {
                named(to)
            },
            package: version.as_ref().map_or_else(
                || {
                    let begins = matching(from, survey, &versions).and_then(Version::of);
                    begins.map_or_else(|| package.to_owned(), |version| version.package)
                },
                |version| version.package.clone(),
            ),
            version,
        });
    }
    let Some(version) = matching(argument, survey, &versions).and_then(Version::of) else {
        let known = names(&versions, package);
        return Err(format!(
            "`{argument}` is no version here{known}; give a tag, or a range such as v1.2..v1.3"
        ));
    };
    Ok(Span {
        from: before(&version, &versions).map(|earlier| earlier.tag.name.clone()),
        to: version.tag.name.clone(),
        package: version.package.clone(),
        version: Some(version),
    })
}

fn newest<'a>(survey: &'a Survey, versions: &[Version<'a>], package: &str) -> Span<'a> {
    let latest = versions
        .iter()
        .filter(|version| version.package == package && version.tag.contained)
        .max_by(|one, other| one.order(other));
    match latest {
        Some(version) if Some(&version.tag.commit) == survey.head.as_ref() => Span {
            from: before(version, versions).map(|earlier| earlier.tag.name.clone()),
            to: version.tag.name.clone(),
            package: package.to_owned(),
            version: Some(version.clone()),
        },
        latest => Span {
            from: latest.map(|version| version.tag.name.clone()),
            to: "HEAD".into(),
            package: package.to_owned(),
            version: None,
        },
    }
}

/// The version before: of a release the release before, of a pre-release whatever came before.
fn before<'v, 'a>(version: &Version<'_>, versions: &'v [Version<'a>]) -> Option<&'v Version<'a>> {
    versions
        .iter()
        .filter(|other| other.package == version.package && other.order(version) == Ordering::Less)
        .filter(|other| !version.pre.is_empty() || other.pre.is_empty())
        .max_by(|one, other| one.order(other))
}

/// The tag called `text`, or the only one of that version: `1.3` for `v1.3.0`.
fn matching<'a>(text: &str, survey: &'a Survey, versions: &[Version<'a>]) -> Option<&'a Tag> {
    if let Some(tag) = survey.tags.iter().find(|tag| tag.name == text) {
        return Some(tag);
    }
    let tag = Tag {
        name: text.to_owned(),
        commit: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        contained: false,
    };
    let wanted = Version::of(&tag)?;
    // A hash may look like a number; nobody writes one of so few digits.
    let mut found = versions.iter().filter(|version| {
        version.package == wanted.package && version.order(&wanted) == Ordering::Equal
    });
    let only = found.next()?;
    found.next().is_none().then_some(only.tag)
}

fn names(versions: &[Version<'_>], package: &str) -> String {
    let mut own: Vec<&Version<'_>> = versions
        .iter()
        .filter(|version| version.package == package)
        .collect();
    own.sort_by(|one, other| other.order(one));
    match own.as_slice() {
        [] => " (there is no tag that names one)".into(),
        [first, rest @ ..] => {
            let names: Vec<String> = std::iter::once(first)
                .chain(rest.iter().take(2))
                .map(|version| format!("`{}`", version.tag.name))
                .collect();
            format!(" (the newest are {})", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(tags: &[&str]) -> Survey {
        Survey {
            head: Some("head".into()),
            tags: tags
                .iter()
                .map(|name| Tag {
                    name: name.trim_end_matches(['!', '?']).to_owned(),
                    contained: !name.ends_with('?'),
                    commit: if name.ends_with('!') {
                        "head".into()
                    } else {
                        "else".into()
                    },
                    at: jiff::Timestamp::UNIX_EPOCH,
                })
                .collect(),
            ..Survey::default()
        }
    }

    #[test]
    fn ranges_are_understood_as_people_write_them() {
        let tags = [
            "v1.2.0",
            "v1.10.0",
            "v1.3.0-rc.1",
            "v1.3.0",
            "v1.3.0-rc.2",
            "latest",
            "web@2.0.0",
            "web@2.1.0",
        ];
        let cases = [
            ("v1.2.0..v1.3.0", "", "v1.2.0..v1.3.0"),
            ("1.2..1.3", "", "v1.2.0..v1.3.0"),
            ("v1.3.0", "", "v1.2.0..v1.3.0"),
            ("v1.3.0-rc.2", "", "v1.3.0-rc.1..v1.3.0-rc.2"),
            ("v1.2.0", "", "..v1.2.0"),
            ("", "", "v1.10.0..HEAD"),
            ("", "web", "web@2.1.0..HEAD"),
            ("", "cli", "..HEAD"),
            ("web@2.1.0", "", "web@2.0.0..web@2.1.0"),
            ("v1.3.0..", "", "v1.3.0..HEAD"),
            ("main~3..main", "", "main~3..main"),
        ];
        let survey_of = survey(&tags);
        for (argument, package, expected) in cases {
            let span = span(argument, &survey_of, package).expect(argument);
            assert_eq!(
                format!("{}..{}", span.from.unwrap_or_default(), span.to),
                expected,
                "{argument}"
            );
        }
        assert_eq!(
            span("v9", &survey_of, "").unwrap_err(),
            "`v9` is no version here (the newest are `v1.10.0`, `v1.3.0`, `v1.3.0-rc.2`); give a tag, or a range such as v1.2..v1.3"
        );
        let released = survey(&["v1.0", "v1.1!"]);
        let span = span("", &released, "").unwrap();
        assert_eq!(
            (span.from.as_deref(), span.to.as_str()),
            (Some("v1.0"), "v1.1")
        );
        // On a branch for fixes the newest version is none of its own.
        let maintained = survey(&["v1.0", "v1.0.1", "v2.0?"]);
        let span = super::span("", &maintained, "").unwrap();
        assert_eq!(
            (span.from.as_deref(), span.to.as_str()),
            (Some("v1.0.1"), "HEAD")
        );
    }

    #[test]
    fn versions_are_read_out_of_tags() {
        for (name, package, number) in [
            ("v1.2.3", "", "1.2.3"),
            ("release-1.2", "", "1.2"),
            ("@acme/web@2.0.0-beta.1", "@acme/web", "2.0.0-beta.1"),
            ("pkg-a-v1.2.0", "pkg-a", "1.2.0"),
            ("sdk/v0.4.0", "sdk", "0.4.0"),
            ("1.0rc1", "", "1.0rc1"),
        ] {
            let of = survey(&[name]);
            let version = Version::of(&of.tags[0]).expect(name);
            assert_eq!(
                (version.package.as_str(), version.number().as_str()),
                (package, number),
                "{name}"
            );
        }
    }
}
