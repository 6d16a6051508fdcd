//! What passing runs printed too: a line that every green run shows explains no failure.

use std::collections::HashSet;
use std::io::{self, BufRead};

use crate::log::lines::Lines;
use crate::log::mask::masked_hash;
use crate::log::normalise::normalise;

/// Distinct lines remembered over all passing logs. Beyond it lines count as new, which only costs precision.
const MAX_KNOWN: usize = 2_000_000;

/// The lines of the passing logs, by their masked hash.
#[derive(Debug)]
pub(crate) struct Known(HashSet<u64>);

impl Known {
    /// Reads all of `passing`; `None` when there is none or they are empty.
    pub(crate) fn read<P: BufRead>(passing: Vec<P>) -> io::Result<Option<Self>> {
        let mut known = HashSet::new();
        let mut text = Vec::new();
        for log in passing {
            let mut lines = Lines::new(log);
            while lines.read()? {
                normalise(lines.line(), &mut text);
                if known.len() < MAX_KNOWN {
                    known.insert(masked_hash(&text));
                }
            }
        }
        Ok((!known.is_empty()).then_some(Self(known)))
    }

    /// True when a passing run printed such a line.
    pub(crate) fn has(&self, line: &[u8]) -> bool {
        self.0.contains(&masked_hash(line))
    }
}
