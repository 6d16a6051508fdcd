//! Which change may have caused what came after it: suspects with their reasons, the likeliest first. Pure.
//!
//! Time, place and size speak for a change. One that landed after the first bad sample, or that changed nothing that
//! runs, is none. Where nothing stands out the honest answer is that no change here explains it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{DiffLine, FileChange, Suspect};

use crate::change::role::{self, Role};

/// How long before it a change may have landed.
pub(crate) const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// The time after which a change counts for half as much.
const HALF: f64 = 2.0 * 3_600.0;

/// Below this a change explains nothing.
const EXPLAINS: f64 = 0.3;

/// What something happened to, and when.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// The last moment at which all was well.
    pub(crate) last_good: Timestamp,
    /// The first at which it was not.
    pub(crate) first_bad: Timestamp,
    /// Words for what it happened to: of a metric's name, its labels, an alert's annotations.
    pub(crate) words: BTreeSet<String>,
}

/// A suspect, by its place among those given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) at: usize,
    /// 0 to 1.
    pub(crate) score: f64,
    /// Why, a clause each.
    pub(crate) reasons: Vec<String>,
}

impl Ranked {
    /// True when it explains what happened.
    pub(crate) fn explains(&self) -> bool {
        self.score >= EXPLAINS
    }
}

/// Suspects by how well they explain the scene, best first; those that cannot are not among them.
pub(crate) fn ranked(suspects: &[Suspect], scene: &Scene) -> Vec<Ranked> {
    let mut found: Vec<Ranked> = suspects
        .iter()
        .enumerate()
        .filter_map(|(at, suspect)| {
            let (score, reasons) = judge(suspect, scene)?;
            Some(Ranked { at, score, reasons })
        })
        .collect();
    found.sort_by(|one, other| {
        let later = || suspects[other.at].at.cmp(&suspects[one.at].at);
        other.score.total_cmp(&one.score).then_with(later)
    });
    found
}

fn judge(suspect: &Suspect, scene: &Scene) -> Option<(f64, Vec<String>)> {
    if suspect.at > scene.first_bad || scene.first_bad.duration_since(suspect.at) > BEFORE {
        return None;
    }
    let mut reasons = vec![when(suspect.at, scene)];
    let away = scene.first_bad.duration_since(suspect.at).as_secs_f64();
    let near = 0.5_f64.powf(away / HALF);
    let (weight, what) = match &suspect.diff {
        Some(diff) => weight(diff)?,
        // What cannot be looked at may have changed anything.
        None => (0.6, None),
    };
    reasons.extend(what);
    let place = shared(suspect, scene);
    if !place.is_empty() {
        let named: Vec<String> = place
            .iter()
            .take(3)
            .map(|word| format!("“{word}”"))
            .collect();
        reasons.push(format!("it is about {}", named.join(", ")));
    }
    let fits = match place.len() {
        0 => 0.55,
        1 => 0.85,
        _ => 1.0,
    };
    let told = touches(&suspect.event, suspect.diff.as_deref());
    reasons.extend(told.iter().map(|(_, reason)| (*reason).to_owned()));
    let more: f64 = told.iter().map(|(factor, _)| factor).product();
    Some(((near * weight * fits * more).min(1.0), reasons))
}

/// When it landed, seen from the first bad sample.
fn when(at: Timestamp, scene: &Scene) -> String {
    let seconds = scene.first_bad.duration_since(at).as_secs();
    if at >= scene.last_good {
        return "it landed between the last good and the first bad sample".into();
    }
    let (count, unit) = match seconds {
        ..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        _ => (seconds / 3_600, "hour"),
    };
    let s = if count == 1 { "" } else { "s" };
    format!("it landed {count} {unit}{s} before the first bad sample")
}

/// True for a file that something running is made of.
fn runs(path: &str) -> bool {
    match role::of(path) {
        Role::Code | Role::Manifest | Role::Lockfile | Role::Migration => true,
        Role::Other => is_configuration(path),
        Role::Test | Role::Docs | Role::Generated | Role::Workflow => false,
    }
}

fn is_dependencies(path: &str) -> bool {
    matches!(role::of(path), Role::Manifest | Role::Lockfile) || path.ends_with("requirements.txt")
}

fn is_configuration(path: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "cfg",
        "conf",
        "env",
        "hcl",
        "ini",
        "json",
        "properties",
        "sql",
        "tf",
        "tfvars",
        "toml",
        "txt",
        "xml",
        "yaml",
        "yml",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with(".env") || name.starts_with("Dockerfile") || name == "Procfile" {
        return true;
    }
    // What begins with a dot sets up tools, not what runs.
    role::of(path) == Role::Other
        && !name.starts_with('.')
        && ENDINGS.contains(&role::ending(path).as_str())
}

/// How much of a change runs: from its files and its size; nothing for one that changes nothing that runs.
fn weight(diff: &[FileChange]) -> Option<(f64, Option<String>)> {
    let running: Vec<&FileChange> = diff.iter().filter(|change| runs(&change.path)).collect();
    if running.is_empty() {
        return None;
    }
    let lines: usize = running
        .iter()
        .flat_map(|change| &change.hunks)
        .flat_map(|hunk| &hunk.lines)
        .filter(|line| !matches!(line, DiffLine::Context(_)))
        .count();
    let size = match lines {
        0..=3 => 0.8,
        4..=300 => 1.0,
        _ => 0.9,
    };
    let files = running.len();
    let s = if files == 1 { "" } else { "s" };
    let said = format!(
        "it changes {lines} lines in {files} file{s} that run{}",
        if files == 1 { "s" } else { "" }
    );
    Some((size, Some(said)))
}

/// What makes a change more suspicious whatever it is about.
fn touches(event: &Event, diff: Option<&[FileChange]>) -> Vec<(f64, &'static str)> {
    let mut found = Vec::new();
    if event.event_type == EventType::RELEASE_PUBLISHED {
        found.push((1.3, "it is a release, so it was rolled out"));
    }
    let any = |test: fn(&str) -> bool| {
        diff.is_some_and(|diff| diff.iter().any(|change| test(&change.path)))
    };
    if any(is_dependencies) {
        found.push((1.1, "it changes dependencies"));
    }
    if any(is_configuration) {
        found.push((1.1, "it changes configuration"));
    }
    found
}

/// Words of the scene that the change is about: in its paths, its title and the lines it changed.
fn shared(suspect: &Suspect, scene: &Scene) -> Vec<String> {
    let mut about = words(&suspect.event.subject.title);
    if let Some(commit) = &suspect.commit {
        about.extend(words(&commit.message));
    }
    for change in suspect.diff.iter().flatten() {
        about.extend(words(&change.path));
        let headings = change
            .hunks
            .iter()
            .take(50)
            .map(|hunk| hunk.heading.as_str());
        about.extend(headings.flat_map(words));
        let lines = change.hunks.iter().flat_map(|hunk| &hunk.lines).take(400);
        for line in lines {
            if let DiffLine::Added(text) | DiffLine::Removed(text) = line {
                about.extend(words(text));
            }
        }
    }
    scene.words.intersection(&about).cloned().collect()
}

/// Words that stand in every metric's name or label and tell nothing apart.
const COMMON: &[&str] = &[
    "99",
    "95",
    "alert",
    "alerts",
    "avg",
    "bucket",
    "by",
    "count",
    "critical",
    "cluster",
    "default",
    "for",
    "high",
    "histogram",
    "http",
    "instance",
    "job",
    "le",
    "localhost",
    "low",
    "max",
    "mean",
    "metric",
    "min",
    "namespace",
    "offset",
    "over",
    "p50",
    "p90",
    "p95",
    "p99",
    "percent",
    "pod",
    "prod",
    "production",
    "quantile",
    "rate",
    "ratio",
    "second",
    "seconds",
    "server",
    "service",
    "severity",
    "sum",
    "the",
    "time",
    "total",
    "value",
    "warning",
    "with",
    "without",
    "src",
    "lib",
    "test",
    "tests",
    "main",
    "and",
    "from",
    "this",
    "that",
    "add",
    "fix",
    "use",
    "are",
    "not",
];

/// The words of a text that may tell one thing from another, in lower case and without a plural's end.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut word = String::new();
    let mut was_lower = false;
    for letter in text.chars().chain([' ']) {
        let ends = !letter.is_alphanumeric() || (was_lower && letter.is_uppercase());
        if ends {
            let whole = std::mem::take(&mut word);
            let short = whole.strip_suffix('s').filter(|short| short.len() > 3);
            let one = short.unwrap_or(&whole);
            if one.chars().count() > 2
                && one.chars().any(char::is_alphabetic)
                && !COMMON.contains(&one)
                && !COMMON.contains(&whole.as_str())
            {
                found.insert(one.to_owned());
            }
        }
        was_lower = letter.is_lowercase();
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    found
}

#[cfg(test)]
mod tests;
