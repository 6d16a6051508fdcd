//! A real Prometheus whose past is made: which of its series became worse, when that is seen, and what is blamed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use perch_core::connection::Connection;
use perch_core::event_type::EventType;
use perch_core::id::{ConnectionId, UserId};
use perch_core::suggestion::Suggestion;

use crate::world::monitors::{Prometheus, git_at, open_metrics};
use crate::world::rounds::Rounds;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// When the latency of the checkout becomes worse: what was committed three minutes before is running.
fn bad() -> Timestamp {
    "2026-11-20T15:00:00Z".parse().expect("a moment")
}

/// Numbers from −1 to 1 that are the same every time.
fn noise(state: &mut u64) -> f64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let high = u32::try_from(*state >> 32).expect("32 bits");
    f64::from(high) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// Four days of a sample a minute, up to a quarter of an hour after the moment.
fn made(seed: u64, value: impl Fn(i64, f64) -> Option<f64>) -> Vec<(i64, f64)> {
    let mut state = seed;
    let (from, to) = (bad().as_second() - 4 * DAY, bad().as_second() + 15 * MINUTE);
    (from..=to)
        .step_by(60)
        .filter_map(|second| Some((second, value(second, noise(&mut state))?)))
        .collect()
}

fn of_day(second: i64) -> i64 {
    second.rem_euclid(DAY) / MINUTE
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a minute of a day is a small number"
)]
fn season(second: i64) -> f64 {
    1.5 - 0.5 * (of_day(second) as f64 / 1_440.0 * std::f64::consts::TAU).cos()
}

/// What the server remembers: one series that became worse, and all that must be silent.
fn past() -> String {
    let bad = bad().as_second();
    open_metrics(&[
        (
            "latency_seconds{service=\"checkout\"}",
            made(1, |second, noise| {
                let level = if second >= bad { 0.36 } else { 0.2 };
                Some(level * (1.0 + 0.08 * noise))
            }),
        ),
        (
            "noisy_latency_seconds",
            made(2, |_, noise| Some(0.2 * (1.0 + 0.5 * noise))),
        ),
        (
            "spiky_latency_seconds",
            made(3, |second, noise| {
                let spike = of_day(second) % 97 < 2;
                Some(if spike {
                    2.0
                } else {
                    0.2 * (1.0 + 0.1 * noise)
                })
            }),
        ),
        (
            // It is down for three minutes and slow for the two after, the last time at the very moment.
            "restarted_latency_seconds",
            made(4, |second, noise| {
                match (second - bad).div_euclid(MINUTE).rem_euclid(240) {
                    0..=2 => None,
                    3 | 4 => Some(1.5),
                    _ => Some(0.2 * (1.0 + 0.1 * noise)),
                }
            }),
        ),
        (
            "gappy_latency_seconds",
            made(5, |second, noise| {
                (of_day(second) % 11 > 3).then_some(0.2 * (1.0 + 0.1 * noise))
            }),
        ),
        (
            "daily_latency_seconds",
            made(6, |second, noise| {
                Some(0.2 * season(second) * (1.0 + 0.05 * noise))
            }),
        ),
    ])
}

/// A repository of a shop.
struct Shop {
    folder: PathBuf,
    commits: BTreeMap<String, String>,
}

impl Shop {
    fn new(within: &Path) -> Self {
        let folder = within.join("shop");
        std::fs::create_dir(&folder).expect("a folder");
        let shop = Self {
            folder,
            commits: BTreeMap::new(),
        };
        let long_ago = bad() - SignedDuration::from_hours(48);
        git_at(
            &shop.folder,
            &long_ago.to_string(),
            &["init", "--quiet", "--initial-branch", "main"],
        );
        for service in ["checkout", "search", "mail"] {
            shop.write(
                &format!("{service}/src/handler.rs"),
                "fn handle() {\n    answer();\n}\n",
            );
        }
        shop.write("docs/guide.md", "# Guide\n");
        shop.save("Begin", long_ago);
        shop
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }

    fn save(&self, message: &str, at: Timestamp) {
        git_at(&self.folder, &at.to_string(), &["add", "."]);
        git_at(
            &self.folder,
            &at.to_string(),
            &["commit", "--quiet", "--message", message],
        );
    }

    /// Commit number `number` of twenty, the last of which did it.
    fn commit(&mut self, number: i64) -> Timestamp {
        let at = bad() - SignedDuration::from_mins(3 + 17 * (19 - number));
        let (file, message) = match number {
            19 => (
                "checkout/src/handler.rs",
                "Sum the totals of checkout each time".to_owned(),
            ),
            _ => match number % 4 {
                0 => (
                    "docs/guide.md",
                    format!("Say how checkout works, part {number}"),
                ),
                1 => (
                    "search/src/handler.rs",
                    format!("Search in {number} fields"),
                ),
                2 => (
                    "mail/src/handler.rs",
                    format!("Send {number} mails at once"),
                ),
                _ => (
                    "checkout/tests/handler.rs",
                    format!("Test checkout with {number} goods"),
                ),
            },
        };
        self.write(
            file,
            &format!("fn handle() {{\n    answer({number});\n}}\n"),
        );
        self.save(&message, at);
        self.commits.insert(message, at.to_string());
        at
    }
}

fn connections(prometheus: &Prometheus, shop: &Shop, watch: &[&str]) -> Vec<Connection> {
    let user = UserId::new("ada");
    let mut metrics = Connection::new(
        ConnectionId::new("metrics"),
        user.clone(),
        "prometheus",
        format!("http://{}", prometheus.address),
    );
    metrics.watch = watch.iter().map(|one| (*one).to_owned()).collect();
    let mut local = Connection::new(ConnectionId::new("local"), user, "local", "");
    local.watch = vec![shop.folder.to_string_lossy().into_owned()];
    vec![metrics, local]
}

/// Suggestions about metrics.
async fn told(rounds: &Rounds) -> Vec<Suggestion> {
    let all = rounds.inbox().await;
    all.into_iter()
        .filter(|one| one.rule == "metric/regression")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_regression_is_found_within_three_samples_once_and_its_commit_is_blamed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shop = Shop::new(folder.path());
    let prometheus = Prometheus::remembering(&past());
    let watch = [
        "latency_seconds",
        "noisy_latency_seconds",
        "spiky_latency_seconds",
        "restarted_latency_seconds",
        "gappy_latency_seconds",
        "daily_latency_seconds",
    ];
    let begun = bad() - SignedDuration::from_hours(7);
    let mut rounds = Rounds::begin_all(connections(&prometheus, &shop, &watch), "", begun).await;
    rounds.step_at(begun).await;
    for number in 0..20 {
        let at = shop.commit(number);
        rounds.step_at(at + SignedDuration::from_secs(61)).await;
        assert_eq!(told(&rounds).await.len(), 0, "before it happened");
    }
    let mut seen = None;
    for minute in 0..15 {
        // A quarter of a minute is left for samples to arrive.
        let now = bad() + SignedDuration::from_secs(minute * MINUTE + 16);
        rounds.step_at(now).await;
        if !told(&rounds).await.is_empty() {
            seen.get_or_insert(minute);
        }
    }
    assert_eq!(
        seen,
        Some(2),
        "the third bad sample is that of the second minute after the first"
    );
    let all = told(&rounds).await;
    let [suggestion] = all.as_slice() else {
        panic!("{:?}", all.iter().map(|one| &one.title).collect::<Vec<_>>());
    };
    assert!(
        suggestion
            .body
            .contains("First bad sample 2026-11-20 15:00:00 UTC"),
        "{}",
        suggestion.body
    );
    let blamed = suggestion
        .points
        .iter()
        .find(|point| point.text.starts_with("Likeliest cause"))
        .expect("a change explains it");
    assert!(
        blamed.text.contains("Sum the totals of checkout each time"),
        "{}",
        blamed.text
    );
    assert!(
        suggestion
            .chart
            .as_ref()
            .is_some_and(|chart| chart.starts_with("<svg"))
    );
    let labels: Vec<&str> = suggestion
        .actions
        .iter()
        .map(|one| one.label.as_str())
        .collect();
    assert_eq!(labels, ["Create fix branch", "Apply to the working tree"]);
    let happened = rounds.events().await;
    let regressions = happened
        .iter()
        .filter(|one| one.event_type == EventType::METRIC_REGRESSION);
    assert_eq!(regressions.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_was_changed_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Shop::new(folder.path());
    let prometheus = Prometheus::remembering(&past());
    let begun = bad() - SignedDuration::from_hours(1);
    let connections = connections(&prometheus, &shop, &["checkout := latency_seconds"]);
    let mut rounds = Rounds::begin_all(connections, "", begun).await;
    rounds.step_at(begun).await;
    rounds.step_at(bad() + SignedDuration::from_mins(10)).await;
    let all = told(&rounds).await;
    assert_eq!(all.len(), 1);
    assert!(
        all[0].body.contains("No change here explains it"),
        "{}",
        all[0].body
    );
}
