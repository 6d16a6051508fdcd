//! `build.gradle`, `build.gradle.kts` and version catalogues: coordinates written out.
//!
//! A build script is a program; only what stands in it as text is read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use toml_edit::{Document, Item, TableLike};

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| {
        let name = name(path);
        matches!(name, "build.gradle" | "build.gradle.kts") || name.ends_with(".versions.toml")
    },
    read,
};

/// `"group:artifact:1.2"` in either kind of quotes.
static COORDINATES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["']([A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+):([0-9][A-Za-z0-9_.+-]*)(?:@\w+)?["']"#)
        .expect("the pattern is constant")
});

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    if manifest.path.ends_with(".toml") {
        return catalogue(manifest);
    }
    Ok(COORDINATES
        .captures_iter(manifest.text)
        .filter_map(|found| {
            let (name, version) = (found.get(1)?, found.get(2)?);
            manifest.requirement("gradle", name.as_str(), version.range(), Bare::Exact)
        })
        .collect())
}

fn catalogue(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    let document = Document::parse(manifest.text).map_err(|error| error.to_string())?;
    let table = |name: &str| document.get(name).and_then(Item::as_table_like);
    let mut found: Vec<Requirement> = Vec::new();
    // Several libraries may share one version; it moves once.
    let mut moved = BTreeSet::new();
    for (_, library) in table("libraries").into_iter().flat_map(TableLike::iter) {
        let Some(library) = library.as_table_like() else {
            continue;
        };
        let text = |key: &str| library.get(key).and_then(Item::as_str);
        let module = match (text("module"), text("group"), text("name")) {
            (Some(module), ..) => module.to_owned(),
            (None, Some(group), Some(name)) => format!("{group}:{name}"),
            _ => continue,
        };
        let version = library.get("version");
        let referred = version
            .and_then(Item::as_table_like)
            .and_then(|version| version.get("ref")?.as_str());
        let written = match referred {
            Some(name) => table("versions").and_then(|versions| versions.get(name)),
            None => version,
        };
        let span = written.filter(|item| item.is_str()).and_then(Item::span);
        let requirement = span.and_then(|span| {
            let inner = span.start + 1..span.end.saturating_sub(1);
            manifest.requirement("gradle", &module, inner, Bare::Exact)
        });
        found.extend(requirement.filter(|one| moved.insert(one.span.start)));
    }
    Ok(found)
}
