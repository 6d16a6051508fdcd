//! Facts: what was fetched to understand an event.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::id::ConnectionId;
use crate::patch::Base;
use crate::run::{Environment, StepTime};
use crate::schema::Schema;

/// Something an analyser asks for before it can conclude.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Want {
    /// The log of the failed job or run.
    FailingLog,
    /// Logs of the last passing runs of the same job, newest first, at most three.
    PassingLogs,
    /// The log of a run that passed: of its longest job.
    Log,
    /// Earlier runs of the same job without their logs, newest first.
    History,
    /// How long the jobs and steps of the run took, and of the latest passing runs of its history.
    Steps,
    /// The changed files: of the pull request, of the push, or since the last passing run.
    Diff,
    /// The commits of the same range, oldest first.
    Commits,
    /// The paths of all files at [`Facts::base`].
    Tree,
    /// The text of one file at [`Facts::base`].
    File(String),
    /// Reviews of the pull request.
    Reviews,
    /// Checks on the pull request's head.
    Checks,
    /// The issue or pull request itself, as it stands now.
    Ticket,
    /// What was said on it, oldest first.
    Thread,
    /// Other issues of the repository, newest first, for duplicates and for how they are labelled.
    Issues,
    /// The schema of the database the event is about, as it was read last.
    Schema,
    /// What happened between two moments, wherever the user watches.
    Around(Timestamp, Timestamp),
    /// The changes that landed between two moments, wherever the user watches, with their files.
    Suspects(Timestamp, Timestamp),
    /// The texts of the files that the suspect with this commit changed, as its branch has them now.
    SuspectFiles(String),
}

/// Everything fetched for one event so far.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Wants that have been answered, with or without success: asking again brings nothing.
    pub answered: BTreeSet<Want>,
    /// What could not be had, and why, for "unknown" in the text.
    pub missing: Vec<Missing>,
    /// What the files and the tree are read from, and what a patch would be based on.
    pub base: Option<Base>,
    /// The failed log.
    pub failing_log: Option<Log>,
    /// The log of a run that passed.
    pub log: Option<Log>,
    /// How long the jobs and steps of the run took.
    pub steps: Vec<StepTime>,
    /// Passing logs of the same job, newest first.
    pub passing_logs: Vec<Log>,
    /// Earlier runs of the same job, newest first.
    pub history: Vec<PastRun>,
    /// Changed files.
    pub diff: Vec<FileChange>,
    /// Commits of the range, oldest first.
    pub commits: Vec<Commit>,
    /// Paths of all files at `base`, sorted; cut at 50,000.
    pub tree: Vec<String>,
    /// Texts of the files asked for that exist and are UTF-8.
    pub files: BTreeMap<String, String>,
    /// Reviews, oldest first.
    pub reviews: Vec<Review>,
    /// Checks on the head.
    pub checks: Vec<Check>,
    /// The issue or pull request the event is about.
    pub ticket: Option<Ticket>,
    /// What was said on it, oldest first, without its own text.
    pub thread: Vec<Remark>,
    /// Other issues of the repository, newest first.
    pub issues: Vec<Ticket>,
    /// The database's schema.
    pub schema: Option<Arc<Schema>>,
    /// What happened in the time asked for, oldest first.
    pub around: Vec<Event>,
    /// Changes that landed in the time asked for, oldest first.
    pub suspects: Vec<Suspect>,
}

/// A change that may have caused what came after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// The connection that told of it.
    pub connection: ConnectionId,
    /// What told of it: a push, a merge, a release.
    pub event: Event,
    /// When it landed.
    pub at: Timestamp,
    /// The commit, where it is one.
    pub commit: Option<Commit>,
    /// Its files; none where they could not be had.
    pub diff: Option<Vec<FileChange>>,
    /// What a change that takes it back would be based on.
    pub base: Option<Base>,
    /// Texts of its files at `base`, as far as they could be had.
    pub files: BTreeMap<String, String>,
}

/// An issue or a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub body: String,
    /// Who wrote it.
    pub author: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Who it is assigned to.
    pub assignees: Vec<String>,
    /// Who was asked to review it and has not yet.
    pub reviewers: Vec<String>,
    /// Its milestone's title.
    pub milestone: Option<String>,
    /// True while it is open.
    pub open: bool,
    /// True for a pull request that is not ready.
    pub draft: bool,
    /// Whether a pull request can be merged without conflicts; absent when the forge does not know yet.
    pub mergeable: Option<bool>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the forge last saw anything on it.
    pub updated_at: Timestamp,
    /// Where people look at it.
    pub url: Option<String>,
}

/// Something said on an issue or pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Who said it.
    pub author: String,
    /// True when a program said it.
    pub bot: bool,
    /// When.
    pub at: Timestamp,
    /// Markdown.
    pub body: String,
    /// Where it stands.
    pub url: Option<String>,
}

/// A want that could not be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What was wanted.
    pub want: Want,
    /// Why it is not there, as a short clause: "the log has expired".
    pub reason: String,
}

/// A log, or the end of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its name, shown and used in evidence: the job's name or the command.
    pub name: String,
    /// The bytes as they were written.
    pub bytes: Vec<u8>,
    /// The 1-based number of the first line in `bytes`; above 1 when the beginning was cut away.
    pub first_line: u64,
    /// Where people read it in full.
    pub url: Option<String>,
}

/// A run of a job that is over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PastRun {
    /// The commit it ran on.
    pub commit: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// Whether it passed.
    pub passed: bool,
    /// When it ended.
    pub finished_at: Timestamp,
    /// The rule that explained its failure, if one did.
    pub rule: Option<String>,
    /// How long it took, in seconds.
    pub seconds: Option<f64>,
    /// How long its jobs and steps took, where that was asked for.
    pub steps: Vec<StepTime>,
    /// What it had around it, of runs recorded on this machine.
    pub environment: Option<Environment>,
}

/// One changed file of a diff.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Path after the change, or before it for a removed file.
    pub path: String,
    /// Path before a rename.
    pub old_path: Option<String>,
    /// What happened to it.
    pub status: ChangeStatus,
    /// Hunks in order; empty for binary files and for diffs the far side would not show.
    pub hunks: Vec<Hunk>,
    /// True when the content is not text or was too large to be shown.
    pub opaque: bool,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStatus {
    /// It is new.
    Added,
    /// Its content changed.
    #[default]
    Modified,
    /// It is gone.
    Removed,
    /// It moved, perhaps changed.
    Renamed,
}

/// A run of lines of a diff.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// First line before, 1-based.
    pub old_start: u32,
    /// First line after, 1-based.
    pub new_start: u32,
    /// What git wrote after the second `@@`: usually the enclosing function.
    pub heading: String,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// One line of a hunk, without its line end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiffLine {
    /// In both.
    Context(String),
    /// Only after.
    Added(String),
    /// Only before.
    Removed(String),
}

/// A commit of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Full hash.
    pub sha: String,
    /// Full message.
    pub message: String,
    /// The author's name at the provider, or their e-mail for a local repository.
    pub author: String,
    /// When it was authored.
    pub at: Timestamp,
}

impl Commit {
    /// The message's first line.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// A review of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub author: String,
    /// `approved`, `changes_requested`, `commented` or `dismissed`.
    pub state: String,
    /// When.
    pub at: Timestamp,
}

/// A check on a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// None while it runs.
    pub passed: Option<bool>,
    /// Where people look at it.
    pub url: Option<String>,
}

/// Reads one file's part of a unified diff (the `patch` of GitHub's API, the body of `git diff`) into hunks.
///
/// Lines before the first `@@` are skipped; `\ No newline at end of file` is dropped.
pub fn parse_hunks(patch: &str) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for line in patch.lines() {
        if let Some(header) = line.strip_prefix("@@ -") {
            if let Some(hunk) = parse_header(header) {
                hunks.push(hunk);
            }
            continue;
        }
        let Some(hunk) = hunks.last_mut() else {
            continue;
        };
        let mut chars = line.chars();
        match chars.next() {
            Some('+') => hunk.lines.push(DiffLine::Added(chars.as_str().into())),
            Some('-') => hunk.lines.push(DiffLine::Removed(chars.as_str().into())),
            Some(' ') | None => hunk.lines.push(DiffLine::Context(chars.as_str().into())),
            _ => {}
        }
    }
    hunks
}

fn parse_header(header: &str) -> Option<Hunk> {
    let (ranges, heading) = header.split_once("@@")?;
    let mut ranges = ranges.split_whitespace();
    let start = |range: &str| {
        range
            .split(',')
            .next()
            .and_then(|number| number.parse().ok())
    };
    let old_start = start(ranges.next()?)?;
    let new_start = start(ranges.next()?.strip_prefix('+')?)?;
    Some(Hunk {
        old_start,
        new_start,
        heading: heading.trim().into(),
        lines: Vec::new(),
    })
}

impl FileChange {
    /// Added lines with their 1-based numbers after the change.
    pub fn added(&self) -> impl Iterator<Item = (u32, &str)> {
        self.hunks.iter().flat_map(|hunk| {
            let mut number = hunk.new_start;
            hunk.lines.iter().filter_map(move |line| match line {
                DiffLine::Added(text) => {
                    number += 1;
                    Some((number - 1, text.as_str()))
                }
                DiffLine::Context(_) => {
                    number += 1;
                    None
                }
                DiffLine::Removed(_) => None,
            })
        })
    }

    /// Removed lines with their 1-based numbers before the change.
    pub fn removed(&self) -> impl Iterator<Item = (u32, &str)> {
        self.hunks.iter().flat_map(|hunk| {
            let mut number = hunk.old_start;
            hunk.lines.iter().filter_map(move |line| match line {
                DiffLine::Removed(text) => {
                    number += 1;
                    Some((number - 1, text.as_str()))
                }
                DiffLine::Context(_) => {
                    number += 1;
                    None
                }
                DiffLine::Added(_) => None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_and_removed_lines_carry_the_numbers_of_their_own_side() {
        let change = FileChange {
            path: "a".into(),
            hunks: parse_hunks(
                "@@ -3,3 +3,3 @@ fn f()\n a\n-b\n+c\n d\n\\ No newline at end of file\n",
            ),
            ..FileChange::default()
        };
        assert_eq!(change.hunks[0].heading, "fn f()");
        assert_eq!(change.added().collect::<Vec<_>>(), [(4, "c")]);
        assert_eq!(change.removed().collect::<Vec<_>>(), [(4, "b")]);
    }
}
