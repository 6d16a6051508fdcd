//! Turns ranked reports into the blocks that are shown.

use perch_core::finding::LogBlock;
use perch_core::redact::redact;

use super::scan::Kept;
use super::tools::Candidate;

/// A shown line is cut at this many characters.
const MAX_SHOWN: usize = 500;
/// A report this much weaker than the best one is left out.
const WEAKEST: f32 = 0.55;
/// The same when a passing log tells old from new: what is new is worth showing beside the best.
const WEAKEST_COMPARED: f32 = 0.1;

/// Blocks of at most `max_lines` lines together, best first.
pub(crate) fn blocks(ranked: &[Candidate], kept: &Kept, max_lines: usize) -> Vec<LogBlock> {
    let Some(best) = ranked.first() else {
        return last_lines(kept, max_lines.min(10));
    };
    let mut room = max_lines;
    let mut blocks = Vec::new();
    for candidate in ranked {
        let weakest = if kept.compared {
            WEAKEST_COMPARED
        } else {
            WEAKEST
        };
        if candidate.score < best.score * weakest || room == 0 {
            break;
        }
        let first = candidate.first;
        let mut last = candidate.last;
        let span = |last: usize| {
            usize::try_from(kept.lines[last].number - kept.lines[first].number)
                .unwrap_or(usize::MAX)
                .saturating_add(1)
        };
        while last > first && span(last) > room {
            last -= 1;
        }
        let diagnostic = &candidate.diagnostic;
        room = room.saturating_sub(span(last));
        blocks.push(LogBlock {
            start_line: kept.lines[first].number,
            end_line: kept.lines[last].number,
            category: diagnostic.category.to_owned(),
            tool: (!diagnostic.tool.is_empty()).then(|| diagnostic.tool.to_owned()),
            summary: redact(&shown(&diagnostic.message)).into_owned(),
            lines: texts(kept, first, last),
        });
    }
    blocks
}

/// The end of a log in which nothing speaks of trouble.
fn last_lines(kept: &Kept, count: usize) -> Vec<LogBlock> {
    let end = kept.steps.first().map_or(u64::MAX, |step| step.end);
    let Some(last) = kept
        .lines
        .iter()
        .rposition(|line| line.number < end && !line.text.trim().is_empty())
    else {
        return Vec::new();
    };
    let first = (0..=last)
        .rev()
        .take_while(|&at| (kept.lines[last].number - kept.lines[at].number) < count as u64)
        .last()
        .unwrap_or(last);
    vec![LogBlock {
        start_line: kept.lines[first].number,
        end_line: kept.lines[last].number,
        category: super::category::OTHER.into(),
        tool: None,
        summary: redact(&shown(kept.lines[last].text.trim())).into_owned(),
        lines: texts(kept, first, last),
    }]
}

/// One text per line number from `first` to `last`, so that texts and numbers go together.
fn texts(kept: &Kept, first: usize, last: usize) -> Vec<String> {
    let mut texts = Vec::new();
    let mut number = kept.lines[first].number;
    for line in &kept.lines[first..=last] {
        while number < line.number {
            texts.push(String::new());
            number += 1;
        }
        texts.push(redact(&shown(&line.text)).into_owned());
        number += 1;
    }
    texts
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
