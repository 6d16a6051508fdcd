//! Changelog entries: what is new since the last version, or a version's section, in the style of the file that is there.
//!
//! A file in a style nobody here understands, or that a tool writes, is left alone with the reason.

mod file;
mod version;

use self::file::File;
use super::asked::Asked;
use super::forge::Forge;
use super::{About, Ask, Document, Kind, Material, Need, changeset};
use crate::changelog::layout::Layout;
use crate::changelog::style::Style;
use crate::changelog::which;

pub(super) static KIND: Changelog = Changelog;

pub(super) struct Changelog;

static ABOUT: About = About {
    name: "Changelog entry",
    argument: "Version or range",
    example: "v1.2..v1.3",
    required: false,
    needs_checkout: true,
};

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
