//! Puts reports in the order in which they explain the failure: causes before what follows from them.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::category;
use super::diagnostic::Severity;
use super::generic::is_outcome;
use super::leftovers;
use super::scan::{Kept, Step};
use super::tools::Candidate;
use super::weights::{self, Kind, Place};
use crate::log::mask::masked_hash;

/// Lines between two reports that are read as one list, at most.
const BESIDE: usize = 3;
/// A repetition this much weaker than what it stands beside is dropped.
const WORTH: f32 = 0.5;
/// Repetitions of one report that are kept.
const MAX_REPEATS: u32 = 12;

/// Scores, drops repetitions and sorts, best first. What is left over explains nothing if there is better.
pub(crate) fn rank(mut candidates: Vec<Candidate>, kept: &Kept) -> Vec<Candidate> {
    demote_repeated_names(&mut candidates);
    promote_lone_summaries(&mut candidates);
    for candidate in &mut candidates {
        candidate.score = score(candidate, kept);
    }
    // A stable sort: among equals the first in the log is the likelier cause.
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    mark_repeats(&mut candidates, kept);
    candidates
}

/// Marks what says the same once more. Beside what it repeats or what is shown anyway it stays, for a list is read
/// as a whole; far from it, or at length, it is dropped.
fn mark_repeats(candidates: &mut Vec<Candidate>, kept: &Kept) {
    let identities: Vec<u64> = candidates
        .iter()
        .map(|candidate| identity(candidate, kept))
        .collect();
    let mut speaks_for: HashMap<u64, usize> = HashMap::new();
    for (at, identity) in identities.iter().enumerate() {
        let best = speaks_for.entry(*identity).or_insert(at);
        // A test that fails once more was tried again: its last try is the one that counted.
        if candidates[at].diagnostic.category == category::TEST
            && candidates[at].structured
            && candidates[at].first > candidates[*best].last + BESIDE
        {
            *best = at;
        }
    }
    for (at, identity) in identities.iter().enumerate() {
        candidates[at].repeats = speaks_for[identity] != at;
    }
    let mut by_place: Vec<usize> = (0..candidates.len()).collect();
    by_place.sort_by_key(|&at| candidates[at].first);
    let mut keep = vec![true; candidates.len()];
    let mut shown: HashMap<u64, u32> = HashMap::new();
    let mut before: Option<usize> = None;
    for at in by_place {
        let candidate = &candidates[at];
        if candidate.repeats {
            let beside = before.is_some_and(|before| {
                let before = &candidates[before];
                (before.last..=before.last + BESIDE).contains(&candidate.first)
                    && candidate.score >= before.score * WORTH
            });
            let times = shown.entry(identities[at]).or_default();
            *times += 1;
            keep[at] = beside && *times <= MAX_REPEATS;
        }
        if keep[at] {
            before = Some(at);
        }
    }
    let mut keep = keep.into_iter();
    candidates.retain(|_| keep.next().unwrap_or(true));
}

/// A test runner's summary repeats its reports; where none of them was read it is the report.
fn promote_lone_summaries(candidates: &mut [Candidate]) {
    let reported: HashSet<&'static str> = candidates
        .iter()
        .filter(|candidate| candidate.diagnostic.severity == Severity::Error)
        .map(|candidate| candidate.diagnostic.tool)
        .collect();
    for candidate in candidates {
        let diagnostic = &mut candidate.diagnostic;
        if candidate.structured
            && diagnostic.category == category::TEST
            && diagnostic.severity == Severity::Consequence
            && !reported.contains(diagnostic.tool)
        {
            diagnostic.severity = Severity::Unrated;
        }
    }
}

/// A formatter that prints differences names the same files once more: that adds nothing.
fn demote_repeated_names(candidates: &mut [Candidate]) {
    let shows_change = |candidate: &Candidate| {
        candidate.diagnostic.category == category::FORMAT
            && !candidate.diagnostic.proposals.is_empty()
    };
    if candidates.iter().any(shows_change) {
        for candidate in candidates {
            if candidate.diagnostic.category == category::FORMAT && !shows_change(candidate) {
                candidate.diagnostic.severity = Severity::Consequence;
            }
        }
    }
}

/// Two reports with the same words at the same place are one.
fn identity(candidate: &Candidate, kept: &Kept) -> u64 {
    let diagnostic = &candidate.diagnostic;
    match (&diagnostic.path, diagnostic.line) {
        (Some(path), Some(line)) => {
            masked_hash(diagnostic.message.as_bytes())
                ^ hash_of(path).rotate_left(17)
                ^ hash_of(&diagnostic.rule).rotate_left(31)
                ^ (u64::from(line) << 32 | u64::from(diagnostic.column.unwrap_or(0)))
                    .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        }
        _ => {
            masked_hash(kept.lines[candidate.first].text.as_bytes())
                ^ masked_hash(diagnostic.message.as_bytes()).rotate_left(7)
        }
    }
}

/// Paths differ by their numbers too: `v1/a.proto` is not `v2/a.proto`.
fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn score(candidate: &Candidate, kept: &Kept) -> f32 {
    let mut score = kind(candidate, kept).weight();
    if kept.compared {
        let lines = &kept.lines[candidate.first..=candidate.last];
        let spoken = lines
            .iter()
            .filter(|line| !line.text.trim().is_empty())
            .count()
            .max(1);
        let novel = lines
            .iter()
            .filter(|line| line.novel && !line.text.trim().is_empty())
            .count();
        #[expect(clippy::cast_precision_loss, reason = "counts of a few hundred lines")]
        let share = novel as f32 / spoken as f32;
        score *= weights::novelty(share);
    }
    score * place(candidate, kept)
}

fn kind(candidate: &Candidate, kept: &Kept) -> Kind {
    let diagnostic = &candidate.diagnostic;
    match (diagnostic.severity, candidate.structured) {
        (Severity::Error, true) => Kind::Report,
        (Severity::Error, false) => Kind::StrongWords,
        (Severity::Unrated, _) => Kind::Unrated,
        (Severity::Warning, true) => Kind::Warning,
        (Severity::Warning, false) => match diagnostic.rule.as_str() {
            leftovers::BEFORE_EXIT => Kind::BeforeExit,
            leftovers::LAST_WORDS => Kind::LastWords,
            leftovers::NEW => Kind::New,
            _ => Kind::WeakWords,
        },
        (Severity::Consequence, _) if is_outcome(kept.lines[candidate.first].text.trim()) => {
            Kind::Outcome
        }
        (Severity::Consequence, _) => Kind::PassedOn,
    }
}

/// How likely a cause stands at `line`: in a failed step, near its end.
#[expect(
    clippy::cast_precision_loss,
    reason = "only the magnitude of a distance matters"
)]
fn place(candidate: &Candidate, kept: &Kept) -> f32 {
    let line = candidate.diagnostic.end_line;
    let end_of_log = Step {
        start: 1,
        end: kept.total + 1,
    };
    let steps: &[Step] = if kept.steps.is_empty() {
        std::slice::from_ref(&end_of_log)
    } else {
        &kept.steps
    };
    steps
        .iter()
        .map(|step| {
            let at = if line > step.end {
                Place::After
            } else if line >= step.start {
                Place::Inside
            } else {
                Place::Before
            };
            // The first report of a tool is the cause as often as the last; mere words are better late. The exception
            // that ends a program is its last: those before it were handled.
            let late = !candidate.structured || candidate.diagnostic.tool == "python";
            let distance = step.end.saturating_sub(line) as f32;
            weights::place(at, late.then_some(distance))
        })
        .fold(0.0, f32::max)
}
