//! What may explain a failure though no tool and no word says so: the last words of a failed step, and lines that no
//! passing run printed.

use super::diagnostic::{Diagnostic, Severity};
use super::generic::{categorise, is_outcome};
use super::scan::{Kept, Line};
use super::tools::Candidate;

/// The rule of last words before a program's exit.
pub(super) const BEFORE_EXIT: &str = "log/before-exit";
/// The rule of the last words of a step.
pub(super) const LAST_WORDS: &str = "log/last-words";
/// The rule of lines no passing run printed.
pub(super) const NEW: &str = "log/new";
/// Lines of last words, at most.
const MAX_WORDS: usize = 10;
/// Exits of programs that last words are looked for before, in a log without marks of a CI.
const MAX_EXITS: usize = 4;
/// Lines of one run of new lines, at most; of a longer one the end is kept.
const MAX_RUN: usize = 40;

/// Candidates for what `found` leaves unexplained.
pub(crate) fn leftovers(found: &[Candidate], kept: &Kept) -> Vec<Candidate> {
    let mut taken = vec![false; kept.lines.len()];
    for candidate in found {
        // What only passes a failure on, or only sounds like trouble, may be part of the last words.
        if kept.compared
            || candidate.diagnostic.severity > Severity::Warning
            || (candidate.structured && candidate.diagnostic.severity != Severity::Consequence)
        {
            taken[candidate.first..=candidate.last].fill(true);
        }
    }
    if kept.compared {
        new_runs(kept, &taken)
    } else {
        last_words(found, kept, &taken)
    }
}

/// True for a line that says that a program ended with an exit code other than 0.
fn says_exit(line: &str) -> bool {
    let line = line.trim();
    ["exit code", "exit status", "+ exit"]
        .into_iter()
        .filter_map(|words| line.rsplit_once(words))
        .any(|(before, code)| {
            let code = code.trim_start_matches([':', ' ', '\'']);
            before.len() < 200 && code.starts_with(|first: char| matches!(first, '1'..='9'))
        })
}

/// The paragraph right before each mark of a failed step, or before the end of the log.
fn last_words(found: &[Candidate], kept: &Kept, taken: &[bool]) -> Vec<Candidate> {
    let exits: Vec<u64> = found
        .iter()
        .map(|candidate| &kept.lines[candidate.first])
        .filter(|line| says_exit(&line.text))
        .map(|line| line.number)
        .collect();
    let ends: Vec<(u64, &str)> = if !kept.steps.is_empty() {
        let marked = kept.steps.iter();
        marked.map(|step| (step.end, LAST_WORDS)).collect()
    } else if exits.is_empty() {
        vec![(kept.total + 1, LAST_WORDS)]
    } else {
        let latest = exits.into_iter().rev().take(MAX_EXITS);
        latest.map(|end| (end, BEFORE_EXIT)).collect()
    };
    let mut passes_on = vec![false; kept.lines.len()];
    for candidate in found {
        if candidate.diagnostic.severity == Severity::Consequence {
            passes_on[candidate.first..=candidate.last].fill(true);
        }
    }
    ends.into_iter()
        .filter_map(|(end, rule)| {
            let before = kept.lines.partition_point(|line| line.number < end);
            let last = (0..before)
                .rev()
                .find(|&at| speaks(&kept.lines[at]) && !passes_on[at])?;
            let first = (0..=last)
                .rev()
                .take(MAX_WORDS)
                .take_while(|&at| {
                    let text = &kept.lines[at].text;
                    (speaks(&kept.lines[at]) || text.starts_with("+ "))
                        && !taken[at]
                        && !passes_on[at]
                })
                .last()?;
            (!taken[last]).then(|| candidate(kept, first, last, rule))
        })
        .collect()
}

/// What CIs and package managers themselves say, and what a tracing shell repeats, whatever the command was.
const NOISE: &[&str] = &[
    "travis_",
    "$ ",
    "+ ",
    "##[",
    "section_",
    "Done.",
    "Store build",
    "store build cache",
    "nothing changed",
    "info Visit https://yarnpkg.com",
    "error Command failed",
    "Post job cleanup.",
];

/// True for a line with text that is no mark of the CI.
fn speaks(line: &Line) -> bool {
    let text = line.text.trim();
    !text.is_empty() && !NOISE.iter().any(|start| text.starts_with(start)) && !is_outcome(text)
}

/// Runs of lines that no passing log has.
fn new_runs(kept: &Kept, taken: &[bool]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let mut at = 0;
    let is_new = |at: usize| {
        let line = &kept.lines[at];
        !taken[at] && (line.novel || line.text.trim().is_empty())
    };
    while at < kept.lines.len() {
        if !is_new(at) || !speaks(&kept.lines[at]) {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < kept.lines.len()
            && is_new(end)
            && !is_outcome(kept.lines[end].text.trim())
            && kept.lines[end].order == kept.lines[end - 1].order + 1
        {
            end += 1;
        }
        let mut last = end - 1;
        while last > at && !speaks(&kept.lines[last]) {
            last -= 1;
        }
        candidates.push(candidate(
            kept,
            at.max((last + 1).saturating_sub(MAX_RUN)),
            last,
            NEW,
        ));
        at = end;
    }
    candidates
}

fn candidate(kept: &Kept, first: usize, last: usize, rule: &str) -> Candidate {
    let message = kept.lines[last].text.trim();
    let mut diagnostic =
        Diagnostic::new("", categorise(message), rule, message).with_severity(Severity::Warning);
    diagnostic.start_line = kept.lines[first].number;
    diagnostic.end_line = kept.lines[last].number;
    Candidate {
        first,
        last,
        diagnostic,
        more: Vec::new(),
        structured: false,
        repeats: false,
        score: 0.0,
    }
}
