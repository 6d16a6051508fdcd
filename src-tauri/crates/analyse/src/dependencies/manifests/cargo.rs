//! `Cargo.toml`: dependencies of packages, workspaces and targets.

use toml_edit::{Document, Item, TableLike};

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| name(path) == "Cargo.toml",
    read,
};

const SECTIONS: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    let document = Document::parse(manifest.text).map_err(|error| error.to_string())?;
    let root = document.as_table();
    let mut found = Vec::new();
    sections(manifest, root, &mut found);
    if let Some(workspace) = root.get("workspace").and_then(Item::as_table_like) {
        sections(manifest, workspace, &mut found);
    }
    let targets = root.get("target").and_then(Item::as_table_like);
    for (_, target) in targets.into_iter().flat_map(TableLike::iter) {
        if let Some(target) = target.as_table_like() {
            sections(manifest, target, &mut found);
        }
    }
    Ok(found)
}

fn sections(manifest: &Manifest<'_>, table: &dyn TableLike, found: &mut Vec<Requirement>) {
    for section in SECTIONS {
        let Some(section) = table.get(section).and_then(Item::as_table_like) else {
            continue;
        };
        for (key, item) in section.iter() {
            found.extend(requirement(manifest, key, item));
        }
    }
}

fn requirement(manifest: &Manifest<'_>, key: &str, item: &Item) -> Option<Requirement> {
    let (name, version) = match item.as_table_like() {
        None => (key, item),
        Some(table) => {
            // What comes from elsewhere has no releases where we would look.
            if ["path", "git", "registry", "registry-index"]
                .iter()
                .any(|key| table.contains_key(key))
            {
                return None;
            }
            let name = table.get("package").and_then(Item::as_str).unwrap_or(key);
            (name, table.get("version")?)
        }
    };
    version.as_str()?;
    let quoted = version.span()?;
    // Without the quotes.
    manifest.requirement(
        "cargo",
        name,
        quoted.start + 1..quoted.end.checked_sub(1)?,
        Bare::Caret,
    )
}
