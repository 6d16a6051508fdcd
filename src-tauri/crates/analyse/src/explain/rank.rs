//! Puts reports in the order in which they explain the failure: causes before what follows from them.

use std::collections::HashSet;

use super::category;
use super::diagnostic::Severity;
use super::scan::{Kept, Step};
use super::tools::Candidate;
use crate::log::mask::masked_hash;

/// Scores, drops repetitions and sorts, best first. What is left over explains nothing if there is better.
pub(crate) fn rank(mut candidates: Vec<Candidate>, kept: &Kept) -> Vec<Candidate> {
    demote_repeated_names(&mut candidates);
    for candidate in &mut candidates {
        candidate.score = score(candidate, kept);
    }
    // A stable sort: among equals the first in the log is the likelier cause.
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut seen = HashSet::new();
    candidates.retain(|candidate| seen.insert(identity(candidate, kept)));
    candidates
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
                ^ masked_hash(path.as_bytes()).rotate_left(17)
                ^ (u64::from(line) << 32 | u64::from(diagnostic.column.unwrap_or(0)))
                    .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        }
        _ => {
            masked_hash(kept.lines[candidate.first].text.as_bytes())
                ^ masked_hash(diagnostic.message.as_bytes()).rotate_left(7)
        }
    }
}

fn score(candidate: &Candidate, kept: &Kept) -> f32 {
    let mut score = match (candidate.diagnostic.severity, candidate.structured) {
        (Severity::Error, true) => 100.0,
        (Severity::Error, false) => 60.0,
        (Severity::Warning, _) if candidate.diagnostic.rule == "log/last-words" => 35.0,
        (Severity::Warning, _) if candidate.diagnostic.rule == "log/new" => 25.0,
        (Severity::Warning, true) => 20.0,
        (Severity::Warning, false) => 15.0,
        (Severity::Consequence, _) => 10.0,
    };
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
        score *= if share == 0.0 { 0.05 } else { 0.4 + share };
    }
    score * place(candidate, kept)
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
            if line > step.end {
                return 0.2;
            }
            let distance = (step.end - line) as f32;
            let inside = if line >= step.start { 1.0 } else { 0.4 };
            // The first report of a tool is the cause as often as the last; mere words are better late.
            if candidate.structured {
                return inside;
            }
            inside * (0.5 + 0.5 / (1.0 + distance / 60.0))
        })
        .fold(0.0, f32::max)
}
