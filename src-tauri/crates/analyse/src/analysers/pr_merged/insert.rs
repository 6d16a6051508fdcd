//! Where an entry goes: an edit that adds lines behind one that is there and changes nothing else.

use perch_core::patch::Edit;

use super::category::Category;
use super::layout::{Heading, Layout, Section, Version, is_entry};
use super::style::Style;

/// Keep a Changelog 1.1's order of sections.
const ORDER: &[(Category, &str, &str)] = &[
    (Category::Breaking, "Changed", "BREAKING CHANGES"),
    (Category::Added, "Added", "Features"),
    (Category::Changed, "Changed", "Changes"),
    (Category::Deprecated, "Deprecated", "Deprecations"),
    (Category::Removed, "Removed", "Removed"),
    (Category::Fixed, "Fixed", "Bug Fixes"),
    (Category::Security, "Security", "Security"),
    (Category::Performance, "Changed", "Performance Improvements"),
    (Category::Documentation, "Changed", "Documentation"),
    (Category::Internal, "Changed", "Code Refactoring"),
];

/// An entry's place.
pub(super) struct Placed {
    /// The headings it stands under, for people: "`Unreleased`, `Fixed`".
    pub(super) under: String,
    /// The line, from 1, that it goes behind.
    pub(super) line: u32,
    pub(super) edit: Edit,
}

/// The place of `entry` in `text`.
pub(super) fn place(
    text: &str,
    layout: &Layout,
    style: &Style,
    category: Category,
    entry: &str,
) -> Placed {
    let entry: Vec<String> = entry.lines().map(str::to_owned).collect();
    let sectioned =
        layout.sections().any(|section| section.category.is_some()) || layout.versions.is_empty();
    match layout.unreleased {
        Some(at) => {
            let version = &layout.versions[at];
            if sectioned {
                in_section(text, layout, style, version, category, entry)
            } else {
                let under = format!("`{}`", version.heading.text);
                let body = version.heading.line + version.heading.lines;
                behind_list(text, layout, style, body..version.end, entry, under)
            }
        }
        None => new_version(text, layout, style, category, entry, sectioned),
    }
}

fn in_section(
    text: &str,
    layout: &Layout,
    style: &Style,
    version: &Version,
    category: Category,
    entry: Vec<String>,
) -> Placed {
    let names = Names::of(layout);
    let present = version
        .sections
        .iter()
        .find(|section| names.fits(section, category));
    if let Some(section) = present {
        let under = format!("`{}`, `{}`", version.heading.text, section.heading.text);
        let body = section.heading.line + section.heading.lines;
        return behind_list(text, layout, style, body..section.end, entry, under);
    }
    let (name, sample) = names.name(category);
    let under = format!("`{}`, `{name}`", version.heading.text);
    // The section goes where the file itself has it among the others.
    let before = version
        .sections
        .iter()
        .take_while(|section| names.comes_before(section, category))
        .last();
    let range = before.map_or_else(
        || {
            let first = version.sections.first();
            version.heading.line..first.map_or(version.end, |section| section.heading.line)
        },
        |section| section.heading.line..section.end,
    );
    let (behind, end) = (last_line(layout, range.clone()), range.end);
    let behind = behind.max(version.heading.line + version.heading.lines - 1);
    let mut lines = vec![String::new()];
    lines.extend(heading_like(
        sample.as_ref(),
        version.heading.level + 1,
        &name,
    ));
    if style.blank_below_heading {
        lines.push(String::new());
    }
    lines.extend(entry);
    // Keeps its distance from what follows.
    let follows = layout
        .lines
        .get(behind + 1)
        .is_some_and(|line| !line.trim().is_empty())
        && end > behind;
    if follows {
        lines.push(String::new());
    }
    placed(text, style, behind, &lines, under)
}

fn new_version(
    text: &str,
    layout: &Layout,
    style: &Style,
    category: Category,
    entry: Vec<String>,
    sectioned: bool,
) -> Placed {
    let model = layout.versions.first().map(|version| &version.heading);
    let name = match model {
        Some(heading) if heading.text.starts_with('[') => "[Unreleased]",
        _ => "Unreleased",
    };
    let mut lines = heading_like(model, 2, name);
    if style.blank_below_heading {
        lines.push(String::new());
    }
    let mut under = format!("`{name}` (new)");
    if sectioned {
        let (section, sample) = Names::of(layout).name(category);
        under = format!("{under}, `{section}`");
        lines.extend(heading_like(
            sample.as_ref(),
            model.map_or(2, |heading| heading.level) + 1,
            &section,
        ));
        if style.blank_below_heading {
            lines.push(String::new());
        }
    }
    lines.extend(entry);
    let first = layout
        .versions
        .first()
        .map_or(layout.lines.len(), |version| version.heading.line);
    match (0..first)
        .rev()
        .find(|&line| !layout.lines[line].trim().is_empty())
    {
        Some(behind) => {
            lines.insert(0, String::new());
            if layout
                .lines
                .get(behind + 1)
                .is_some_and(|line| !line.trim().is_empty())
            {
                lines.push(String::new());
            }
            placed(text, style, behind, &lines, under)
        }
        None => before_all(text, style, first, &lines, under),
    }
}

/// Behind the last entry of a list, or before its first where the newest stands first.
fn behind_list(
    text: &str,
    layout: &Layout,
    style: &Style,
    body: std::ops::Range<usize>,
    entry: Vec<String>,
    under: String,
) -> Placed {
    let heading = body.start - 1;
    let first = body.clone().find(|&line| is_entry(&layout.lines[line]));
    let mut lines = Vec::new();
    match first {
        Some(first) if style.newest_first => {
            lines.extend(entry);
            if style.blank_between {
                lines.push(String::new());
            }
            let behind = first - 1;
            if behind == heading || layout.lines[behind].trim().is_empty() {
                // The blank line before the list stays before it.
                return above(text, style, layout, first, &lines, under);
            }
            placed(text, style, behind, &lines, under)
        }
        Some(_) => {
            if style.blank_between {
                lines.push(String::new());
            }
            lines.extend(entry);
            placed(text, style, last_line(layout, body), &lines, under)
        }
        None => {
            // An empty section, perhaps with a sentence in it.
            let behind = last_line(layout, body.clone()).max(heading);
            if style.blank_below_heading || behind > heading {
                lines.push(String::new());
            }
            lines.extend(entry);
            let follows = layout
                .lines
                .get(behind + 1)
                .is_some_and(|line| !line.trim().is_empty());
            if follows {
                lines.push(String::new());
            }
            placed(text, style, behind, &lines, under)
        }
    }
}

/// The last line of `range` that says something; the one before `range` if none does.
fn last_line(layout: &Layout, range: std::ops::Range<usize>) -> usize {
    range
        .clone()
        .rev()
        .find(|&line| {
            let text = layout.lines[line].trim();
            let definition = text.starts_with('[') && text.contains("]: ");
            !(text.is_empty() || definition)
        })
        .unwrap_or(range.start.saturating_sub(1))
}

/// A heading in the manner of `model`.
fn heading_like(model: Option<&Heading>, level: usize, text: &str) -> Vec<String> {
    if let Some(mark) = model.and_then(|model| model.underline) {
        let underline = mark.to_string().repeat(text.chars().count());
        return vec![text.to_owned(), underline];
    }
    let level = model.map_or(level, |model| model.level);
    vec![format!("{} {text}", "#".repeat(level))]
}

/// `lines` behind line `behind` (from 0).
fn placed(text: &str, style: &Style, behind: usize, lines: &[String], under: String) -> Placed {
    let raw = raw_line(text, behind);
    let ended = raw.ends_with('\n');
    let added = lines.join(style.line_end);
    let replace = if ended {
        format!("{raw}{added}{}", style.line_end)
    } else {
        format!("{raw}{}{added}", style.line_end)
    };
    edit(behind, raw, replace, under)
}

/// `lines` above line `at` (from 0), which stays.
fn above(
    text: &str,
    style: &Style,
    _layout: &Layout,
    at: usize,
    lines: &[String],
    under: String,
) -> Placed {
    let raw = raw_line(text, at);
    let replace = format!("{}{}{raw}", lines.join(style.line_end), style.line_end);
    edit(at, raw, replace, under)
}

fn before_all(text: &str, style: &Style, first: usize, lines: &[String], under: String) -> Placed {
    let raw = raw_line(text, first);
    if raw.is_empty() {
        // An empty file has one place.
        return edit(
            0,
            "",
            format!("{}{}", lines.join(style.line_end), style.line_end),
            under,
        );
    }
    let replace = format!(
        "{}{}{}{raw}",
        lines.join(style.line_end),
        style.line_end,
        style.line_end
    );
    edit(first, raw, replace, under)
}

fn edit(line: usize, search: &str, replace: String, under: String) -> Placed {
    let line = u32::try_from(line).unwrap_or(u32::MAX - 1) + 1;
    Placed {
        under,
        line,
        edit: Edit {
            search: search.to_owned(),
            replace,
            line: Some(line),
        },
    }
}

fn raw_line(text: &str, number: usize) -> &str {
    text.split_inclusive('\n').nth(number).unwrap_or_default()
}

/// How the file calls its sections, and in which order they stand.
struct Names<'layout> {
    layout: &'layout Layout,
    /// The file speaks as Conventional Changelog does: `Features`, `Bug Fixes`.
    conventional: bool,
}

impl<'layout> Names<'layout> {
    fn of(layout: &'layout Layout) -> Self {
        let conventional = layout.sections().any(|section| {
            let lower = section.heading.text.to_ascii_lowercase();
            lower.contains("features") || lower.contains("bug fixes")
        });
        Self {
            layout,
            conventional,
        }
    }

    /// True if an entry of `category` belongs into `section`.
    fn fits(&self, section: &Section, category: Category) -> bool {
        section.category == Some(self.meant(category))
    }

    /// The category under which the file lists `category`.
    fn meant(&self, category: Category) -> Category {
        let has = |category| {
            self.layout
                .sections()
                .any(|section| section.category == Some(category))
        };
        if has(category) {
            return category;
        }
        match category {
            Category::Breaking
            | Category::Performance
            | Category::Documentation
            | Category::Internal
                if !self.conventional =>
            {
                Category::Changed
            }
            Category::Changed | Category::Removed | Category::Deprecated
                if self.conventional && has(Category::Internal) =>
            {
                Category::Changed
            }
            other => other,
        }
    }

    /// The name of the section for `category`, with a heading of its kind from the file.
    fn name(&self, category: Category) -> (String, Option<Heading>) {
        let meant = self.meant(category);
        let same = self
            .layout
            .sections()
            .find(|section| section.category == Some(meant));
        let sample = same
            .or_else(|| self.layout.sections().next())
            .map(|section| section.heading.clone());
        let name = same
            .map(|section| section.heading.text.clone())
            .or_else(|| {
                let (_, keep, conventional) = ORDER.iter().find(|(listed, ..)| *listed == meant)?;
                Some(
                    (if self.conventional {
                        *conventional
                    } else {
                        *keep
                    })
                    .to_owned(),
                )
            });
        (name.unwrap_or_else(|| "Changed".to_owned()), sample)
    }

    /// True if `section` stands before one of `category`: by the file's own older versions, else by custom.
    fn comes_before(&self, section: &Section, category: Category) -> bool {
        let meant = self.meant(category);
        let Some(other) = section.category else {
            return true;
        };
        for version in &self.layout.versions {
            let place = |wanted| {
                version
                    .sections
                    .iter()
                    .position(|section| section.category == Some(wanted))
            };
            if let (Some(a), Some(b)) = (place(other), place(meant)) {
                return a < b;
            }
        }
        let custom = |wanted| ORDER.iter().position(|(listed, ..)| *listed == wanted);
        custom(other) < custom(meant)
    }
}
