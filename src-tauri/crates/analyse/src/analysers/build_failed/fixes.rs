//! What would mend the failure: the changes the tools themselves printed, and certain commands.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::evidence::{Evidence, Place};
use perch_core::facts::Facts;
use perch_core::finding::{Fix, Point, Remedy};
use perch_core::patch::{Change, FilePatch, Patch};

use super::paths::Paths;
use super::{replace, words};
use crate::explain::{Diagnostic, LineChange, Proposal};

/// Guesses offered one by one, at most.
const MAX_GUESSES: usize = 3;
/// Certain changes tried one by one when they do not all apply, at most.
const MAX_ONE_BY_ONE: usize = 200;

/// The files of the repository that proposals of `errors` touch, sorted.
pub(super) fn files(errors: &[&Diagnostic], paths: &Paths<'_>) -> Vec<String> {
    errors
        .iter()
        .flat_map(|error| &error.proposals)
        .flat_map(|proposal| &proposal.changes)
        .filter_map(|change| paths.resolve(&change.path))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Fixes, best first, and points that say why a printed change is not offered.
pub(super) fn fixes(
    errors: &[&Diagnostic],
    paths: &Paths<'_>,
    facts: &Facts,
) -> (Vec<Fix>, Vec<Point>) {
    let mut fixes = Vec::new();
    let mut refused = Vec::new();
    let certain: Vec<(&Diagnostic, &Proposal)> = errors
        .iter()
        .filter_map(|error| match error.proposals.as_slice() {
            [proposal] if proposal.certain => Some((*error, proposal)),
            _ => None,
        })
        .collect();
    let (certain, reasons) = fitting_together(&certain, paths, facts);
    refused.extend(reasons);
    if !certain.is_empty() {
        let proposals: Vec<&Proposal> = certain.iter().map(|(_, proposal)| *proposal).collect();
        match patch(&proposals, paths, facts) {
            Ok(patch) => fixes.push(Fix {
                title: words::fix_title(&certain),
                explanation: words::certain_explanation(&certain, errors.len()),
                remedy: Remedy::Patch { patch },
                confidence: if certain.len() == errors.len() {
                    0.95
                } else {
                    0.8
                },
            }),
            Err(reason) => refused.push(refusal(certain[0].0, &reason, facts)),
        }
    }
    let guesses = errors
        .iter()
        .filter(|error| error.proposals.len() == 1 && !error.proposals[0].certain);
    for error in guesses.take(MAX_GUESSES) {
        let proposal = &error.proposals[0];
        match patch(&[proposal], paths, facts) {
            Ok(patch) => fixes.push(Fix {
                title: words::fix_title(&[(error, proposal)]),
                explanation: format!(
                    "{} suggests this for “{}”. It is a guess of the tool's: check that it is what you meant.",
                    error.tool, error.message
                ),
                remedy: Remedy::Patch { patch },
                confidence: 0.5,
            }),
            Err(reason) => refused.push(refusal(error, &reason, facts)),
        }
    }
    let mut commands = BTreeSet::new();
    for error in errors {
        if let Some(command) = &error.command
            && commands.insert(command)
        {
            fixes.push(Fix {
                title: words::fitting(&format!("Run `{command}`"), words::MAX_TITLE),
                explanation: format!("It mends “{}”.", error.message),
                remedy: Remedy::Command {
                    command: command.clone(),
                },
                confidence: 0.85,
            });
        }
    }
    (fixes, refused)
}

/// Those of `parts` that apply together, and why each of the others does not.
fn fitting_together<'a>(
    parts: &[(&'a Diagnostic, &'a Proposal)],
    paths: &Paths<'_>,
    facts: &Facts,
) -> (Vec<(&'a Diagnostic, &'a Proposal)>, Vec<Point>) {
    let of = |parts: &[(&'a Diagnostic, &'a Proposal)]| -> Vec<&'a Proposal> {
        parts.iter().map(|(_, proposal)| *proposal).collect()
    };
    if patch(&of(parts), paths, facts).is_ok() {
        return (parts.to_vec(), Vec::new());
    }
    let mut fitting = Vec::new();
    let mut refused = Vec::new();
    for part in parts.iter().take(MAX_ONE_BY_ONE) {
        fitting.push(*part);
        if let Err(reason) = patch(&of(&fitting), paths, facts) {
            fitting.pop();
            refused.push(refusal(part.0, &reason, facts));
        }
    }
    refused.truncate(MAX_GUESSES);
    (fitting, refused)
}

/// One patch with all of `proposals`, proved to apply to the files there are.
fn patch(proposals: &[&Proposal], paths: &Paths<'_>, facts: &Facts) -> Result<Patch, String> {
    let mut by_file: BTreeMap<String, Vec<&LineChange>> = BTreeMap::new();
    for change in proposals.iter().flat_map(|proposal| &proposal.changes) {
        let path = paths
            .resolve(&change.path)
            .ok_or_else(|| format!("`{}` is no file of this repository", change.path))?;
        by_file.entry(path).or_default().push(change);
    }
    let mut files = Vec::new();
    for (path, changes) in by_file {
        let text = facts
            .files
            .get(&path)
            .ok_or_else(|| format!("`{path}` could not be read"))?;
        let edits = replace::edits(text, changes)
            .map_err(|line| format!("`{path}` does not read as the log shows it at line {line}"))?;
        files.push(FilePatch {
            path,
            change: Change::Edit { edits },
        });
    }
    let patch = Patch { files };
    let patched = patch
        .resolve(|path| facts.files.get(path).cloned())
        .map_err(|error| error.to_string())?;
    if patched
        .iter()
        .all(|file| file.before.as_deref() == Some(file.after.as_str()))
    {
        return Err("the change is already made".into());
    }
    Ok(patch)
}

fn refusal(error: &Diagnostic, reason: &str, facts: &Facts) -> Point {
    Point {
        text: format!(
            "{} prints a change, which is not offered: {reason}",
            error.tool
        ),
        evidence: vec![Evidence {
            statement: "the change as printed".into(),
            place: Place::Log {
                log: facts
                    .failing_log
                    .as_ref()
                    .map(|log| log.name.clone())
                    .unwrap_or_default(),
                start_line: error.start_line,
                end_line: error.end_line,
            },
        }],
        todo: false,
    }
}
