//! Where an entry goes: an edit that adds lines behind one that is there and changes nothing else.

use perch_core::patch::Edit;

use crate::changelog::category::Category;
use crate::changelog::layout::{Heading, Layout, Version, is_entry};
use crate::changelog::names::Names;
use crate::changelog::style::Style;

/// An entry's place.
pub(crate) struct Placed {
    /// The headings it stands under, for people: "`Unreleased`, `Fixed`".
    pub(crate) under: String,
    /// The line, from 1, that it goes behind.
    pub(crate) line: u32,
    pub(crate) edit: Edit,
}

/// The place of `entry` in `text`.
pub(crate) fn place(
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
    let unreleased = layout.language().unreleased();
    let name = match model {
        Some(heading) if heading.text.starts_with('[') => format!("[{unreleased}]"),
        _ => unreleased.to_owned(),
    };
    let mut lines = heading_like(model, 2, &name);
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
pub(crate) fn heading_like(model: Option<&Heading>, level: usize, text: &str) -> Vec<String> {
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
