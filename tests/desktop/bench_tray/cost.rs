//! What a process and all that it started cost, as Linux counts it.

use std::fmt;
use std::time::Duration;

use crate::session::processes::started_by;

/// Memory at a moment, and the processor's time over a while before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Proportional set size of all processes together, in KiB.
    pub(crate) kib: u64,
    processes: usize,
    /// Hundredths of a second of the processor.
    ticks: u64,
    over: Duration,
}

impl Cost {
    /// Looks at `process` and its descendants for as long as `over`.
    pub(crate) fn of(process: u32, over: Duration) -> Self {
        let before = ticks(process);
        std::thread::sleep(over);
        let all = family(process);
        Self {
            kib: all.iter().filter_map(|&one| pss(one)).sum(),
            processes: all.len(),
            ticks: ticks(process).saturating_sub(before),
            over,
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PSS {} KiB in {} processes", self.kib, self.processes)?;
        if self.over.is_zero() {
            return Ok(());
        }
        let share =
            f64::from(u32::try_from(self.ticks).unwrap_or(u32::MAX)) / self.over.as_secs_f64();
        write!(
            f,
            ", {share:.2} % of a processor over {} s",
            self.over.as_secs()
        )
    }
}

fn pss(process: u32) -> Option<u64> {
    let all = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = all.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time of the family, in hundredths of a second.
fn ticks(process: u32) -> u64 {
    let of_one = |process: u32| -> Option<u64> {
        let all = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name in parentheses may hold spaces; the times are the 12th and 13th fields after it.
        let fields: Vec<&str> = all.rsplit_once(')')?.1.split_whitespace().collect();
        Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
    };
    family(process).into_iter().filter_map(of_one).sum()
}

/// A process and all that it started.
fn family(process: u32) -> Vec<u32> {
    let started = started_by(process).into_iter().map(|one| one.id);
    std::iter::once(process).chain(started).collect()
}
