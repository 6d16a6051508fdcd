//! What passing runs printed too: a line that every green run shows explains no failure.

use std::collections::HashMap;
use std::io::{self, BufRead};

use crate::log::lines::Lines;
use crate::log::mask::masked_hash;
use crate::log::normalise::normalise;

/// Distinct lines remembered over all passing logs. Beyond it lines count as new, which only costs precision.
const MAX_KNOWN: usize = 2_000_000;

/// How often the passing logs show each line, by its masked hash: the most of any one log.
#[derive(Debug)]
pub(crate) struct Known(HashMap<u64, Times>);

/// How often a line stands in a log.
#[derive(Debug, Default, Clone, Copy)]
struct Times {
    /// The most of any passing log.
    passing: u32,
    /// So far in the log being read.
    here: u32,
}

impl Known {
    /// Reads all of `passing`; `None` when there is none or they are empty.
    pub(crate) fn read<P: BufRead>(passing: Vec<P>) -> io::Result<Option<Self>> {
        let mut known: HashMap<u64, Times> = HashMap::new();
        let mut text = Vec::new();
        for log in passing {
            let mut lines = Lines::new(log);
            while lines.read()? {
                normalise(lines.line(), &mut text);
                let hash = masked_hash(&text);
                if known.len() < MAX_KNOWN || known.contains_key(&hash) {
                    known.entry(hash).or_default().here += 1;
                }
            }
            for times in known.values_mut() {
                times.passing = times.passing.max(times.here);
                times.here = 0;
            }
        }
        Ok((!known.is_empty()).then_some(Self(known)))
    }

    /// Takes note of the next line of the failing log; true when a passing run printed such a line as often.
    pub(crate) fn has(&mut self, line: &[u8]) -> bool {
        self.0.get_mut(&masked_hash(line)).is_some_and(|times| {
            times.here = times.here.saturating_add(1);
            times.here <= times.passing
        })
    }
}
