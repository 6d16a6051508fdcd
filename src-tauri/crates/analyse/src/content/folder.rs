//! Where documents of a kind lie in a repository, and how the next one is named: its folder, number and words.

use std::sync::LazyLock;

use regex::Regex;

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^((?:adr|rfc|rfd|dr|decision|proposal|pm|incident)?[-_]?)(\d{1,6})([-_. ]*)(.*)\.([a-z]+)$",
    )
});
static DATED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(\d{4}-\d{2}-\d{2})([-_]?)(.*)\.([A-Za-z]+)$"));

/// Files of a folder that are no members of the series.
const BESIDE: &[&str] = &[
    "readme",
    "index",
    "template",
    "toc",
    "contributing",
    "guide",
    "glossary",
];

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

/// How the files of a series are named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Naming {
    /// `adr-0001-use-git.md`: what stands before the number, its digits, what follows it.
    Numbered {
        before: String,
        width: usize,
        behind: String,
    },
    /// `2026-03-04-outage.md`.
    Dated { behind: String },
    /// `use-git.md`.
    Named,
}

/// Documents of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    /// Their folder.
    folder: String,
    naming: Naming,
    /// What stands between words: `-` or `_`.
    joint: char,
    ending: String,
    /// Paths of the members, the newest first.
    pub(super) members: Vec<String>,
    /// The number of each member, the same order; none where they have no numbers.
    numbers: Vec<u64>,
    /// The template, if there is one.
    pub(super) template: Option<String>,
    /// The next number is given out elsewhere, when the document is merged.
    number_later: bool,
}

/// What a kind's documents are like where none is there.
pub(super) struct Custom {
    /// Names of folders, the usual one first; each the end of a path.
    pub(super) folders: &'static [&'static str],
    /// True when files are named by day, not by number.
    pub(super) dated: bool,
}

impl Series {
    /// The series in `paths`. `told` is the folder the repository itself names for it.
    pub(super) fn find(paths: &[String], custom: &Custom, told: Option<&str>) -> Self {
        let mut folders: Vec<(&str, usize)> = Vec::new();
        for path in paths {
            let Some((folder, name)) = path.rsplit_once('/') else {
                continue;
            };
            let fits = match told {
                Some(told) => folder == told,
                None => custom.folders.iter().any(|end| ends_with(folder, end)),
            };
            if fits && is_text(name) {
                match folders.iter_mut().find(|(known, _)| *known == folder) {
                    Some((_, count)) => *count += 1,
                    None => folders.push((folder, 1)),
                }
            }
        }
        // The folder with most documents; of equals the one nearer to the root.
        folders.sort_by_key(|(folder, count)| {
            (std::cmp::Reverse(*count), folder.matches('/').count())
        });
        match folders.first() {
            Some((folder, _)) => Self::of_folder(paths, folder, custom),
            None => Self::begun(paths, custom, told),
        }
    }

    fn of_folder(paths: &[String], folder: &str, custom: &Custom) -> Self {
        let inside = |path: &&String| {
            path.rsplit_once('/')
                .is_some_and(|(above, name)| above == folder && is_text(name))
        };
        let names: Vec<&str> = paths
            .iter()
            .filter(inside)
            .map(|path| &path[folder.len() + 1..])
            .collect();
        let dated: Vec<&str> = names
            .iter()
            .filter(|name| is_member(name) && DATED.is_match(name))
            .copied()
            .collect();
        let numbered =
            |name: &&str| !DATED.is_match(name) && number_of(name).is_some_and(|number| number > 0);
        let mut counted: Vec<(u64, &str)> = names
            .iter()
            .filter(|name| is_member(name) && numbered(name))
            .filter_map(|name| Some((number_of(name)?, *name)))
            .collect();
        counted.sort_unstable_by(|one, other| other.cmp(one));
        let (naming, members, numbers) = if !counted.is_empty() && counted.len() >= dated.len() {
            let (_, newest) = counted[0];
            let found = NUMBERED.captures(newest);
            let part = |group: usize| {
                found
                    .as_ref()
                    .and_then(|found| found.get(group))
                    .map_or("", |part| part.as_str())
            };
            let naming = Naming::Numbered {
                before: part(1).to_owned(),
                width: part(2).len(),
                behind: if part(3).is_empty() {
                    "-".into()
                } else {
                    part(3).to_owned()
                },
            };
            let numbers = counted.iter().map(|(number, _)| *number).collect();
            (
                naming,
                counted.iter().map(|(_, name)| *name).collect::<Vec<_>>(),
                numbers,
            )
        } else if !dated.is_empty() {
            let behind = DATED
                .captures(dated[0])
                .map_or("-".into(), |found| found[2].to_owned());
            let mut members = dated;
            members.sort_unstable_by(|one, other| other.cmp(one));
            (Naming::Dated { behind }, members, Vec::new())
        } else {
            let members: Vec<&str> = names
                .iter()
                .filter(|name| is_member(name))
                .copied()
                .collect();
            let naming = if members.is_empty() {
                Self::custom(custom)
            } else {
                Naming::Named
            };
            (naming, members, Vec::new())
        };
        let template = template(paths, folder);
        let sparse = numbers.len() > 3 && numbers[0] > 3 * numbers.len() as u64;
        let zeros = template
            .as_deref()
            .is_some_and(|path| file_name(path).starts_with("0000"));
        let words = |name: &&str| {
            name.trim_start_matches(|c: char| !c.is_alphabetic())
                .contains('_')
        };
        Self {
            folder: folder.to_owned(),
            naming,
            joint: if !members.is_empty() && members.iter().all(words) {
                '_'
            } else {
                '-'
            },
            ending: members
                .first()
                .and_then(|name| name.rsplit_once('.'))
                .map_or("md".into(), |(_, ending)| ending.to_owned()),
            members: members
                .iter()
                .map(|name| format!("{folder}/{name}"))
                .collect(),
            numbers,
            number_later: sparse && zeros,
            template,
        }
    }

    /// A series that has no folder yet.
    fn begun(paths: &[String], custom: &Custom, told: Option<&str>) -> Self {
        let usual = custom.folders.first().copied().unwrap_or("docs");
        let under = |folder: &str| paths.iter().any(|path| path.starts_with(folder));
        let folder = match told {
            Some(told) => told.to_owned(),
            None if under("docs/") => format!("docs/{usual}"),
            None if under("doc/") => format!("doc/{usual}"),
            None => format!("docs/{usual}"),
        };
        Self {
            template: template(paths, &folder),
            folder,
            naming: Self::custom(custom),
            joint: '-',
            ending: "md".into(),
            members: Vec::new(),
            numbers: Vec::new(),
            number_later: false,
        }
    }

    fn custom(custom: &Custom) -> Naming {
        if custom.dated {
            return Naming::Dated { behind: "-".into() };
        }
        Naming::Numbered {
            before: String::new(),
            width: 4,
            behind: "-".into(),
        }
    }

    /// The number the next document gets, written as in the names of files; none where they have no numbers.
    pub(super) fn next(&self) -> Option<String> {
        let Naming::Numbered { width, .. } = &self.naming else {
            return None;
        };
        let next = if self.number_later {
            0
        } else {
            self.numbers.first().map_or(1, |last| last + 1)
        };
        let width = *width;
        Some(format!("{next:0width$}"))
    }

    /// The number of a member, as in its name.
    pub(super) fn number_of(path: &str) -> Option<u64> {
        number_of(file_name(path))
    }

    /// The path of the next document.
    pub(super) fn path(&self, title: &str, today: &str) -> String {
        let words = slug(title).replace('-', &self.joint.to_string());
        let name = match &self.naming {
            Naming::Numbered { before, behind, .. } => {
                format!("{before}{}{behind}{words}", self.next().unwrap_or_default())
            }
            Naming::Dated { behind } => format!("{today}{behind}{words}"),
            Naming::Named => words,
        };
        let name = format!("{name}.{}", self.ending);
        if self.folder.is_empty() {
            name
        } else {
            format!("{}/{name}", self.folder)
        }
    }

    /// A page that lists the members, if there is one.
    pub(super) fn index<'a>(&self, paths: &'a [String]) -> Option<&'a String> {
        paths.iter().find(|path| {
            path.rsplit_once('/').is_some_and(|(folder, name)| {
                folder == self.folder
                    && matches!(
                        name.to_lowercase().as_str(),
                        "readme.md" | "index.md" | "toc.md"
                    )
            })
        })
    }

    /// An error if its documents are in a markup that is not written here.
    pub(super) fn writable(&self) -> Result<(), String> {
        match self.ending.to_lowercase().as_str() {
            "md" | "markdown" | "txt" => Ok(()),
            ending => Err(format!(
                "`{}` is written in .{ending} files; only Markdown and plain text can be continued, so print it (--text) and paste it",
                self.folder
            )),
        }
    }
}

fn ends_with(folder: &str, end: &str) -> bool {
    let (folder, end) = (folder.to_lowercase(), end.to_lowercase());
    folder == end || folder.ends_with(&format!("/{end}"))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_text(name: &str) -> bool {
    let lower = name.to_lowercase();
    [".md", ".markdown", ".txt", ".rst", ".adoc"]
        .iter()
        .any(|ending| lower.ends_with(ending))
}

fn is_member(name: &str) -> bool {
    let lower = name.to_lowercase();
    !BESIDE
        .iter()
        .any(|word| lower.contains(word) && (lower.starts_with(word) || *word == "template"))
}

fn number_of(name: &str) -> Option<u64> {
    if DATED.is_match(name) {
        return None;
    }
    NUMBERED.captures(name)?[2].parse().ok()
}

fn template(paths: &[String], folder: &str) -> Option<String> {
    let near = |above: &str| {
        let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        above == folder
            || above == format!("{folder}/templates")
            || above == format!("{folder}/template")
            || above == parent
    };
    paths
        .iter()
        .filter(|path| {
            let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
            let lower = name.to_lowercase();
            let own = above.starts_with(folder)
                && !folder.is_empty()
                && above != folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            near(above)
                && lower.ends_with(".md")
                && lower.contains("template")
                && (own
                    || lower.starts_with("0000")
                    || lower.contains("adr")
                    || lower.contains("rfc")
                    || lower.contains("postmortem"))
                && !lower.contains("bare")
        })
        // The shortest name is the usual one, beside `template-minimal.md`.
        .min_by_key(|path| path.len())
        .cloned()
}

/// Words as a file is named by them: small letters and digits with `-` between, at most sixty.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for word in text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
    {
        let word: String = word
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let length = slug.chars().count() + word.chars().count() + 1;
        if !slug.is_empty() && length > 60 {
            break;
        }
        if !slug.is_empty() && !word.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().take(60));
    }
    if slug.is_empty() {
        "untitled".into()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUSTOM: Custom = Custom {
        folders: &["adr", "decisions"],
        dated: false,
    };

    fn next(paths: &[&str]) -> String {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        Series::find(&paths, &CUSTOM, None).path("Use Git, don't ask", "2026-03-04")
    }

    #[test]
    fn the_next_document_is_named_as_those_before() {
        for (paths, expected) in [
            (&["README.md"][..], "docs/adr/0001-use-git-dont-ask.md"),
            (&["doc/x.md"], "doc/adr/0001-use-git-dont-ask.md"),
            (
                &[
                    "docs/adr/0001-a.md",
                    "docs/adr/0012-b.md",
                    "docs/adr/README.md",
                ],
                "docs/adr/0013-use-git-dont-ask.md",
            ),
            (
                &["docs/decisions/adr-007-a.md"],
                "docs/decisions/adr-008-use-git-dont-ask.md",
            ),
            (
                &["adr/1_a_b.md", "adr/2_c_d.md"],
                "adr/3_use_git_dont_ask.md",
            ),
            (&["adr/ADR-001.md"], "adr/ADR-002-use-git-dont-ask.md"),
            (
                &["adr/2026-01-02-a.md"],
                "adr/2026-03-04-use-git-dont-ask.md",
            ),
            (
                &["adr/use-x.md", "adr/template.md"],
                "adr/use-git-dont-ask.md",
            ),
            (
                &["decisions/0000-template.md"],
                "decisions/0001-use-git-dont-ask.md",
            ),
            (
                &[
                    "a/adr/0001-x.md",
                    "docs/adr/0001-x.md",
                    "docs/adr/0002-x.md",
                ],
                "docs/adr/0003-use-git-dont-ask.md",
            ),
        ] {
            assert_eq!(next(paths), expected, "{paths:?}");
        }
    }

    #[test]
    fn numbers_that_are_given_out_on_merging_are_left_open() {
        let paths: Vec<String> = [
            "0000-template.md",
            "text/0002-a.md",
            "text/0131-b.md",
            "text/2005-c.md",
            "text/3101-d.md",
        ]
        .map(str::to_owned)
        .to_vec();
        let custom = Custom {
            folders: &["rfcs", "text"],
            dated: false,
        };
        let series = Series::find(&paths, &custom, None);
        assert_eq!(series.path("Ranges", ""), "text/0000-ranges.md");
        assert_eq!(series.template.as_deref(), Some("0000-template.md"));
    }
}
