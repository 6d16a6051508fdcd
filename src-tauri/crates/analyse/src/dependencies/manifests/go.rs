//! `go.mod`: direct requirements that are not replaced.

use std::collections::BTreeSet;

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| name(path) == "go.mod",
    read,
};

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    if !manifest
        .text
        .lines()
        .any(|line| line.starts_with("module "))
    {
        return Err("it names no module".into());
    }
    let replaced: BTreeSet<&str> = lines(manifest.text, "replace")
        .filter_map(|(_, line)| line.split_whitespace().next())
        .collect();
    Ok(lines(manifest.text, "require")
        .filter(|(_, line)| !line.contains("// indirect"))
        .filter_map(|(at, line)| {
            let mut words = line.split_whitespace();
            let (module, version) = (words.next()?, words.next()?);
            if replaced.contains(module) {
                return None;
            }
            let start = at + line.find(version)?;
            let span = start..start + version.len();
            manifest.requirement("go", module, span, Bare::Exact)
        })
        .collect())
}

/// The lines of a directive, alone or in a block, with where each begins.
fn lines<'a>(text: &'a str, directive: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let mut at = 0;
    let mut inside = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let words = line.trim();
        if inside {
            inside = words != ")";
            return inside.then_some((start, line));
        }
        let rest = line.strip_prefix(directive)?;
        if rest.trim() == "(" {
            inside = true;
            return None;
        }
        rest.starts_with([' ', '\t'])
            .then_some((start + directive.len(), rest))
    })
}
