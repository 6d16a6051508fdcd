//! `package.json` of npm, pnpm and yarn, told apart by the lockfile beside or above it.

use regex::Regex;
use serde_json::Value;

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| name(path) == "package.json",
    read,
};

const SECTIONS: &[&str] = &["dependencies", "devDependencies", "optionalDependencies"];

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    let root: Value = serde_json::from_str(manifest.text).map_err(|error| error.to_string())?;
    let ecosystem = if manifest.has_beside_or_above("pnpm-lock.yaml") {
        "pnpm"
    } else if manifest.has_beside_or_above("yarn.lock") {
        "yarn"
    } else {
        "npm"
    };
    let mut found = Vec::new();
    for section in SECTIONS {
        let Some(members) = root[*section].as_object() else {
            continue;
        };
        let Some(begin) = after_key(manifest.text, section) else {
            continue;
        };
        for (package, version) in members {
            let Some(version) = version.as_str() else {
                continue;
            };
            let Some(at) = value_at(&manifest.text[begin..], package, version) else {
                continue;
            };
            let start = begin + at;
            let span = start..start + version.len();
            found.extend(manifest.requirement(ecosystem, package, span, Bare::Exact));
        }
    }
    Ok(found)
}

/// Where the object under `key` begins.
fn after_key(text: &str, key: &str) -> Option<usize> {
    let pattern = Regex::new(&format!(r#""{}"\s*:\s*\{{"#, regex::escape(key))).ok()?;
    pattern.find(text).map(|found| found.end())
}

/// Where the text `version` of the member `package` begins, without its quotes.
fn value_at(text: &str, package: &str, version: &str) -> Option<usize> {
    let pattern = format!(
        r#""{}"\s*:\s*"({})""#,
        regex::escape(package),
        regex::escape(version)
    );
    let pattern = Regex::new(&pattern).ok()?;
    Some(pattern.captures(text)?.get(1)?.start())
}
