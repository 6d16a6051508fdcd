//! The registry of tools whose reports are read, and the walk over what was kept.

use super::diagnostic::Diagnostic;
use super::generic;
use super::scan::{GENERIC, Kept, Line};

mod rust_fmt;
mod rust_test;
mod rustc;

/// Every tool, in alphabetical order of the files.
pub(crate) static ALL: &[&Tool] = &[&rust_fmt::TOOL, &rust_test::TOOL, &rustc::TOOL];

/// A tool's reports, and how they are found.
pub(crate) struct Tool {
    /// Literals, in any case: a line at which a report can be recognised holds one.
    pub(crate) hints: &'static [&'static str],
    /// Reads the report recognised at the first of the lines.
    pub(crate) read: fn(&View<'_>) -> Option<Report>,
}

/// Consecutive lines around the one a report is recognised at.
pub(crate) struct View<'a> {
    /// Lines before it, in order.
    before: &'a [Line],
    /// It and the lines after it.
    after: &'a [Line],
}

impl<'a> View<'a> {
    /// The line the report is recognised at.
    pub(crate) fn head(&self) -> &'a str {
        self.after[0].text.as_str()
    }

    /// The line `offset` lines after the head, `""` beyond the last.
    pub(crate) fn get(&self, offset: usize) -> &'a str {
        self.after.get(offset).map_or("", |line| line.text.as_str())
    }

    /// The line `offset` lines before the head (1 is the one right before it).
    pub(crate) fn back(&self, offset: usize) -> Option<&'a str> {
        let at = self.before.len().checked_sub(offset)?;
        self.before.get(at).map(|line| line.text.as_str())
    }

    /// Lines from the head on.
    pub(crate) fn len(&self) -> usize {
        self.after.len()
    }

    /// The offset of the first line from `from` on for which `ends` holds, or of the end.
    pub(crate) fn until(&self, from: usize, ends: impl Fn(&str) -> bool) -> usize {
        (from..self.after.len())
            .find(|&offset| ends(self.get(offset)))
            .unwrap_or(self.after.len())
    }

    /// The offset after the last line of the run that begins at `from` and for which `holds`.
    pub(crate) fn while_holds(&self, from: usize, holds: impl Fn(&str) -> bool) -> usize {
        self.until(from, |line| !holds(line))
    }
}

/// A report: its lines relative to the head, and what it says.
pub(crate) struct Report {
    /// Lines before the head that belong to it.
    pub(crate) back: usize,
    /// Lines from the head on that belong to it, at least 1.
    pub(crate) len: usize,
    /// What it says; the place in the log is filled in by the walk.
    pub(crate) diagnostic: Diagnostic,
}

impl Report {
    /// A report of `len` lines from the head on.
    pub(crate) fn new(len: usize, diagnostic: Diagnostic) -> Self {
        Self {
            back: 0,
            len: len.max(1),
            diagnostic,
        }
    }
}

/// A report with its place among the kept lines.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// Index of its first line among the kept lines.
    pub(crate) first: usize,
    /// Index of its last line.
    pub(crate) last: usize,
    /// What it says.
    pub(crate) diagnostic: Diagnostic,
    /// False when no tool was recognised and only its words speak of trouble.
    pub(crate) structured: bool,
    /// How much it matters; set by the ranking.
    pub(crate) score: f32,
}

/// A report is never longer than this many lines.
const MAX_REPORT: usize = 600;
/// Reports read of one log.
const MAX_REPORTS: usize = 5_000;

/// Every report in what was kept, in the order of the log.
pub(crate) fn read(kept: &Kept) -> Vec<Candidate> {
    let lines = &kept.lines;
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut at = 0;
    let mut run_end = 0;
    let mut run_start = 0;
    while at < lines.len() && candidates.len() < MAX_REPORTS {
        if at >= run_end {
            run_start = at;
            run_end = at + 1;
            while run_end < lines.len() && lines[run_end].order == lines[run_end - 1].order + 1 {
                run_end += 1;
            }
        }
        if lines[at].tools == 0 {
            at += 1;
            continue;
        }
        let taken = candidates
            .last()
            .map_or(run_start, |last| (last.last + 1).max(run_start));
        let view = View {
            before: &lines[taken.min(at)..at],
            after: &lines[at..run_end.min(at + MAX_REPORT)],
        };
        match report_at(&view, lines[at].tools) {
            Some((report, structured)) => {
                let first = at - report.back.min(view.before.len());
                let last = at + report.len.min(view.after.len()) - 1;
                let mut diagnostic = report.diagnostic;
                diagnostic.start_line = lines[first].number;
                diagnostic.end_line = lines[last].number;
                candidates.push(Candidate {
                    first,
                    last,
                    diagnostic,
                    structured,
                    score: 0.0,
                });
                at = last + 1;
            }
            None => at += 1,
        }
    }
    candidates
}

fn report_at(view: &View<'_>, tools: u64) -> Option<(Report, bool)> {
    ALL.iter()
        .enumerate()
        .filter(|(number, _)| tools & (1 << number) != 0)
        .find_map(|(_, tool)| (tool.read)(view))
        .map(|report| (report, true))
        .or_else(|| {
            (tools & GENERIC != 0)
                .then(|| generic::read(view))
                .flatten()
                .map(|report| (report, false))
        })
}

/// Runs `tool` over `text` alone, for its own tests.
#[cfg(test)]
pub(crate) fn read_text(text: &str) -> Vec<Diagnostic> {
    let kept = super::scan::scan(text.as_bytes(), None, 1).expect("a slice does not fail");
    read(&kept)
        .into_iter()
        .filter(|candidate| candidate.structured)
        .map(|candidate| candidate.diagnostic)
        .collect()
}
