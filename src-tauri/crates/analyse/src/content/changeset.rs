//! The note that changesets gathers at a release: which packages a change touches, how far, and what it is.

use std::collections::BTreeMap;

use super::{Document, Material};
use crate::change::role::{self, Role};
use crate::changelog::category::{self, Category};
use crate::changelog::entry;
use crate::changelog::landed::Landed;
use crate::changelog::layout::Layout;
use crate::changelog::style::Style;
use crate::changelog::which;

/// How far a change reaches, as Semantic Versioning names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bump {
    Patch,
    Minor,
    Major,
}

/// Manifests of the packages, if the repository uses changesets.
pub(super) fn manifests(paths: &[String]) -> impl Iterator<Item = String> {
    let used = which::writer(paths) == Some("changesets");
    paths
        .iter()
        .filter(move |path| {
            used && (*path == "package.json" || path.ends_with("/package.json"))
                && !path.contains("node_modules/")
        })
        .take(200)
        .cloned()
}

/// One note for what has none of its own yet.
pub(super) fn write(landed: Vec<Landed>, material: &Material) -> Result<Document, String> {
    let packages: BTreeMap<&str, String> = material
        .texts
        .iter()
        .filter_map(|(path, text)| {
            let folder = path.strip_suffix("package.json")?;
            let manifest: serde_json::Value = serde_json::from_str(text).ok()?;
            Some((folder, manifest.get("name")?.as_str()?.to_owned()))
        })
        .collect();
    let mut touched: BTreeMap<&str, Bump> = BTreeMap::new();
    let mut entries = Vec::new();
    let mut remarks = Vec::new();
    let style = Style::read("", &Layout::read(""));
    for one in landed {
        let title = crate::markdown::visible(&one.title);
        if one.paths.iter().any(|path| which::is_fragment(path)) {
            remarks.push(format!("left out “{title}”: it brought its own note"));
            continue;
        }
        let category = match category::of(&one, "") {
            Ok(category) => category,
            Err(why) => {
                remarks.push(format!("left out “{title}”: {why}"));
                continue;
            }
        };
        let bump = match category {
            Category::Breaking => Bump::Major,
            Category::Added => Bump::Minor,
            _ => Bump::Patch,
        };
        let code = one.paths.iter().filter(|path| {
            !matches!(
                role::of(path),
                Role::Docs | Role::Test | Role::Lockfile | Role::Workflow
            )
        });
        let mut found = false;
        for path in code {
            let nearest = packages
                .iter()
                .filter(|(folder, _)| path.starts_with(**folder))
                .max_by_key(|(folder, _)| folder.len());
            // The root is no package but holds them.
            let Some((_, name)) =
                nearest.filter(|(folder, _)| !folder.is_empty() || packages.len() == 1)
            else {
                continue;
            };
            let known = touched.entry(name).or_insert(bump);
            *known = bump.max(*known);
            found = true;
        }
        if found {
            entries.push(entry::text(&one, Category::Changed, &style));
        } else {
            remarks.push(format!("left out “{title}”: it touches no package"));
        }
    }
    let Some(first) = entries.first() else {
        return Err(if remarks.is_empty() {
            "nothing came since the last version".into()
        } else {
            format!(
                "nothing needs a note for changesets: {}",
                remarks.join("; ")
            )
        });
    };
    let title = first.trim_start_matches("- ").to_owned();
    let head: Vec<String> = touched
        .iter()
        .map(|(name, bump)| {
            let bump = match bump {
                Bump::Patch => "patch",
                Bump::Minor => "minor",
                Bump::Major => "major",
            };
            format!("{}: {bump}", serde_json::Value::from(*name))
        })
        .collect();
    let body = if entries.len() == 1 {
        title.clone()
    } else {
        entries.join("\n")
    };
    let markdown = format!("---\n{}\n---\n\n{body}\n", head.join("\n"));
    let path = format!(".changeset/{}.md", super::folder::slug(&title));
    Ok(Document::new_file(title, path, markdown, remarks))
}
