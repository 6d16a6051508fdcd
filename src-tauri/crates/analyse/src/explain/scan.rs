//! The one pass over the log: keeps the surroundings of whatever may matter and the end, in bounded memory.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::novelty::Known;
use super::{generic, tools};
use crate::log::lines::Lines;
use crate::log::normalise::normalise;
use crate::log::steps::{self, Mark};

/// The end of the log that is kept in full, in bytes.
const TAIL_BYTES: usize = 1 << 20;
/// What is kept of the rest, in bytes: first and latest surroundings of trouble, half each.
const KEPT_BYTES: usize = 3 << 20;
/// Lines kept before and after a line that may matter.
const BEFORE: usize = 20;
const AFTER: usize = 60;
/// Lines kept before a step's failure.
const BEFORE_FAILURE: usize = 200;
/// Failed steps remembered.
const MAX_STEPS: usize = 64;
/// What a line costs beside its text.
const LINE_COST: usize = 64;

/// Set for a line with a word of trouble that belongs to no tool.
pub(crate) const GENERIC: u64 = 1 << 62;
/// Set for a line with a mark of the CI.
const MARK: u64 = 1 << 63;

/// A kept line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    /// Its number in the log, 1-based.
    pub(crate) number: u64,
    /// Counts the lines that are no artefact of line ends: consecutive lines differ by one.
    pub(crate) order: u64,
    /// Its plain text.
    pub(crate) text: String,
    /// Tools whose hints stand in it, by their place in the registry.
    pub(crate) tools: u64,
    /// No passing log has a line like it; true when there is no passing log.
    pub(crate) novel: bool,
}

/// A step that failed, as numbers of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Where it began, 1 when unknown.
    pub(crate) start: u64,
    /// The line that says it failed.
    pub(crate) end: u64,
}

/// What the pass kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Lines in order, with gaps.
    pub(crate) lines: Vec<Line>,
    /// Failed steps in order.
    pub(crate) steps: Vec<Step>,
    /// The number of the last line.
    pub(crate) total: u64,
    /// True when there was a passing log to compare with.
    pub(crate) compared: bool,
}

/// A line on its way through the buffers.
#[derive(Debug, Default)]
struct Raw {
    number: u64,
    order: u64,
    text: Vec<u8>,
    tools: u64,
    keep: bool,
    novel: bool,
}

static HINTS: LazyLock<Hints> = LazyLock::new(Hints::new);

/// All hints in one automaton.
struct Hints {
    automaton: AhoCorasick,
    /// Which bit each pattern sets.
    bits: Vec<u64>,
}

impl Hints {
    fn new() -> Self {
        let mut patterns: Vec<&str> = Vec::new();
        let mut bits: Vec<u64> = Vec::new();
        let mut add = |hints: &[&'static str], bit: u64| {
            for &hint in hints {
                if let Some(at) = patterns
                    .iter()
                    .position(|pattern| pattern.eq_ignore_ascii_case(hint))
                {
                    bits[at] |= bit;
                } else {
                    patterns.push(hint);
                    bits.push(bit);
                }
            }
        };
        for (number, tool) in tools::ALL.iter().enumerate() {
            add(tool.hints, 1 << number);
        }
        add(generic::HINTS, GENERIC);
        add(steps::HINTS, MARK);
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .expect("a few hundred short literals stay far below the automaton's limits");
        Self { automaton, bits }
    }

    fn of(&self, line: &[u8]) -> u64 {
        self.automaton
            .find_overlapping_iter(line)
            .fold(0, |bits, found| {
                bits | self.bits[found.pattern().as_usize()]
            })
    }
}

/// Reads `log` once and keeps what may matter of it.
pub(crate) fn scan(
    log: impl BufRead,
    mut known: Option<Known>,
    first_line: u64,
) -> io::Result<Kept> {
    let mut buffers = Buffers::default();
    let mut steps = Steps::default();
    let mut lines = Lines::new(log);
    let mut text = Vec::with_capacity(256);
    let mut number = first_line.saturating_sub(1);
    let mut order = 0;
    while lines.read()? {
        normalise(lines.line(), &mut text);
        number += 1;
        // `\r\r\n` ends one line for the eye and two for the count.
        if text.trim_ascii().is_empty() && lines.follows_lone_cr() {
            continue;
        }
        order += 1;
        let mut tools = HINTS.of(&text);
        if (tools & MARK != 0 || text.starts_with(b"$ "))
            && steps.see(&String::from_utf8_lossy(&text), number)
        {
            buffers.keep_last(BEFORE_FAILURE);
            tools |= GENERIC;
        }
        let novel = known.as_mut().is_none_or(|known| !known.has(&text));
        buffers.push(number, order, &text, tools & !MARK, novel);
    }
    Ok(Kept {
        lines: buffers.finish(),
        steps: steps.failed,
        total: number,
        compared: known.is_some(),
    })
}

/// Follows the CI's marks.
#[derive(Default)]
struct Steps {
    begun: u64,
    failed: Vec<Step>,
}

impl Steps {
    /// Takes note of `line`; true when it says that a step failed.
    fn see(&mut self, line: &str, number: u64) -> bool {
        match steps::mark(line) {
            Some(Mark::Begin | Mark::Passed) => self.begun = number,
            Some(Mark::Failed) => {
                if self.failed.len() < MAX_STEPS {
                    self.failed.push(Step {
                        start: self.begun.max(1),
                        end: number,
                    });
                }
                self.begun = number;
                return true;
            }
            None => {}
        }
        false
    }
}

/// The end of the log, and behind it what is kept of the rest.
#[derive(Default)]
struct Buffers {
    tail: VecDeque<Raw>,
    tail_bytes: usize,
    first: Vec<Raw>,
    first_bytes: usize,
    latest: VecDeque<Raw>,
    latest_bytes: usize,
    /// Lines still to be kept after the last one that may matter.
    wanted: usize,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
}

impl Buffers {
    fn push(&mut self, number: u64, order: u64, text: &[u8], tools: u64, novel: bool) {
        if tools != 0 {
            if self.wanted <= AFTER {
                self.keep_last(BEFORE);
            }
            self.wanted = AFTER + 1;
        }
        let keep = self.wanted > 0;
        self.wanted = self.wanted.saturating_sub(1);
        let mut line = Raw {
            number,
            order,
            text: self.spare.pop().unwrap_or_default(),
            tools,
            keep,
            novel,
        };
        line.text.extend_from_slice(text);
        self.tail_bytes += cost(&line);
        self.tail.push_back(line);
        while self.tail_bytes > TAIL_BYTES {
            let Some(oldest) = self.tail.pop_front() else {
                break;
            };
            self.tail_bytes -= cost(&oldest);
            if oldest.keep {
                self.keep(oldest);
            } else {
                self.recycle(oldest.text);
            }
        }
    }

    /// Marks the last `count` lines as worth keeping.
    fn keep_last(&mut self, count: usize) {
        for line in self.tail.iter_mut().rev().take(count) {
            line.keep = true;
        }
    }

    fn keep(&mut self, line: Raw) {
        if self.first_bytes < KEPT_BYTES / 2 {
            self.first_bytes += cost(&line);
            self.first.push(line);
            return;
        }
        self.latest_bytes += cost(&line);
        self.latest.push_back(line);
        while self.latest_bytes > KEPT_BYTES / 2 {
            let Some(oldest) = self.latest.pop_front() else {
                break;
            };
            self.latest_bytes -= cost(&oldest);
            self.recycle(oldest.text);
        }
    }

    fn recycle(&mut self, mut text: Vec<u8>) {
        if self.spare.len() < 64 {
            text.clear();
            self.spare.push(text);
        }
    }

    fn finish(self) -> Vec<Line> {
        self.first
            .into_iter()
            .chain(self.latest)
            .chain(self.tail)
            .map(|raw| Line {
                number: raw.number,
                order: raw.order,
                text: String::from_utf8_lossy(&raw.text).into_owned(),
                tools: raw.tools,
                novel: raw.novel,
            })
            .collect()
    }
}

fn cost(line: &Raw) -> usize {
    line.text.len() + LINE_COST
}
