//! Turns ranked reports into the blocks that are shown.

use std::collections::HashSet;

use perch_core::finding::LogBlock;
use perch_core::redact::{Redactor, redact};

use super::scan::Kept;
use super::tools::Candidate;

/// A shown line is cut at this many characters.
const MAX_SHOWN: usize = 500;
/// Lines before the first block that are redacted along with it: the longest key has fewer.
const REDACTED_BEFORE: usize = 250;
/// A report this much weaker than the best one is left out.
const WEAKEST: f32 = 0.55;
/// The same when a passing log tells old from new: what is new is worth showing beside the best.
const WEAKEST_COMPARED: f32 = 0.08;

/// Blocks of at most `max_lines` lines together, best first.
pub(crate) fn blocks(ranked: &[Candidate], kept: &Kept, max_lines: usize) -> Vec<LogBlock> {
    let Some(best) = ranked.first() else {
        return last_lines(kept, max_lines.min(10));
    };
    let mut room = max_lines;
    let mut blocks: Vec<LogBlock> = Vec::new();
    let mut places: Vec<(usize, usize)> = Vec::new();
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
        // What only passes a failure on may stand inside a run of new lines that is shown already.
        let is_shown = |block: &LogBlock| {
            block.start_line <= kept.lines[last].number
                && kept.lines[first].number <= block.end_line
        };
        if blocks.iter().any(is_shown) {
            continue;
        }
        let span = |last: usize| {
            usize::try_from(kept.lines[last].number - kept.lines[first].number)
                .unwrap_or(usize::MAX)
                .saturating_add(1)
        };
        while last > first && span(last) > room {
            last -= 1;
        }
        let diagnostic = &candidate.diagnostic;
        // Lines that only sound like trouble and touch are one block: nothing tells them apart.
        if !candidate.structured
            && let Some(at) = places.iter().position(|&(begins, ends)| {
                let beside = ends + 1 == first || last + 1 == begins;
                beside
                    && kept.lines[first.max(begins)].order - kept.lines[first.max(begins) - 1].order
                        == 1
            })
            && blocks[at].tool.is_none()
        {
            let (begins, ends) = places[at];
            let (begins, ends) = (begins.min(first), ends.max(last));
            let (start_line, end_line) = (kept.lines[begins].number, kept.lines[ends].number);
            let length = |from: u64, to: u64| usize::try_from(to - from + 1).unwrap_or(usize::MAX);
            let more =
                length(start_line, end_line) - length(blocks[at].start_line, blocks[at].end_line);
            if more <= room {
                room -= more;
                blocks[at].start_line = start_line;
                blocks[at].end_line = end_line;
                places[at] = (begins, ends);
            }
            continue;
        }
        room = room.saturating_sub(span(last));
        blocks.push(LogBlock {
            start_line: kept.lines[first].number,
            end_line: kept.lines[last].number,
            category: diagnostic.category.to_owned(),
            tool: (!diagnostic.tool.is_empty()).then(|| diagnostic.tool.to_owned()),
            summary: shown(&diagnostic.message),
            lines: Vec::new(),
        });
        places.push((first, last));
    }
    bridge(&mut blocks, &mut places, kept, room);
    fill(&mut blocks, &places, kept);
    blocks
}

/// Fills gaps of one line between blocks, while there is room: a reader would look at it anyway.
fn bridge(blocks: &mut [LogBlock], places: &mut [(usize, usize)], kept: &Kept, mut room: usize) {
    let firsts: HashSet<usize> = places.iter().map(|&(first, _)| first).collect();
    for (block, place) in blocks.iter_mut().zip(places) {
        let between = place.1 + 1;
        let Some(after) = kept.lines.get(between + 1) else {
            continue;
        };
        if room > 0
            && firsts.contains(&(between + 1))
            && after.number == kept.lines[place.1].number + 2
        {
            room -= 1;
            place.1 = between;
            block.end_line = kept.lines[between].number;
        }
    }
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
    let mut blocks = vec![LogBlock {
        start_line: kept.lines[first].number,
        end_line: kept.lines[last].number,
        category: super::category::OTHER.into(),
        tool: None,
        summary: shown(&redact(kept.lines[last].text.trim())),
        lines: Vec::new(),
    }];
    fill(&mut blocks, &[(first, last)], kept);
    blocks
}

/// Writes the lines at `places`, first and last index of each block, into `blocks`.
///
/// What lies before and between them is redacted along: a key may begin before the block, and the same secret
/// has the same mark in all of them.
fn fill(blocks: &mut [LogBlock], places: &[(usize, usize)], kept: &Kept) {
    let Some(from) = places.iter().map(|&(first, _)| first).min() else {
        return;
    };
    let from = from.saturating_sub(REDACTED_BEFORE);
    let to = places.iter().map(|&(_, last)| last).max().unwrap_or(from);
    let mut redactor = Redactor::default();
    let texts: Vec<String> = kept.lines[from..=to]
        .iter()
        .map(|line| {
            shown(
                redactor
                    .redact(&format!("{}\n", line.text))
                    .trim_end_matches('\n'),
            )
        })
        .collect();
    for (block, &(first, last)) in blocks.iter_mut().zip(places) {
        // One text per line number, so that texts and numbers go together.
        let mut number = block.start_line;
        for at in first..=last {
            while number < kept.lines[at].number {
                block.lines.push(String::new());
                number += 1;
            }
            block.lines.push(texts[at - from].clone());
            number += 1;
        }
    }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
