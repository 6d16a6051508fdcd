//! Release notes: what users of a version want to know, in the sections and the language of the repository's changelog.

use std::collections::BTreeMap;

use super::asked::Asked;
use super::changes::LeftOut;
use super::forge::Forge;
use super::{About, Ask, Document, Kind, Material, Need, contributors, day, releases, updates};
use crate::changelog::category::{self, Category};
use crate::changelog::heading::{self, Released};
use crate::changelog::landed::Landed;
use crate::changelog::layout::Layout;
use crate::changelog::names::{Names, ORDER};
use crate::changelog::style::{Credit, Hash, Reference, Style};
use crate::changelog::{entry, language};
use crate::markdown::inline;

pub(super) static KIND: Notes = Notes;

pub(super) struct Notes;

static ABOUT: About = About {
    name: "Release notes",
    argument: "Version or range",
    example: "v1.2..v1.3",
    required: false,
    needs_checkout: true,
};

impl Kind for Notes {
    fn id(&self) -> &'static str {
        "notes"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, ask: &Ask, material: &Material) -> Result<Vec<Need>, String> {
        let asked = Asked::read(ask, material)?;
        let texts = asked
            .changelog
            .iter()
            .chain(releases::newest(material.paths()))
            .cloned();
        let history = asked.history();
        Ok(material.open(texts.map(Need::Text).chain([history, Need::Merged])))
    }

    fn write(&self, ask: &Ask, material: &Material) -> Result<Document, String> {
        let asked = Asked::read(ask, material)?;
        let (landed, left_out) = asked.landed(material)?;
        let page = Page::new(&asked, material);
        Ok(page.write(landed, left_out))
    }
}

/// The page and what it is written with.
struct Page<'a> {
    asked: &'a Asked<'a>,
    material: &'a Material,
    changelog: &'a str,
    layout: Layout,
    style: Style,
    forge: Option<Forge>,
}

impl<'a> Page<'a> {
    fn new(asked: &'a Asked<'a>, material: &'a Material) -> Self {
        let text = asked
            .changelog
            .as_ref()
            .and_then(|path| material.texts.get(path));
        // A changelog nobody understands teaches nothing.
        let layout = text
            .map(|text| Layout::read(text))
            .filter(|layout| layout.known().is_ok());
        let changelog = if layout.is_some() {
            text.map_or("", String::as_str)
        } else {
            ""
        };
        let layout = layout.unwrap_or_else(|| Layout::read(""));
        let mut style = Style::read(changelog, &layout);
        style.width = None;
        style.bullet = "- ".into();
        let forge = Forge::of_material(material);
        if style.is_unknown() {
            style.refer_to(forge.as_ref());
        }
        // Who took part is told once, below.
        style.credit = Credit::None;
        Self {
            asked,
            material,
            changelog,
            layout,
            style,
            forge,
        }
    }

    fn write(&self, landed: Vec<Landed>, left_out: Vec<LeftOut>) -> Document {
        let mut remarks: Vec<String> = Vec::new();
        if self.asked.span.from.is_none() && self.asked.span.version.is_none() {
            remarks.push(
                "no tag names a version, so this is everything since the first commit".into(),
            );
        }
        let all: Vec<&Landed> = landed.iter().collect();
        let language = self.layout.language();
        let earlier = self
            .material
            .history
            .as_ref()
            .map(|history| history.earlier_authors.clone())
            .unwrap_or_default();
        let people = contributors::line(&all, &earlier, language);
        let mut sections: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut unlisted: Vec<String> = left_out
            .iter()
            .map(|one| reason(&one.title, &one.why))
            .collect();
        let (updates, landed): (Vec<&Landed>, Vec<&Landed>) = all
            .into_iter()
            .partition(|one| category::is_dependency(one) && !is_breaking(one));
        for one in landed {
            match category::of(one, self.changelog) {
                Ok(category) => {
                    let place = ORDER
                        .iter()
                        .position(|(listed, _)| *listed == self.heading_of(category))
                        .unwrap_or(ORDER.len());
                    sections
                        .entry(place)
                        .or_default()
                        .push(self.entry(one, category));
                }
                Err(why) => unlisted.push(reason(&one.title, &why)),
            }
        }
        let updates = updates::updated(&updates, &mut unlisted);
        if !updates.is_empty() {
            let place = ORDER.len() - 1;
            sections.entry(place).or_default().extend(
                updates
                    .iter()
                    .map(|one| self.entry(one, Category::Dependencies)),
            );
        }
        if !unlisted.is_empty() {
            remarks.push(format!("left out: {}", unlisted.join("; ")));
        }

        let title = self.title();
        let mut blocks = vec![format!("# {title}")];
        if sections.is_empty() {
            blocks.push("Internal changes only.".into());
        }
        for (place, entries) in sections {
            let name = ORDER
                .get(place)
                .map_or_else(String::new, |(category, _)| self.name(*category));
            let mut entries = entries;
            if self.style.newest_first {
                entries.reverse();
            }
            blocks.push(format!("## {name}"));
            blocks.push(listed(&entries));
        }
        if !people.is_empty() {
            blocks.push(format!("## {}", language.contributors));
            blocks.push(people);
        }
        blocks.extend(self.compare(language));
        let markdown = format!("{}\n", blocks.join("\n\n"));
        let number = self.number();
        let path = releases::path(
            self.material.paths(),
            number.as_deref(),
            &self.asked.span.to,
        );
        Document::new_file(title, path, markdown, remarks)
    }

    /// One change as a line, with what its author says must be done below it.
    fn entry(&self, landed: &Landed, category: Category) -> String {
        let mut style = self.style.clone();
        let names_pulls = !matches!(style.reference, Reference::None);
        style.hash = match (&style.hash, &self.forge) {
            (Hash::None, forge) if names_pulls && landed.number.is_none() => forge
                .as_ref()
                .map_or(Hash::Plain, |forge| Hash::Link(forge.commits())),
            (Hash::None, _) => Hash::None,
            (hash, _) => hash.clone(),
        };
        // Its section says that it breaks something.
        let shown = if category == Category::Breaking {
            Category::Changed
        } else {
            category
        };
        let line = entry::text(landed, shown, &style);
        match category::title(&landed.title, &landed.body).breaking_note {
            Some(note) if category == Category::Breaking => {
                format!("{line}\n\n  {}", inline(&capital(&note)))
            }
            _ => line,
        }
    }

    /// The section of the page a category stands in.
    fn heading_of(&self, category: Category) -> Category {
        let names = Names::of(&self.layout);
        match category {
            Category::Breaking => Category::Breaking,
            category => names.meant(category),
        }
    }

    fn name(&self, category: Category) -> String {
        let names = Names::of(&self.layout);
        let own = names.meant(category) == category
            && self
                .layout
                .sections()
                .any(|section| section.category == Some(category));
        let usual = self
            .layout
            .language()
            .name(category)
            .or_else(|| language::ALL[0].name(category));
        if own
            || names.meant(category) == category
                && !matches!(category, Category::Breaking | Category::Dependencies)
        {
            names.name(category).0
        } else {
            usual.unwrap_or("Changed").to_owned()
        }
    }

    fn number(&self) -> Option<String> {
        self.asked
            .span
            .version
            .as_ref()
            .map(super::span::Version::number)
    }

    fn title(&self) -> String {
        let survey = self.material.survey.as_ref();
        let Some(version) = &self.asked.span.version else {
            return self.layout.language().unreleased().to_owned();
        };
        let number = version.number();
        let model = releases::newest(self.material.paths())
            .and_then(|path| self.material.texts.get(path))
            .and_then(|text| {
                Layout::read(text)
                    .headings
                    .first()
                    .map(|heading| heading.text.clone())
            });
        if let Some(model) = model.filter(|model| model.contains('.')) {
            let released = Released {
                number: &number,
                at: version.tag.at,
                tags: (self.asked.span.from.as_deref(), &self.asked.span.to),
            };
            return heading::heading(&model, &released);
        }
        let name = if self.asked.package.name.is_empty() {
            let remote = survey
                .and_then(|survey| survey.remote.as_deref())
                .and_then(super::repository_name);
            remote
                .as_deref()
                .and_then(|name| name.rsplit('/').next())
                .map_or_else(
                    || survey.map_or(String::new(), |survey| survey.name.clone()),
                    str::to_owned,
                )
        } else {
            self.asked.package.name.clone()
        };
        format!("{} {number} ({})", inline(&name), day(version.tag.at))
    }

    fn compare(&self, language: &language::Language) -> Option<String> {
        let (forge, from) = (self.forge.as_ref()?, self.asked.span.from.as_deref()?);
        let survey = self.material.survey.as_ref()?;
        let to = match self.asked.span.to.as_str() {
            "HEAD" => survey.branch.as_deref()?,
            to => to,
        };
        Some(format!(
            "[{}: {}…{}]({})",
            language.compare,
            named(from),
            named(to),
            forge.compare(from, to)
        ))
    }
}

/// Entries one below the other; those with words below them stand apart from what follows.
fn listed(entries: &[String]) -> String {
    let mut text = String::new();
    for (at, entry) in entries.iter().enumerate() {
        text.push_str(entry);
        if at + 1 < entries.len() {
            text.push_str(if entry.contains("\n\n") { "\n\n" } else { "\n" });
        }
    }
    text
}

/// A tag in the text of a link: as code where Markdown would take it for something else.
fn named(tag: &str) -> String {
    let shown = inline(tag);
    if shown == tag {
        shown
    } else {
        format!("`{}`", tag.replace('`', ""))
    }
}

fn is_breaking(landed: &Landed) -> bool {
    category::title(&landed.title, &landed.body).breaking
}

pub(super) fn reason(title: &str, why: &str) -> String {
    format!("“{}” ({why})", crate::markdown::visible(title))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
