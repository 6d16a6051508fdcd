//! Explains a failed log: which lines say why, what they mean, and what the tools themselves propose.
//!
//! One pass over the log keeps only what may matter, in bounded memory; everything costly happens afterwards
//! on what was kept. Decides nothing about repositories: that is the analyser's part.

use std::borrow::Cow;
use std::io::{self, BufRead};

use perch_core::finding::LogBlock;
use perch_core::redact::redact;

pub mod category;
pub mod diagnostic;

mod blocks;
mod generic;
mod leftovers;
mod novelty;
mod rank;
mod scan;
mod tools;
mod weights;

pub use diagnostic::{Diagnostic, LineChange, Proposal, Severity};

/// What is wanted of an explanation.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Lines shown in all blocks together, at most.
    pub max_lines: usize,
    /// The 1-based number of the first line of the failing log; above 1 when its beginning was cut away.
    pub first_line: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_lines: 60,
            first_line: 1,
        }
    }
}

/// Why a log failed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explanation {
    /// Lines the log has, counted with [`Options::first_line`].
    pub lines: u64,
    /// The lines that say why, best first; together at most [`Options::max_lines`].
    pub blocks: Vec<LogBlock>,
    /// What sort of trouble the best block shows, a constant of [`category`].
    pub category: Option<String>,
    /// Everything tools reported, best first; bounded, and more than the blocks show.
    pub diagnostics: Vec<Diagnostic>,
}

/// Explains `failing`, holding it against the logs of `passing` runs of the same job.
///
/// Memory stays bounded whatever the size of the logs. Fails only when reading does.
pub fn explain<F: BufRead, P: BufRead>(
    failing: F,
    passing: Vec<P>,
    options: Options,
) -> io::Result<Explanation> {
    let known = novelty::Known::read(passing)?;
    let kept = scan::scan(failing, known, options.first_line)?;
    let mut candidates = tools::read(&kept);
    let rest = leftovers::leftovers(&candidates, &kept);
    candidates.extend(rest);
    let mut ranked = rank::rank(candidates, &kept);
    for candidate in &mut ranked {
        for diagnostic in std::iter::once(&mut candidate.diagnostic).chain(&mut candidate.more) {
            if let Cow::Owned(redacted) = redact(&diagnostic.message) {
                diagnostic.message = redacted;
            }
        }
    }
    let blocks = blocks::blocks(&ranked, &kept, options.max_lines);
    Ok(Explanation {
        lines: kept.total,
        category: blocks.first().map(|block| block.category.clone()),
        blocks,
        diagnostics: ranked
            .into_iter()
            .filter(|candidate| !candidate.repeats)
            .flat_map(|candidate| std::iter::once(candidate.diagnostic).chain(candidate.more))
            .collect(),
    })
}
