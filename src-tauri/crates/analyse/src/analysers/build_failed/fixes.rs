//! What would mend the failure: the changes the tools themselves printed, those that follow from what they report,
//! and certain commands.

use std::collections::{BTreeMap, BTreeSet};

use perch_core::evidence::{Evidence, Place};
use perch_core::facts::Facts;
use perch_core::finding::{Fix, Point, Remedy};
use perch_core::patch::{Change, FilePatch, Patch};

use super::paths::Paths;
use super::{mend, replace, words};
use crate::explain::{Diagnostic, LineChange};
use crate::syntax;

/// Guesses offered one by one, at most.
const MAX_GUESSES: usize = 3;
/// Certain changes tried one by one when they do not all apply, at most.
const MAX_ONE_BY_ONE: usize = 200;

/// A change on offer for one report.
#[derive(Clone)]
struct Part<'a> {
    error: &'a Diagnostic,
    /// What it does.
    text: String,
    certain: bool,
    /// True when the tool itself prints it.
    printed: bool,
    /// What changes, by path in the repository; or the name in the log of a file that is none of the repository's.
    changes: Result<Vec<(String, LineChange)>, String>,
}

/// The files of the repository that changes for `errors` touch or depend on, sorted.
pub(super) fn files(errors: &[&Diagnostic], paths: &Paths<'_>, facts: &Facts) -> Vec<String> {
    errors
        .iter()
        .flat_map(|error| &error.proposals)
        .flat_map(|proposal| &proposal.changes)
        .filter_map(|change| paths.resolve(&change.path))
        .chain(mend::files(errors, paths, facts))
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
    let mut refused = Vec::new();
    let (certain, guesses): (Vec<_>, Vec<_>) = parts(errors, paths, facts)
        .into_iter()
        .partition(|part| part.certain);
    let (certain, reasons) = fitting_together(&certain, facts);
    refused.extend(reasons);
    let mut fixes = Vec::new();
    if !certain.is_empty() {
        match patch(&certain, facts) {
            Ok(patch) => fixes.push(Fix {
                title: title(&certain),
                explanation: words::certain_explanation(
                    certain[0].error,
                    printed(&certain),
                    certain.len(),
                    errors.len(),
                ),
                remedy: Remedy::Patch { patch },
                confidence: if certain.len() == errors.len() {
                    0.95
                } else {
                    0.8
                },
            }),
            Err(reason) => refused.push(refusal(certain[0].error, &reason, facts)),
        }
    }
    if let Some(all) = everything(&certain, &guesses, facts) {
        // A click should mend all there is, so long as that is known for every report.
        let at = if certain.is_empty() || certain.len() + guesses.len() >= errors.len() {
            0
        } else {
            fixes.len()
        };
        fixes.insert(at, all);
    }
    for part in guesses.iter().take(MAX_GUESSES) {
        match patch(std::slice::from_ref(part), facts) {
            Ok(patch) => fixes.push(Fix {
                title: title(std::slice::from_ref(part)),
                explanation: words::guess_explanation(part.error, part.printed),
                remedy: Remedy::Patch { patch },
                confidence: 0.5,
            }),
            Err(reason) if part.printed => refused.push(refusal(part.error, &reason, facts)),
            Err(_) => {}
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

/// One change for each report that has one: what its tool prints, or what follows from it and the files.
fn parts<'a>(errors: &[&'a Diagnostic], paths: &Paths<'_>, facts: &Facts) -> Vec<Part<'a>> {
    let printed = errors.iter().filter_map(|error| {
        let [proposal] = error.proposals.as_slice() else {
            return None;
        };
        let changes = proposal
            .changes
            .iter()
            .map(|change| {
                let path = paths.resolve(&change.path);
                Ok((path.ok_or(&change.path)?, change.clone()))
            })
            .collect::<Result<_, &String>>();
        Some(Part {
            error,
            text: proposal.text.clone(),
            certain: proposal.certain,
            printed: true,
            changes: changes.map_err(Clone::clone),
        })
    });
    let derived = mend::mends(errors, paths, facts)
        .into_iter()
        .map(|(error, mend)| Part {
            error,
            text: mend.text,
            certain: mend.certain,
            printed: false,
            changes: Ok(mend
                .changes
                .into_iter()
                .map(|change| (change.path.clone(), change))
                .collect()),
        });
    printed.chain(derived).collect()
}

/// All that is certain and all that is likely in one, where that is more than one change.
fn everything(certain: &[Part<'_>], guesses: &[Part<'_>], facts: &Facts) -> Option<Fix> {
    if guesses.is_empty() || certain.len() + guesses.len() < 2 {
        return None;
    }
    let all: Vec<Part<'_>> = certain.iter().chain(guesses).cloned().collect();
    Some(Fix {
        title: title(&all),
        explanation: words::guess_explanation(
            guesses[0].error,
            guesses.iter().any(|part| part.printed),
        ),
        remedy: Remedy::Patch {
            patch: patch(&all, facts).ok()?,
        },
        confidence: 0.5,
    })
}

fn title(parts: &[Part<'_>]) -> String {
    // Several reports may bring one and the same change.
    let differs = |(at, part): &(usize, &Part<'_>)| {
        parts[..*at]
            .iter()
            .all(|other| other.printed || part.printed || other.changes != part.changes)
    };
    let told: Vec<_> = parts
        .iter()
        .enumerate()
        .filter(differs)
        .map(|(_, part)| (part.error, part.text.as_str()))
        .collect();
    words::fix_title(&told)
}

fn printed(parts: &[Part<'_>]) -> words::Origin {
    match parts.iter().filter(|part| part.printed).count() {
        0 => words::Origin::Derived,
        count if count == parts.len() => words::Origin::Printed,
        _ => words::Origin::Both,
    }
}

/// Those of `parts` that apply together, and why each printed one of the others does not.
fn fitting_together<'a>(parts: &[Part<'a>], facts: &Facts) -> (Vec<Part<'a>>, Vec<Point>) {
    if patch(parts, facts).is_ok() {
        return (parts.to_vec(), Vec::new());
    }
    let mut fitting: Vec<Part<'a>> = Vec::new();
    let mut refused = Vec::new();
    for part in parts.iter().take(MAX_ONE_BY_ONE) {
        fitting.push(part.clone());
        if let Err(reason) = patch(&fitting, facts) {
            fitting.pop();
            if part.printed {
                refused.push(refusal(part.error, &reason, facts));
            }
        }
    }
    refused.truncate(MAX_GUESSES);
    (fitting, refused)
}

/// One patch with all of `parts`, proved to apply to the files there are and to leave them well-formed.
fn patch(parts: &[Part<'_>], facts: &Facts) -> Result<Patch, String> {
    let mut by_file: BTreeMap<&str, Vec<&LineChange>> = BTreeMap::new();
    for part in parts {
        let changes = part
            .changes
            .as_ref()
            .map_err(|path| format!("`{path}` is no file of this repository"))?;
        for (path, change) in changes {
            by_file.entry(path).or_default().push(change);
        }
    }
    let mut files = Vec::new();
    for (path, changes) in by_file {
        let text = facts
            .files
            .get(path)
            .ok_or_else(|| format!("`{path}` could not be read"))?;
        let edits = replace::edits(text, changes)
            .map_err(|line| format!("`{path}` does not read as the log shows it at line {line}"))?;
        files.push(FilePatch {
            path: path.to_owned(),
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
    let broken = patched.iter().find(|file| {
        let before = file.before.as_deref().unwrap_or_default();
        syntax::worsens(&file.path, before, &file.after)
    });
    match broken {
        Some(file) => Err(format!("`{}` would not parse with it", file.path)),
        None => Ok(patch),
    }
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
