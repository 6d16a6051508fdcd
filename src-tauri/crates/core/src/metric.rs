//! Metrics: series of samples as providers read them, and a level that moved.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A value at a moment. Always finite: what is no number is no sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was measured.
    pub at: Timestamp,
    /// What was measured.
    pub value: f64,
}

/// Which way a metric may move without being worse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less is better: latency, errors, memory.
    Lower,
    /// More is better: availability, hit ratio.
    Higher,
    /// Nobody said.
    #[default]
    Unknown,
}

impl Better {
    /// What the words of a metric's name say; where they say nothing, nobody did.
    pub fn of(name: &str) -> Self {
        const LOWER: &[&str] = &[
            "abandoned",
            "age",
            "backlog",
            "cpu",
            "delay",
            "denied",
            "drop",
            "dropped",
            "duration",
            "error",
            "errors",
            "evicted",
            "exception",
            "exceptions",
            "fail",
            "failed",
            "failure",
            "failures",
            "gc",
            "lag",
            "latency",
            "loss",
            "memory",
            "miss",
            "misses",
            "oom",
            "pause",
            "pending",
            "queue",
            "rejected",
            "restarts",
            "retries",
            "rss",
            "rtt",
            "saturation",
            "slow",
            "stale",
            "throttled",
            "timeout",
            "timeouts",
            "usage",
            "wait",
            "5xx",
        ];
        const HIGHER: &[&str] = &[
            "apdex",
            "availability",
            "available",
            "free",
            "healthy",
            "hit",
            "hits",
            "idle",
            "ready",
            "success",
            "succeeded",
            "throughput",
            "up",
            "uptime",
        ];
        let lower = name.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
        let says = |list: &[&str]| words.iter().any(|word| list.contains(word));
        match (says(LOWER), says(HIGHER)) {
            (true, false) => Self::Lower,
            (false, true) => Self::Higher,
            _ => Self::Unknown,
        }
    }
}

/// What a series is, apart from its samples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Series {
    /// Unique within its connection and the same at every look.
    pub key: String,
    /// Its name for people.
    pub name: String,
    /// What the provider is asked, in its own language.
    pub query: String,
    /// What tells it from other series of the same query.
    pub labels: BTreeMap<String, String>,
    /// The pause between two samples, in seconds.
    pub step: u32,
    /// Which way is better.
    pub better: Better,
    /// True when samples only grow and begin anew at a restart, so that their growth is what counts.
    pub counter: bool,
    /// Where people look at it.
    pub url: Option<String>,
    /// The repository it belongs to, as its connection names it.
    pub repository: Option<String>,
}

/// Samples of one series, as they came: in any order, some perhaps twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// The series.
    pub series: Series,
    /// Its samples.
    pub samples: Vec<Sample>,
}

/// The level of a series over some time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The median.
    pub median: f64,
    /// Lower end of the median's 95 % confidence interval; with fewer than six samples that of the samples themselves.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// How many samples it was made of.
    pub samples: usize,
}

/// A level that moved to the worse and stayed there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// The series.
    pub series: Series,
    /// The last sample before it.
    pub last_good: Timestamp,
    /// The first sample of the new level.
    pub first_bad: Timestamp,
    /// The level before.
    pub before: Level,
    /// The level since.
    pub after: Level,
    /// Which views agreed on it: `spike`, `shift`, `drift`.
    pub votes: Vec<String>,
    /// How sure it is, 0 to 1.
    pub confidence: f32,
    /// Samples around it, for a picture; at most 120.
    pub samples: Vec<Sample>,
}

impl Regression {
    /// By what part of the level before it moved; none where that was nothing.
    pub fn change(&self) -> Option<f64> {
        (self.before.median.abs() > f64::EPSILON)
            .then(|| (self.after.median - self.before.median) / self.before.median.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::Better;

    #[test]
    fn names_tell_which_way_is_better_or_nothing() {
        for (name, expected) in [
            ("http_request_duration_seconds:p99", Better::Lower),
            ("job:http_errors:rate5m", Better::Lower),
            ("probe_success", Better::Higher),
            ("cache_hit_ratio", Better::Higher),
            ("cache_hits_and_misses", Better::Unknown),
            ("http_requests_total", Better::Unknown),
        ] {
            assert_eq!(Better::of(name), expected, "{name}");
        }
    }
}
