//! The plan's steps as patches of manifests and commands for lockfiles: urgent ones, then what should break nothing,
//! then each major update by itself.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::facts::Facts;
use perch_core::finding::{Fix, Remedy};
use perch_core::patch::{Change, Edit, FilePatch, Patch};

use crate::dependencies::commands;
use crate::dependencies::plan::Update;
use crate::dependencies::version::Class;

/// Best first.
pub(super) fn fixes(updates: &[Update], facts: &Facts) -> Vec<Fix> {
    let (urgent, rest): (Vec<&Update>, Vec<&Update>) =
        updates.iter().partition(|update| update.is_urgent());
    let (majors, gentle): (Vec<&Update>, Vec<&Update>) = rest
        .into_iter()
        .partition(|update| update.class == Class::Major);
    let mut fixes: Vec<Fix> = [urgent, gentle]
        .into_iter()
        .filter_map(|group| fix(&group, facts, 0.8))
        .collect();
    fixes.extend(
        majors
            .into_iter()
            .filter_map(|update| fix(&[update], facts, 0.4)),
    );
    fixes
}

fn fix(updates: &[&Update], facts: &Facts, confidence: f32) -> Option<Fix> {
    let title = match updates {
        [] => return None,
        [one] => format!("Update {} to {}", one.name, one.to),
        many => format!("Update {} dependencies", many.len()),
    };
    let patch = patch(updates, facts);
    let (edited, allowed): (Vec<&Update>, Vec<&Update>) =
        updates.iter().partition(|update| !update.edits.is_empty());
    let allowed: Vec<String> = by_ecosystem(&allowed, commands::lock);
    let Some(patch) = patch else {
        let command = allowed.join(" && ");
        return (!command.is_empty()).then(|| Fix {
            title,
            explanation:
                "The manifests allow these versions already; only the lockfile holds older ones."
                    .into(),
            remedy: Remedy::Command { command },
            confidence,
        });
    };
    let mut after: BTreeSet<String> = by_ecosystem(&edited, commands::after_patch)
        .into_iter()
        .collect();
    after.extend(allowed);
    let mut explanation = format!(
        "{}.",
        updates
            .iter()
            .map(|update| format!("`{}` {} → {}", update.name, update.from, update.to))
            .collect::<Vec<_>>()
            .join(", ")
    );
    if !after.is_empty() {
        let commands: Vec<String> = after.iter().map(|one| format!("`{one}`")).collect();
        explanation.push_str(&format!(
            " The lockfile follows with {}, which Perch does not run.",
            commands.join(" and ")
        ));
    }
    Some(Fix {
        title,
        explanation,
        remedy: Remedy::Patch { patch },
        confidence,
    })
}

/// The command of each ecosystem for its packages.
fn by_ecosystem(
    updates: &[&Update],
    command: impl Fn(&str, &[&str]) -> Option<String>,
) -> Vec<String> {
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for update in updates {
        packages
            .entry(update.ecosystem)
            .or_default()
            .push(&update.name);
    }
    packages
        .into_iter()
        .filter_map(|(ecosystem, names)| command(ecosystem, &names))
        .collect()
}

/// The versions in the manifests, and nothing else of them, replaced.
fn patch(updates: &[&Update], facts: &Facts) -> Option<Patch> {
    let mut files: BTreeMap<&str, BTreeMap<usize, (usize, String)>> = BTreeMap::new();
    for update in updates {
        for place in &update.edits {
            files.entry(&place.path).or_default().insert(
                place.span.start,
                (place.span.end, place.range.rewritten(&update.to)),
            );
        }
    }
    let files: Vec<FilePatch> = files
        .into_iter()
        .filter_map(|(path, spans)| {
            let text = facts.files.get(path)?;
            Some(FilePatch {
                path: path.to_owned(),
                change: Change::Edit {
                    edits: edits(text, &spans),
                },
            })
        })
        .collect();
    (!files.is_empty()).then_some(Patch { files })
}

/// An edit for each line with a version to replace.
fn edits(text: &str, spans: &BTreeMap<usize, (usize, String)>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    for (line, number) in text.split_inclusive('\n').zip(1_u32..) {
        let (from, to) = (at, at + line.len());
        at = to;
        let mut after = String::new();
        let mut copied = from;
        for (start, (end, version)) in spans.range(from..to) {
            after.push_str(&text[copied..*start]);
            after.push_str(version);
            copied = *end;
        }
        if copied > from {
            after.push_str(&text[copied..to]);
            edits.push(Edit {
                search: line.to_owned(),
                replace: after,
                line: Some(number),
            });
        }
    }
    edits
}
