//! The registry of tools whose reports are read, and the walk over what was kept.

use regex::Regex;

use super::diagnostic::Diagnostic;
use super::generic;
use super::scan::{GENERIC, Kept, Line};

mod common_test;
mod compiler;
mod eslint;
mod formatters;
mod go;
mod gtest;
mod infrastructure;
mod java;
mod jest;
mod linters;
mod make;
mod maven;
mod minitest;
mod msbuild;
mod node_packages;
mod numbered;
mod packages;
mod prefixed;
mod pytest;
mod python;
mod python_syntax;
mod ruff;
mod rust_fmt;
mod rust_test;
mod rustc;
mod sanitizer;
mod sbt;
mod shell;
mod shellcheck;
mod tap;
mod typescript;
mod uncaught;
mod unified_diff;

/// Every tool. The first that recognises a line reads it; shapes that many tools share come last.
pub(crate) static ALL: &[&Tool] = &[
    &common_test::TOOL,
    &msbuild::TOOL,
    &compiler::TOOL,
    &eslint::TOOL,
    &formatters::TOOL,
    &go::TOOL,
    &gtest::TOOL,
    &sbt::TOOL,
    &java::TOOL,
    &jest::TOOL,
    &sanitizer::TOOL,
    &make::TOOL,
    &minitest::TOOL,
    &node_packages::TOOL,
    &numbered::TOOL,
    &pytest::TOOL,
    &packages::TOOL,
    &python::TOOL,
    &python_syntax::TOOL,
    &ruff::TOOL,
    &rust_fmt::TOOL,
    &rust_test::TOOL,
    &rustc::TOOL,
    &shell::TOOL,
    &shellcheck::TOOL,
    &tap::TOOL,
    &typescript::TOOL,
    &uncaught::TOOL,
    &unified_diff::TOOL,
    &infrastructure::TOOL,
    &prefixed::TOOL,
    &linters::TOOL,
    &maven::TOOL,
];

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

    /// `end` without the blank lines before it, at least 1.
    pub(crate) fn spoken(&self, end: usize) -> usize {
        (1..=end)
            .rev()
            .find(|&len| !self.get(len - 1).trim().is_empty())
            .unwrap_or(1)
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
    /// Further findings of the same list, each with the offset of its line from the head.
    pub(crate) more: Vec<(usize, Diagnostic)>,
}

impl Report {
    /// A report of `len` lines from the head on.
    pub(crate) fn new(len: usize, diagnostic: Diagnostic) -> Self {
        Self {
            back: 0,
            len: len.max(1),
            diagnostic,
            more: Vec::new(),
        }
    }

    /// The same with further findings, each with the offset of its line from the head.
    pub(crate) fn with_more(mut self, more: Vec<(usize, Diagnostic)>) -> Self {
        self.more = more;
        self
    }

    /// The same with the `back` lines before the head.
    pub(crate) fn reaching_back(mut self, back: usize) -> Self {
        self.back = back;
        self
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
    /// Further findings of the same list.
    pub(crate) more: Vec<Diagnostic>,
    /// False when no tool was recognised and only its words speak of trouble.
    pub(crate) structured: bool,
    /// True when it says what another says too; set by the ranking.
    pub(crate) repeats: bool,
    /// How much it matters; set by the ranking.
    pub(crate) score: f32,
}

/// A report is never longer than this many lines.
const MAX_REPORT: usize = 600;
/// Lines of a stack that are added to a report that stands above it.
const MAX_STACK: usize = 12;
/// Reports read of one log.
const MAX_REPORTS: usize = 5_000;

/// Every report in what was kept, in the order of the log: what tools say, and in between what words alone say.
pub(crate) fn read(kept: &Kept) -> Vec<Candidate> {
    let lines = &kept.lines;
    let mut taken = vec![false; lines.len()];
    let mut candidates = walk(lines, &mut taken, true, |view, tools| {
        ALL.iter()
            .enumerate()
            .filter(|(number, _)| tools & (1 << number) != 0)
            .find_map(|(_, tool)| (tool.read)(view))
    });
    candidates.extend(walk(lines, &mut taken, false, |view, tools| {
        (tools & GENERIC != 0)
            .then(|| generic::read(view))
            .flatten()
    }));
    candidates.sort_by_key(|candidate| candidate.first);
    candidates
}

/// Offers each line that a hint stands in to `read`, with the free lines around it, and takes the lines of its reports.
fn walk(
    lines: &[Line],
    taken: &mut [bool],
    structured: bool,
    read: impl Fn(&View<'_>, u64) -> Option<Report>,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut at = 0;
    let mut free_from = 0;
    let mut free_to = 0;
    while at < lines.len() && candidates.len() < MAX_REPORTS {
        if at >= free_to {
            free_from = at;
            free_to = at + 1;
            while free_to < lines.len()
                && !taken[free_to]
                && !taken[free_to - 1]
                && lines[free_to].order == lines[free_to - 1].order + 1
            {
                free_to += 1;
            }
        }
        if lines[at].tools == 0 || taken[at] {
            at += 1;
            continue;
        }
        let view = View {
            before: &lines[free_from..at],
            after: &lines[at..free_to.min(at + MAX_REPORT)],
        };
        let Some(report) = read(&view, lines[at].tools) else {
            at += 1;
            continue;
        };
        let first = at - report.back.min(view.before.len());
        let mut last = at + report.len.min(view.after.len()) - 1;
        // A stack right below a report belongs to it, whoever wrote the report.
        let most = (last + MAX_STACK).min(free_to.max(at + 1) - 1);
        while last < most && generic::is_frame(&lines[last + 1].text) {
            last += 1;
        }
        taken[first..=last].fill(true);
        let mut diagnostic = report.diagnostic;
        diagnostic.start_line = lines[first].number;
        diagnostic.end_line = lines[last].number;
        let more = report.more.into_iter().map(|(offset, mut finding)| {
            let number = lines[(at + offset).min(last)].number;
            (finding.start_line, finding.end_line) = (number, number);
            finding
        });
        candidates.push(Candidate {
            first,
            last,
            diagnostic,
            more: more.collect(),
            structured,
            repeats: false,
            score: 0.0,
        });
        at = last + 1;
        free_from = at;
    }
    candidates
}

/// What was found as a number.
fn number(found: Option<regex::Match<'_>>) -> Option<u32> {
    found.and_then(|found| found.as_str().parse().ok())
}

/// A constant pattern as a regular expression.
fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern, compiled by the tests of its tool")
}

/// The structured reports of `text`, for the tests of the tools.
#[cfg(test)]
pub(crate) fn read_text(text: &str) -> Vec<Diagnostic> {
    let kept = super::scan::scan(text.as_bytes(), None, 1).expect("a slice does not fail");
    read(&kept)
        .into_iter()
        .filter(|candidate| candidate.structured)
        .map(|candidate| candidate.diagnostic)
        .collect()
}
