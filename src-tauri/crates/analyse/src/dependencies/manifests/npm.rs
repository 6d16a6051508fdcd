//! `package.json` of npm, pnpm and yarn, told apart by the lockfile beside or above it.

use serde_json::Value;

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| name(path) == "package.json",
    read,
};

/// Members of one section read at most.
const MOST: usize = 1_000;

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
        let Some((mut at, _)) = member(manifest.text, 0, section) else {
            continue;
        };
        for (package, version) in members.iter().take(MOST) {
            let Some(version) = version.as_str() else {
                continue;
            };
            let quoted = format!("\"{version}\"");
            let Some((value, text)) = member(manifest.text, at, package) else {
                continue;
            };
            // Members stand in the file as they do in the object.
            at = value;
            if text.starts_with(&quoted) {
                let span = value + 1..value + 1 + version.len();
                found.extend(manifest.requirement(ecosystem, package, span, Bare::Exact));
            }
        }
    }
    Ok(found)
}

/// Where the value of the next member called `key` begins after `from`, and the text from there.
fn member<'a>(text: &'a str, from: usize, key: &str) -> Option<(usize, &'a str)> {
    let quoted = format!("\"{key}\"");
    let rest = text.get(from..)?;
    rest.match_indices(&quoted).find_map(|(at, _)| {
        let after = &rest[at + quoted.len()..];
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        Some((text.len() - value.len(), value))
    })
}
