//! A changelog with new entries in it: those of the version to come, or a version's whole section.

use perch_core::patch::{Change, Edit, FilePatch};

use crate::changelog::category::{self, Category};
use crate::changelog::heading::Released;
use crate::changelog::landed::Landed;
use crate::changelog::layout::Layout;
use crate::changelog::names::{Names, ORDER};
use crate::changelog::style::Style;
use crate::changelog::{entry, insert};
use crate::content::asked::Asked;
use crate::content::changes::LeftOut;
use crate::content::{Document, day};

/// What a changelog that is begun opens with.
pub(super) const OPENING: &str = "# Changelog\n";

/// The changelog that is there, or is to be.
pub(super) struct File<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) layout: Layout,
    pub(super) style: Style,
}

impl File<'_> {
    pub(super) fn write(
        &self,
        asked: &Asked<'_>,
        landed: Vec<Landed>,
        left_out: Vec<LeftOut>,
    ) -> Result<Document, String> {
        let mut remarks: Vec<String> = left_out
            .into_iter()
            .map(|one| left(&one.title, &one.why))
            .collect();
        let mut listed: Vec<(Category, Landed)> = Vec::new();
        let mut known = 0;
        for one in landed {
            if entry::is_mentioned(self.text, &self.layout, &one) {
                known += 1;
                continue;
            }
            match category::of(&one, self.text) {
                Ok(category) => listed.push((category, one)),
                Err(why) => remarks.push(left(&one.title, &why)),
            }
        }
        let path = self.path;
        let told = if known > 0 {
            format!("`{path}` names everything that is worth an entry already")
        } else {
            format!("nothing in the range is worth an entry in `{path}`")
        };
        if listed.is_empty() {
            let why = if remarks.is_empty() {
                String::new()
            } else {
                format!(" ({})", remarks.join("; "))
            };
            return Err(format!("{told}{why}"));
        }
        let Some(version) = &asked.span.version else {
            return Ok(self.unreleased(&listed, remarks));
        };
        let number = version.number();
        let has = self.layout.versions.iter().find(|known| {
            let names = |text: &str| {
                known.heading.text.match_indices(text).any(|(at, _)| {
                    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == '.');
                    let rest = &known.heading.text[at + text.len()..];
                    !digit(known.heading.text[..at].chars().next_back())
                        && !rest.starts_with(|c: char| c.is_ascii_digit())
                        && !rest.starts_with('-')
                })
            };
            names(&number)
        });
        if let Some(has) = has {
            return Err(format!(
                "`{path}` has a section for {number} already (“{}”), so it is left alone",
                has.heading.text
            ));
        }
        if let Some(to_come) = self.layout.unreleased {
            let to_come = &self.layout.versions[to_come];
            let body = to_come.heading.line + to_come.heading.lines..to_come.end;
            if self.layout.lines[body]
                .iter()
                .any(|line| crate::changelog::layout::is_entry(line))
            {
                remarks.push(format!(
                    "“{}” still lists entries: those that came with {number} belong under its heading",
                    to_come.heading.text
                ));
            }
        }
        let at = version.tag.at;
        let released = Released {
            number: &number,
            at,
            tags: (asked.span.from.as_deref(), &asked.span.to),
        };
        if self.link_to_come(&released).is_some() {
            remarks.push(format!(
                "the link of what is to come begins at {} now",
                asked.span.to
            ));
        }
        let section = self.section(&listed, &released);
        let title = format!("{number} ({})", day(at));
        let text = self.with_section(&section, &released);
        Ok(self.document(title, format!("{}\n", section.join("\n")), &text, remarks))
    }

    /// Adds entries to the version to come, one after the other.
    fn unreleased(&self, listed: &[(Category, Landed)], remarks: Vec<String>) -> Document {
        let mut text = self.text.to_owned();
        if text.trim().is_empty() {
            OPENING.clone_into(&mut text);
        }
        let mut entries: Vec<(Category, String)> = listed
            .iter()
            .map(|(category, landed)| (*category, entry::text(landed, *category, &self.style)))
            .collect();
        // Sections are made in their order, so that the first of each finds its place.
        entries
            .sort_by_key(|(category, _)| ORDER.iter().position(|(listed, _)| listed == category));
        for (category, line) in &entries {
            let layout = Layout::read(&text);
            let placed = insert::place(&text, &layout, &self.style, *category, line);
            text = replaced(&text, &placed.edit);
        }
        let layout = Layout::read(&text);
        let name = layout.unreleased.map_or_else(
            || layout.language().unreleased().to_owned(),
            |at| layout.versions[at].heading.text.clone(),
        );
        let sectioned = layout
            .unreleased
            .is_some_and(|at| !layout.versions[at].sections.is_empty());
        let names = Names::of(&layout);
        let heading = layout.unreleased.map(|at| &layout.versions[at].heading);
        let level = heading.map_or(2, |heading| heading.level);
        let mut shown = vec![insert::heading_like(heading, 2, &name).join("\n")];
        let mut open = None;
        let mut lines = Vec::new();
        for (category, line) in entries {
            let (section, sample) = names.name(category);
            if sectioned && open.as_ref() != Some(&section) {
                if !lines.is_empty() {
                    shown.push(std::mem::take(&mut lines).join("\n"));
                }
                shown.push(insert::heading_like(sample.as_ref(), level + 1, &section).join("\n"));
                open = Some(section);
            }
            lines.push(line);
        }
        shown.push(lines.join("\n"));
        let title = name.trim_matches(['[', ']']).to_owned();
        self.document(title, format!("{}\n", shown.join("\n\n")), &text, remarks)
    }

    fn document(
        &self,
        title: String,
        markdown: String,
        after: &str,
        remarks: Vec<String>,
    ) -> Document {
        let change = if self.text.is_empty() {
            Change::Create {
                content: after.to_owned(),
            }
        } else {
            Change::Edit {
                edits: vec![difference(self.text, after)],
            }
        };
        Document {
            title,
            markdown,
            file: FilePatch {
                path: self.path.to_owned(),
                change,
            },
            remarks,
        }
    }
}

fn left(title: &str, why: &str) -> String {
    format!("left out “{}”: {why}", crate::markdown::visible(title))
}

/// `text` with one edit made at its line.
fn replaced(text: &str, edit: &Edit) -> String {
    let lines = edit.line.map_or(0, |line| line as usize - 1);
    let at: usize = text.split_inclusive('\n').take(lines).map(str::len).sum();
    match text[at..].strip_prefix(&edit.search) {
        Some(rest) => format!("{}{}{rest}", &text[..at], edit.replace),
        None => text.to_owned(),
    }
}

/// The one edit that makes `before` to `after`: whole lines, with one that stays as its hold.
fn difference(before: &str, after: &str) -> Edit {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let same = old
        .iter()
        .zip(&new)
        .take_while(|(old, new)| old == new)
        .count();
    let most = old.len().min(new.len()) - same;
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(most)
        .take_while(|(old, new)| old == new)
        .count();
    // The line before holds the place where nothing is replaced.
    let start = if same == old.len() - tail {
        same.saturating_sub(1)
    } else {
        same
    };
    let tail = if start == old.len() - tail {
        tail - 1
    } else {
        tail
    };
    Edit {
        search: old[start..old.len() - tail].concat(),
        replace: new[start..new.len() - tail].concat(),
        line: u32::try_from(start + 1).ok(),
    }
}
