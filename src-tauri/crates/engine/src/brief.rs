//! `brief`: what a model may be told about a finding, chosen from the facts by value. Pure.
//!
//! Secrets are replaced before anything of it is stored; what the user's policy forbids is not in it at all.

use std::fmt::Write as _;

use perch_core::draft::{Brief, Excerpt};
use perch_core::event::EventRow;
use perch_core::evidence::Place;
use perch_core::facts::{DiffLine, Facts, FileChange};
use perch_core::finding::{Finding, Remedy};
use perch_core::policy::SecretFiles;
use perch_core::redact::redact;

/// Bytes of all excerpts together, at most.
const ROOM: usize = 96 << 10;

/// Lines shown around one that the evidence names.
const AROUND: u32 = 20;

/// Remarks and commits, at most.
const LATEST: usize = 12;

/// Files in which repositories say how work is done in them. They are read as data like any other text.
const GUIDES: &[&str] = &[
    "AGENTS.md",
    "CLAUDE.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
];

/// The brief for `finding`. What the policy keeps secret is left out.
pub(crate) fn brief(
    row: &EventRow,
    facts: &Facts,
    finding: &Finding,
    secret: &SecretFiles,
) -> Brief {
    let subject = &row.event.subject;
    let mut excerpts = Vec::new();
    let mut room = ROOM;
    for excerpt in chosen(facts, finding, secret) {
        let text = redact(&excerpt.text).into_owned();
        if text.len() > room {
            break;
        }
        room -= text.len();
        excerpts.push(Excerpt { text, ..excerpt });
    }
    let on = subject.branch.as_ref();
    let on = on.map_or_else(String::new, |branch| format!(" on {branch}"));
    Brief {
        event_type: row.event.event_type.to_string(),
        repository: subject.repository.clone(),
        subject: format!("{}{on}", subject.title),
        number: subject.number,
        finding: finding.clone(),
        excerpts,
    }
}

fn chosen(facts: &Facts, finding: &Finding, secret: &SecretFiles) -> Vec<Excerpt> {
    let allowed = |path: &str| !secret.holds(path);
    let mut excerpts = Vec::new();
    let mut shown: Vec<(String, u32)> = Vec::new();
    for (path, line) in named(finding) {
        let near = |(other, at): &(String, u32)| *other == path && at.abs_diff(line) < AROUND;
        if !allowed(&path) || shown.iter().any(near) {
            continue;
        }
        if let Some(text) = facts.files.get(&path) {
            excerpts.push(window(&path, text, line));
        }
        shown.push((path, line));
    }
    let implicated = |file: &&FileChange| shown.iter().any(|(path, _)| *path == file.path);
    let (near, far): (Vec<_>, Vec<_>) = facts.diff.iter().partition(implicated);
    let changes = near.into_iter().chain(far);
    excerpts.extend(
        changes
            .filter(|file| allowed(&file.path) && !file.hunks.is_empty())
            .map(change),
    );
    if let Some(ticket) = &facts.ticket {
        excerpts.push(Excerpt {
            name: format!("#{} by {}", ticket.number, ticket.author),
            text: format!("{}\n\n{}", ticket.title, ticket.body),
        });
    }
    let last = |length: usize| length.saturating_sub(LATEST);
    for remark in &facts.thread[last(facts.thread.len())..] {
        excerpts.push(Excerpt {
            name: format!("what {} said at {}", remark.author, remark.at),
            text: remark.body.clone(),
        });
    }
    let commits = &facts.commits[last(facts.commits.len())..];
    if !commits.is_empty() {
        let line = |sha: &str, subject: &str| format!("{sha:.10} {subject}\n");
        excerpts.push(Excerpt {
            name: "the commits, oldest first".into(),
            text: commits
                .iter()
                .map(|commit| line(&commit.sha, commit.subject()))
                .collect(),
        });
    }
    for path in GUIDES {
        if let Some(text) = facts.files.get(*path) {
            excerpts.push(Excerpt {
                name: format!("{path} of the repository"),
                text: text.clone(),
            });
        }
    }
    excerpts
}

/// Places in files that the finding names, its evidence first, then what its fixes touch.
fn named(finding: &Finding) -> Vec<(String, u32)> {
    let evidence = finding.points.iter().flat_map(|point| &point.evidence);
    let mut places: Vec<(String, u32)> = evidence
        .filter_map(|one| match &one.place {
            Place::File { path, line, .. } => Some((path.clone(), line.unwrap_or(1))),
            _ => None,
        })
        .collect();
    for fix in &finding.fixes {
        if let Remedy::Patch { patch } = &fix.remedy {
            places.extend(patch.files.iter().map(|file| (file.path.clone(), 1)));
        }
    }
    places
}

/// The lines of a file around one of them, with their numbers.
fn window(path: &str, text: &str, line: u32) -> Excerpt {
    let first = line.saturating_sub(AROUND).max(1);
    let mut shown = String::new();
    let mut last = first;
    let numbered = (1..).zip(text.lines());
    for (number, line) in numbered
        .skip_while(|(number, _)| *number < first)
        .take_while(|(number, _)| *number <= line + AROUND)
    {
        let _ = writeln!(shown, "{number:>5} {line}");
        last = number;
    }
    Excerpt {
        name: format!("{path}, lines {first} to {last}"),
        text: shown,
    }
}

/// What changed in a file, as a diff.
fn change(file: &FileChange) -> Excerpt {
    let mut text = String::new();
    for hunk in &file.hunks {
        let _ = writeln!(
            text,
            "@@ -{} +{} @@ {}",
            hunk.old_start, hunk.new_start, hunk.heading
        );
        for line in &hunk.lines {
            let (sign, line) = match line {
                DiffLine::Context(line) => (' ', line),
                DiffLine::Added(line) => ('+', line),
                DiffLine::Removed(line) => ('-', line),
            };
            let _ = writeln!(text, "{sign}{line}");
        }
    }
    Excerpt {
        name: format!("what changed in {}", file.path),
        text,
    }
}
