//! How a changelog is laid out: its lines, headings, versions and the sections within them.

use std::sync::LazyLock;

use regex::Regex;

use crate::changelog::category::Category;
use crate::changelog::language::{self, Language};

/// A heading, `#` before its text or underlined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    /// Number of its first line, from 0.
    pub(crate) line: usize,
    /// Lines it takes: 2 with an underline.
    pub(crate) lines: usize,
    pub(crate) level: usize,
    pub(crate) text: String,
    /// The character it is underlined with.
    pub(crate) underline: Option<char>,
}

/// A version with its sections, as ranges of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) heading: Heading,
    /// The line behind its last.
    pub(crate) end: usize,
    pub(crate) sections: Vec<Section>,
}

/// A section of a version: `### Fixed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) heading: Heading,
    pub(crate) end: usize,
    pub(crate) category: Option<Category>,
}

/// The layout of a file.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Lines without their ends.
    pub(crate) lines: Vec<String>,
    pub(crate) headings: Vec<Heading>,
    pub(crate) versions: Vec<Version>,
    /// Which version is the one to come.
    pub(crate) unreleased: Option<usize>,
}

static ATX: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(#{1,6})\s+(.*?)\s*#*$").expect("the pattern is constant"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?i)(?:<small>)?(?:\[?(?:version\s+|release\s+|v)?\d+\.\d+|[\w@/-]+[\s@]v?\d+\.\d+\.\d+)")
        .expect("the pattern is constant")
});
static TO_COME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:unreleased|upcoming|in development|in progress|not (?:yet )?released)\b|^\[?(?:next|master|main|head|trunk|develop|development|tbd)\b").expect("the pattern is constant")
});

impl Layout {
    pub(crate) fn read(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let headings = headings(&lines);
        let is_version =
            |heading: &Heading| NUMBER.is_match(&heading.text) || is_to_come(&heading.text);
        // Patch releases may stand below their minor one; the outermost level counts.
        let level = headings
            .iter()
            .filter(|heading| is_version(heading))
            .map(|heading| heading.level)
            .min();
        let mut versions = Vec::new();
        for (at, heading) in headings.iter().enumerate() {
            if Some(heading.level) != level || !is_version(heading) {
                continue;
            }
            let end = headings[at + 1..]
                .iter()
                .find(|next| next.level <= heading.level)
                .map_or_else(|| end_of_text(&lines), |next| next.line);
            versions.push(Version {
                sections: sections(&headings, heading, end),
                heading: heading.clone(),
                end,
            });
        }
        let unreleased = versions
            .iter()
            .position(|version| is_to_come(&version.heading.text));
        Self {
            lines,
            headings,
            versions,
            unreleased,
        }
    }

    /// Whether the file is in a style that can be continued; else what is not understood, behind the file's name.
    pub(crate) fn known(&self) -> Result<(), String> {
        let text = |line: &&String| !line.trim().is_empty();
        if self.versions.is_empty() {
            // A title and a few words about the file are an empty changelog.
            let outside: usize = self.lines.iter().filter(text).count();
            let begun = self.headings.len() <= 1
                && outside <= 12
                && !self
                    .lines
                    .iter()
                    .any(|line| is_entry(line) || line.starts_with('\t'));
            return if begun {
                Ok(())
            } else {
                Err("is in a style that is not understood (no heading names a version), so it is left alone".into())
            };
        }
        let body = |version: &Version| version.heading.line + version.heading.lines..version.end;
        let told = |version: &Version| {
            self.lines[body(version)]
                .iter()
                .any(|line| !line.trim().is_empty())
        };
        let listed =
            |version: &Version| self.lines[body(version)].iter().any(|line| is_entry(line));
        let prose = self.versions.iter().any(told) && !self.versions.iter().any(listed);
        if prose {
            return Err("tells its versions in prose, not in lists, so it is left alone".into());
        }
        Ok(())
    }

    /// The blank lines above its sections, and above its versions but the first; none where there is no such heading.
    pub(crate) fn gaps(&self) -> (Option<usize>, Option<usize>) {
        let above = |heading: &Heading| {
            let lines = self.lines[..heading.line].iter().rev();
            lines.take_while(|line| line.trim().is_empty()).count()
        };
        (
            self.sections().map(|section| above(&section.heading)).min(),
            self.versions
                .iter()
                .skip(1)
                .map(|version| above(&version.heading))
                .min(),
        )
    }

    /// The language its headings are in.
    pub(crate) fn language(&self) -> &'static Language {
        Language::of(self.headings.iter().map(|heading| heading.text.as_str()))
    }

    /// Every section of every version.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &Section> {
        self.versions.iter().flat_map(|version| &version.sections)
    }
}

fn is_to_come(text: &str) -> bool {
    TO_COME.is_match(text) || language::is_to_come(text)
}

/// The line behind the last that is text: link definitions at the end belong to no version.
fn end_of_text(lines: &[String]) -> usize {
    let mut end = lines.len();
    while end > 0 {
        let line = lines[end - 1].trim();
        let definition = line.starts_with('[') && line.contains("]: ");
        let comment = line.starts_with("<!--") && line.ends_with("-->");
        if !(line.is_empty() || definition || comment) {
            break;
        }
        end -= 1;
    }
    end
}

fn headings(lines: &[String]) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut fenced = false;
    let mut commented = false;
    let mut levels: Vec<char> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if line.trim_start().starts_with("```")
            || line.trim_start().starts_with("~~~") && !is_underline(line)
        {
            fenced = !fenced;
        }
        if line.contains("<!--") {
            commented = true;
        }
        let in_comment = commented;
        if line.contains("-->") {
            commented = false;
        }
        if fenced || in_comment {
            continue;
        }
        if let Some(heading) = ATX.captures(line) {
            found.push(Heading {
                line: number,
                lines: 1,
                level: heading[1].len(),
                text: heading[2].to_owned(),
                underline: None,
            });
            continue;
        }
        let next = lines.get(number + 1).map_or("", String::as_str);
        let text = line.trim_end();
        let plain = !text.is_empty() && !text.starts_with([' ', '-', '*', '+', '=', '|']);
        if plain && is_underline(next) && next.trim_end().len() >= text.chars().count().min(3) {
            let mark = next.chars().next().unwrap_or('=');
            let level = levels
                .iter()
                .position(|known| *known == mark)
                .unwrap_or_else(|| {
                    levels.push(mark);
                    levels.len() - 1
                });
            found.push(Heading {
                line: number,
                lines: 2,
                level: level + 1,
                text: text.to_owned(),
                underline: Some(mark),
            });
        }
    }
    found
}

fn is_underline(line: &str) -> bool {
    let line = line.trim_end();
    let mark = line.chars().next().unwrap_or(' ');
    line.len() >= 3 && "=-~^\"'*+".contains(mark) && line.chars().all(|c| c == mark)
}

fn sections(headings: &[Heading], version: &Heading, end: usize) -> Vec<Section> {
    let within: Vec<&Heading> = headings
        .iter()
        .filter(|heading| heading.line > version.line && heading.line < end)
        .collect();
    let Some(level) = within.iter().map(|heading| heading.level).min() else {
        return Vec::new();
    };
    let of_level: Vec<&&Heading> = within
        .iter()
        .filter(|heading| heading.level == level)
        .collect();
    of_level
        .iter()
        .enumerate()
        .map(|(at, heading)| Section {
            heading: (**heading).clone(),
            end: of_level.get(at + 1).map_or(end, |next| next.line),
            category: language::meaning(&heading.text),
        })
        .collect()
}

/// True if `line` begins an entry.
pub(crate) fn is_entry(line: &str) -> bool {
    let text = line.trim_start();
    ["- ", "* ", "+ ", "• "]
        .iter()
        .any(|bullet| text.starts_with(bullet))
}
