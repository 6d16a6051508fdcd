//! `requirements*.txt` and `pyproject.toml`, of pip, uv and Poetry.

use std::ops::Range as Span;

use toml_edit::{Document, Item, TableLike};

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| {
        let name = name(path);
        name == "pyproject.toml"
            || (name.starts_with("requirements") && name.ends_with(".txt"))
            || (path.starts_with("requirements/") && name.ends_with(".txt"))
    },
    read,
};

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    if manifest.path.ends_with(".toml") {
        pyproject(manifest)
    } else {
        Ok(requirements(manifest))
    }
}

fn requirements(manifest: &Manifest<'_>) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut continued = false;
    for line in manifest.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let joined = continued;
        continued = line.trim_end().ends_with('\\');
        // A hash pins the bytes, so that another version needs another hash.
        if joined || continued || line.contains("--hash") || line.starts_with(['-', '#', ' ']) {
            continue;
        }
        let end = line.find('#').unwrap_or(line.len());
        found.extend(specifier(manifest, "pip", start..start + end));
    }
    found
}

/// A requirement as PEP 508 writes it, standing at `span`.
fn specifier(
    manifest: &Manifest<'_>,
    ecosystem: &'static str,
    span: Span<usize>,
) -> Option<Requirement> {
    let text = manifest.text.get(span.clone())?;
    let length = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .unwrap_or(text.len());
    let name = &text[..length];
    let mut from = length;
    if text[from..].starts_with('[') {
        from += text[from..].find(']')? + 1;
    }
    let until = text[from..].find(';').map_or(text.len(), |at| from + at);
    // A bare name or a URL has no operator, and then there is nothing to move.
    if !text[from..until].trim_start().starts_with(['=', '~', '>']) {
        return None;
    }
    manifest.requirement(
        ecosystem,
        &normal(name),
        span.start + from..span.start + until,
        Bare::Exact,
    )
}

fn pyproject(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    let document = Document::parse(manifest.text).map_err(|error| error.to_string())?;
    let root = document.as_table();
    let below = |keys: &[&str]| {
        keys.iter().try_fold(root as &dyn TableLike, |table, key| {
            table.get(key)?.as_table_like()
        })
    };
    let mut found = Vec::new();
    let poetry = below(&["tool", "poetry"]);
    let ecosystem = if poetry.is_some() {
        "poetry"
    } else if manifest.has_beside_or_above("uv.lock") {
        "uv"
    } else {
        "pip"
    };
    let mut lists: Vec<&Item> = Vec::new();
    lists.extend(below(&["project"]).and_then(|project| project.get("dependencies")));
    for groups in [
        below(&["project", "optional-dependencies"]),
        below(&["dependency-groups"]),
    ] {
        lists.extend(
            groups
                .into_iter()
                .flat_map(TableLike::iter)
                .map(|(_, list)| list),
        );
    }
    for value in lists.into_iter().filter_map(Item::as_array).flatten() {
        if let (Some(_), Some(span)) = (value.as_str(), value.span()) {
            let inner = span.start + 1..span.end.saturating_sub(1);
            found.extend(specifier(manifest, ecosystem, inner));
        }
    }
    let mut tables = vec![
        poetry.and_then(|poetry| poetry.get("dependencies")?.as_table_like()),
        poetry.and_then(|poetry| poetry.get("dev-dependencies")?.as_table_like()),
    ];
    let groups = below(&["tool", "poetry", "group"]);
    for (_, group) in groups.into_iter().flat_map(TableLike::iter) {
        let table = group.as_table_like();
        tables.push(table.and_then(|table| table.get("dependencies")?.as_table_like()));
    }
    for (key, item) in tables.into_iter().flatten().flat_map(TableLike::iter) {
        let version = match item.as_table_like() {
            Some(table) => table.get("version"),
            None => Some(item),
        };
        let span = version
            .filter(|version| version.is_str() && key != "python")
            .and_then(Item::span);
        if let Some(span) = span {
            let inner = span.start + 1..span.end.saturating_sub(1);
            found.extend(manifest.requirement("poetry", &normal(key), inner, Bare::Exact));
        }
    }
    Ok(found)
}

/// Names are the same whatever their case and separators.
pub(in crate::dependencies) fn normal(name: &str) -> String {
    let lower = name.to_ascii_lowercase().replace(['_', '.'], "-");
    lower
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
