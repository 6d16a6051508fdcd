//! Changelog entries: what is new since the last version, or a version's section, in the style of the file that is there.
//!
//! A file in a style nobody here understands, or that a tool writes, is left alone with the reason.

use perch_core::patch::{Change, Edit, FilePatch};

use super::forge::Forge;
use super::notes::Asked;
use super::{About, Ask, Document, Kind, Material, Need, changes::LeftOut, changeset, day};
use crate::changelog::category::{self, Category};
use crate::changelog::heading::{self, Released};
use crate::changelog::landed::Landed;
use crate::changelog::layout::Layout;
use crate::changelog::names::{Names, ORDER};
use crate::changelog::style::Style;
use crate::changelog::{entry, insert, which};

pub(super) static KIND: Changelog = Changelog;

pub(super) struct Changelog;

static ABOUT: About = About {
    name: "Changelog entry",
    argument: "Version or range",
    example: "v1.2..v1.3",
    required: false,
    needs_checkout: true,
};

/// What a changelog that is begun opens with.
const OPENING: &str = "# Changelog\n";

impl Kind for Changelog {
    fn id(&self) -> &'static str {
        "changelog"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, ask: &Ask, material: &Material) -> Result<Vec<Need>, String> {
        let asked = Asked::read(ask, material)?;
        let mut needs = vec![asked.history(), Need::Merged];
        needs.extend(asked.changelog.clone().map(Need::Text));
        needs.extend(changeset::manifests(material.paths()).map(Need::Text));
        Ok(material.open(needs))
    }

    fn write(&self, ask: &Ask, material: &Material) -> Result<Document, String> {
        let asked = Asked::read(ask, material)?;
        let (landed, left_out) = asked.landed(material)?;
        let fragments = which::writer(material.paths()) == Some("changesets");
        if fragments && asked.span.version.is_none() {
            return changeset::write(landed, material);
        }
        let path = asked
            .changelog
            .clone()
            .unwrap_or_else(|| match asked.package.folder.as_str() {
                "" => "CHANGELOG.md".into(),
                folder => format!("{folder}/CHANGELOG.md"),
            });
        let text = material.texts.get(&path).map_or("", String::as_str);
        if asked.changelog.is_some() && !material.texts.contains_key(&path) {
            return Err(format!("`{path}` is no UTF-8 text, so it is left alone"));
        }
        let layout = Layout::read(text);
        layout.known().map_err(|why| format!("`{path}` {why}"))?;
        if let Some(tool) = which::writer(material.paths())
            && layout.unreleased.is_none()
            && asked.span.version.is_none()
            && !text.is_empty()
        {
            return Err(format!(
                "`{path}` is written by {tool} at each release, so nothing is added in between; give a version's range for its section"
            ));
        }
        let mut style = Style::read(text, &layout);
        if style.is_unknown() {
            style.refer_to(Forge::of_material(material).as_ref());
        }
        let file = File {
            path: &path,
            text,
            style,
            layout,
        };
        file.write(&asked, landed, left_out)
    }
}

/// The changelog that is there, or is to be.
struct File<'a> {
    path: &'a str,
    text: &'a str,
    layout: Layout,
    style: Style,
}

impl File<'_> {
    fn write(
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
                        && !rest.starts_with("-")
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
        let mut shown = vec![format!("## {name}")];
        let mut open = None;
        let mut lines = Vec::new();
        for (category, line) in entries {
            let section = names.name(category).0;
            if sectioned && open.as_ref() != Some(&section) {
                if !lines.is_empty() {
                    shown.push(std::mem::take(&mut lines).join("\n"));
                }
                shown.push(format!("### {section}"));
                open = Some(section);
            }
            lines.push(line);
        }
        shown.push(lines.join("\n"));
        let title = name.trim_matches(['[', ']']).to_owned();
        self.document(title, format!("{}\n", shown.join("\n\n")), &text, remarks)
    }

    /// The lines of a version's section.
    fn section(&self, listed: &[(Category, Landed)], released: &Released<'_>) -> Vec<String> {
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
    fn with_section(&self, section: &[String], released: &Released<'_>) -> String {
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
    fn link_to_come(&self, released: &Released<'_>) -> Option<usize> {
        let to_come = &self.layout.versions[self.layout.unreleased?].heading.text;
        let name = to_come.strip_prefix('[')?.split_once(']')?.0;
        let begins = format!("compare/{}..", released.tags.0?);
        self.layout
            .lines
            .iter()
            .position(|line| line.starts_with(&format!("[{name}]: ")) && line.contains(&begins))
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
