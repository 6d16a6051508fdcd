//! The section of a version that came out, and its place in the file.

use super::file::{File, OPENING};
use crate::changelog::category::Category;
use crate::changelog::heading::{self, Released};
use crate::changelog::landed::Landed;
use crate::changelog::names::{Names, ORDER};
use crate::changelog::{entry, insert};
use crate::content::day;

impl File<'_> {
    /// The lines of a version's section.
    pub(super) fn section(
        &self,
        listed: &[(Category, Landed)],
        released: &Released<'_>,
    ) -> Vec<String> {
        let names = Names::of(&self.layout);
        let model = self.model();
        let text = model.map_or_else(
            || format!("[{}] - {}", released.number, day(released.at)),
            |model| heading::heading(&model.text, released),
        );
        let mut lines = insert::heading_like(model, 2, &text);
        let sectioned = self
            .layout
            .sections()
            .any(|section| section.category.is_some())
            || self.layout.versions.is_empty();
        let mut groups: Vec<(String, usize, Vec<String>)> = Vec::new();
        for (category, landed) in listed {
            let (name, place) = if sectioned {
                (names.name(*category).0, self.place(names.meant(*category)))
            } else {
                (String::new(), 0)
            };
            let line = entry::text(landed, *category, &self.style);
            match groups.iter_mut().find(|(known, ..)| *known == name) {
                Some((.., entries)) => entries.push(line),
                None => groups.push((name, place, vec![line])),
            }
        }
        groups.sort_by_key(|(_, place, _)| *place);
        for (number, (name, _, mut entries)) in groups.into_iter().enumerate() {
            if self.style.newest_first {
                entries.reverse();
            }
            if !name.is_empty() {
                if number > 0 || self.style.blank_below_heading {
                    let gap = self.layout.gaps().0.unwrap_or(1);
                    lines.extend(std::iter::repeat_n(String::new(), gap));
                }
                let sample = self
                    .layout
                    .sections()
                    .next()
                    .map(|section| &section.heading);
                lines.extend(insert::heading_like(
                    sample,
                    model.map_or(2, |model| model.level) + 1,
                    &name,
                ));
            }
            if self.style.blank_below_heading {
                lines.push(String::new());
            }
            let apart = if self.style.blank_between {
                "\n\n"
            } else {
                "\n"
            };
            lines.extend(entries.join(apart).split('\n').map(str::to_owned));
        }
        lines
    }

    /// Where a section stands among the others: by custom, unless the newest version shows another order.
    fn place(&self, category: Category) -> usize {
        let custom = |category| {
            ORDER
                .iter()
                .position(|(listed, _)| *listed == category)
                .unwrap_or(ORDER.len())
        };
        let shown = self.layout.versions.iter().map(|version| {
            let known = version
                .sections
                .iter()
                .filter_map(|section| section.category);
            known.collect::<Vec<_>>()
        });
        let shown = shown.max_by_key(Vec::len).unwrap_or_default();
        if shown.is_sorted_by_key(|category| custom(*category)) {
            return custom(category);
        }
        let known = shown.iter().position(|known| *known == category);
        known.unwrap_or_else(|| shown.len() + custom(category))
    }

    /// The heading of the newest version that came out.
    fn model(&self) -> Option<&crate::changelog::layout::Heading> {
        let to_come = self.layout.unreleased;
        self.layout
            .versions
            .iter()
            .enumerate()
            .find(|(at, _)| Some(*at) != to_come)
            .map(|(_, version)| &version.heading)
    }

    /// The file with the section above the versions that came out, and a definition of its link where others have one.
    pub(super) fn with_section(&self, section: &[String], released: &Released<'_>) -> String {
        let mut lines: Vec<String> = self.layout.lines.clone();
        if lines.iter().all(|line| line.trim().is_empty()) {
            lines = OPENING.lines().map(str::to_owned).collect();
            lines.push(String::new());
        }
        if let Some(at) = self.link_to_come(released) {
            let from = released.tags.0.unwrap_or_default();
            lines[at] = lines[at].replace(
                &format!("compare/{from}.."),
                &format!("compare/{}..", released.tags.1),
            );
        }
        if let Some((at, definition)) = self.definition(released) {
            lines.insert(at, definition);
        }
        let model = self.model().map(|heading| heading.line);
        let at = model.unwrap_or_else(|| {
            let end = self
                .layout
                .unreleased
                .map(|at| self.layout.versions[at].end);
            end.unwrap_or(lines.len())
        });
        let mut added: Vec<String> = section.to_vec();
        if lines[..at]
            .last()
            .is_some_and(|line| !line.trim().is_empty())
        {
            added.insert(0, String::new());
        }
        if lines.get(at).is_some_and(|line| !line.trim().is_empty()) {
            let gap = self.layout.gaps().1.unwrap_or(1);
            added.extend(std::iter::repeat_n(String::new(), gap));
        }
        lines.splice(at..at, added);
        let mut text = lines.join(self.style.line_end);
        if self.text.is_empty() || self.text.ends_with('\n') || model.is_none() {
            text.push_str(self.style.line_end);
        }
        text
    }

    /// Keep a Changelog defines the links of its headings at the end: `[1.2.0]: https://…/compare/v1.1.0...v1.2.0`.
    fn definition(&self, released: &Released<'_>) -> Option<(usize, String)> {
        let model = self.model()?;
        let name = model.text.strip_prefix('[')?.split_once(']')?.0;
        let start = format!("[{name}]: ");
        let at = self
            .layout
            .lines
            .iter()
            .position(|line| line.starts_with(&start))?;
        let address = self.layout.lines[at][start.len()..].trim();
        let (before, _) = address.rsplit_once("compare/")?;
        let dots = if address.contains("...") { "..." } else { ".." };
        let from = released.tags.0?;
        Some((
            at,
            format!(
                "[{}]: {before}compare/{from}{dots}{}",
                released.number, released.tags.1
            ),
        ))
    }

    /// The line that defines the link of the version to come, if it begins at the version before this one.
    pub(super) fn link_to_come(&self, released: &Released<'_>) -> Option<usize> {
        let to_come = &self.layout.versions[self.layout.unreleased?].heading.text;
        let name = to_come.strip_prefix('[')?.split_once(']')?.0;
        let begins = format!("compare/{}..", released.tags.0?);
        self.layout
            .lines
            .iter()
            .position(|line| line.starts_with(&format!("[{name}]: ")) && line.contains(&begins))
    }
}
