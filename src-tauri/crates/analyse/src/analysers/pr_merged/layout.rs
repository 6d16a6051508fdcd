//! How a changelog is laid out: its lines, headings, versions and the sections within them.

use std::sync::LazyLock;

use regex::Regex;

use super::category::Category;

/// A heading, `#` before its text or underlined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// Number of its first line, from 0.
    pub(super) line: usize,
    /// Lines it takes: 2 with an underline.
    pub(super) lines: usize,
    pub(super) level: usize,
    pub(super) text: String,
    /// The character it is underlined with.
    pub(super) underline: Option<char>,
}

/// A version with its sections, as ranges of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) heading: Heading,
    /// The line behind its last.
    pub(super) end: usize,
    pub(super) sections: Vec<Section>,
}

/// A section of a version: `### Fixed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: Heading,
    pub(super) end: usize,
    pub(super) category: Option<Category>,
}

/// The layout of a file.
#[derive(Debug)]
pub(super) struct Layout {
    /// Lines without their ends.
    pub(super) lines: Vec<String>,
    pub(super) headings: Vec<Heading>,
    pub(super) versions: Vec<Version>,
    /// Which version is the one to come.
    pub(super) unreleased: Option<usize>,
}

static ATX: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(#{1,6})\s+(.*?)\s*#*$").expect("the pattern is constant"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?i)(?:\[?(?:version\s+|release\s+|v)?\d+\.\d+|[\w@/-]+[\s@]v?\d+\.\d+\.\d+)")
        .expect("the pattern is constant")
});
static TO_COME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:unreleased|upcoming|in development|in progress|not (?:yet )?released)\b|^\[?(?:next|master|main|head|trunk|develop|development|tbd)\b").expect("the pattern is constant")
});

impl Layout {
    pub(super) fn read(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let headings = headings(&lines);
        let is_version =
            |heading: &Heading| NUMBER.is_match(&heading.text) || TO_COME.is_match(&heading.text);
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
            .position(|version| TO_COME.is_match(&version.heading.text));
        Self {
            lines,
            headings,
            versions,
            unreleased,
        }
    }

    /// Every section of every version.
    pub(super) fn sections(&self) -> impl Iterator<Item = &Section> {
        self.versions.iter().flat_map(|version| &version.sections)
    }
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
            category: meaning(&heading.text),
        })
        .collect()
}

/// What a section's heading means, if it means one of ours.
pub(super) fn meaning(text: &str) -> Option<Category> {
    let words: String = text
        .chars()
        .filter(|c| c.is_alphabetic() || *c == ' ')
        .collect::<String>()
        .trim()
        .to_ascii_lowercase();
    Some(match words.as_str() {
        "added" | "features" | "feature" | "new features" | "new" | "additions"
        | "enhancements" | "whats new" => Category::Added,
        "fixed" | "bug fixes" | "fixes" | "bugfixes" | "bugs" | "bug fix" | "bugs fixed" => {
            Category::Fixed
        }
        "changed" | "changes" | "improvements" | "improved" | "other changes" | "other"
        | "miscellaneous" | "misc" => Category::Changed,
        "deprecated" | "deprecations" => Category::Deprecated,
        "removed" | "removals" => Category::Removed,
        "security" | "security fixes" => Category::Security,
        "performance" | "performance improvements" => Category::Performance,
        "documentation" | "docs" => Category::Documentation,
        "breaking changes" | "breaking" | "backwards incompatible changes" => Category::Breaking,
        "refactor" | "refactoring" | "code refactoring" | "internal" | "internal changes" => {
            Category::Internal
        }
        _ => return None,
    })
}

/// True if `line` begins an entry.
pub(super) fn is_entry(line: &str) -> bool {
    let text = line.trim_start();
    ["- ", "* ", "+ ", "• "]
        .iter()
        .any(|bullet| text.starts_with(bullet))
}
