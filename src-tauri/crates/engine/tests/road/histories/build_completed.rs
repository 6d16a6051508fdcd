//! `repo.build.completed`.

use jiff::{SignedDuration, Timestamp};
use perch_core::facts::{Facts, Log, PastRun};
use perch_core::run::StepTime;

use super::Expected::{Inbox, Silent, Toast};
use super::{all_hold, history};
use crate::house::acme::{Happening, build, rust_fails};
use crate::house::start;

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

/// The job `test` passes on `main` after runs that took these seconds, oldest first; the last is the run at hand.
fn runs(seconds: &[f64]) -> Happening {
    let (now, earlier) = seconds.split_last().unwrap();
    let mut event = build(true, "test", "main", "a9", "grace", after(0));
    event.data["build"]["seconds"] = (*now).into();
    let history = earlier
        .iter()
        .rev()
        .zip(1..)
        .map(|(seconds, hours)| PastRun {
            commit: Some(format!("{hours:040x}")),
            branch: Some("main".into()),
            passed: true,
            finished_at: after(-60 * hours),
            seconds: Some(*seconds),
            ..PastRun::default()
        });
    let facts = Facts {
        history: history.collect(),
        ..Facts::default()
    };
    (event, facts)
}

/// The same with the times of its two steps.
fn installing(seconds: &[f64]) -> Happening {
    let (event, mut facts) = runs(&vec![300.0; seconds.len()]);
    let steps = |install: f64| {
        let time = |step: &str, seconds: f64| StepTime {
            job: "test".into(),
            step: Some(step.into()),
            seconds,
        };
        vec![time("npm ci", install), time("npm test", 300.0 - install)]
    };
    let (now, earlier) = seconds.split_last().unwrap();
    facts.steps = steps(*now);
    for (run, install) in facts.history.iter_mut().zip(earlier.iter().rev()) {
        run.steps = steps(*install);
    }
    (event, facts)
}

/// It prints this after runs of usual length that printed those, newest first.
fn printing(now: &str, before: &[&str]) -> Happening {
    let (event, mut facts) = runs(&[300.0; 4]);
    let log = |text: &str| Log {
        name: "test".into(),
        bytes: text.into(),
        first_line: 1,
        url: None,
    };
    facts.log = Some(log(now));
    facts.passing_logs = before.iter().map(|text| log(text)).collect();
    (event, facts)
}

const USUAL: [f64; 8] = [300.0, 310.0, 295.0, 305.0, 300.0, 290.0, 310.0, 300.0];

fn usual_then(more: &[f64]) -> Happening {
    runs(&[&USUAL, more].concat())
}

const WARNS: &str = "warning: unused variable: `total`\n --> src/cart.rs:4:9\n  |\n4 |     let total = 1;\n  |         ^^^^^ help: if this is intentional, prefix it with an underscore: `_total`\n\n";
const MOVED: &str = "warning: unused variable: `total`\n --> src/cart.rs:9:9\n  |\n9 |     let total = 1;\n  |         ^^^^^ help: if this is intentional, prefix it with an underscore: `_total`\n\n";
const FINE: &str = "   Compiling demo v0.1.0 (/w)\n    Finished\n";
const FLAKES: &str = "   FLAKY 2/3 [   0.513s] shop::cart adds_up\n";
const HIT: &str = "Cache restored from key: Linux-cargo-9f8e7d6c5b4a39281706\n";
const MISS: &str =
    "Cache not found for input keys: Linux-cargo-0a1b2c3d4e5f60718293, Linux-cargo-\n";

#[tokio::test]
async fn a_change_of_health_is_said_once_and_a_usual_run_is_not() {
    let install = [
        40.0, 42.0, 39.0, 41.0, 40.0, 38.0, 40.0, 41.0, 120.0, 118.0, 121.0,
    ];
    let broke = (
        build(false, "test", "main", "a9", "grace", after(-30)),
        rust_fails("count", "src/main.rs"),
    );
    let elsewhere = {
        let (mut event, facts) = usual_then(&[480.0, 490.0, 470.0]);
        event.subject.branch = Some("grace/8".into());
        event.subject.on_default_branch = false;
        (event, facts)
    };
    all_hold(
        "build_completed",
        vec![
            history(
                "three runs in a row took longer than all before",
                vec![usual_then(&[480.0, 490.0, 470.0])],
                Toast("`test` takes 8 min instead of 5 min"),
            ),
            history(
                "one step takes longer and another one hides it in the sum",
                vec![installing(&install)],
                Toast("`npm ci` takes 2 min instead of 40 s"),
            ),
            history(
                "it prints a warning that no run before printed",
                vec![printing(&format!("{WARNS}{FINE}"), &[FINE, FINE])],
                Toast("A new warning from rustc in src/cart.rs"),
            ),
            history(
                "a test had to be tried again for the second time",
                vec![printing(&format!("{FINE}{FLAKES}"), &[FINE, FLAKES, FINE])],
                Toast("`shop::cart adds_up` is flaky"),
            ),
            history(
                "it failed half an hour ago on the same commit",
                vec![broke, runs(&[300.0; 4])],
                Toast("`test` failed and passed on the same commit"),
            ),
            history(
                "a cache is missed for the third time in a row",
                vec![printing(&format!("{MISS}{FINE}"), &[MISS, MISS, HIT])],
                Toast("The cache `Linux-cargo` no longer hits"),
            ),
            history(
                "it takes longer and the user wants no toasts",
                vec![usual_then(&[480.0, 490.0, 470.0])],
                Inbox("`test` takes 8 min instead of 5 min"),
            )
            .wishing(|preferences| preferences.toasts = false),
            history(
                "a single run took longer",
                vec![usual_then(&[480.0])],
                Silent("it passed in 8 min, and nothing about it changed"),
            ),
            history(
                "it took longer before, and that was said then",
                vec![usual_then(&[480.0, 490.0, 470.0, 480.0])],
                Silent("it passed in 8 min, and nothing about it changed"),
            ),
            history(
                "a warning moved to another line",
                vec![printing(&format!("{MOVED}{FINE}"), &[WARNS, FINE])],
                Silent("it passed in 5 min, and nothing about it changed"),
            ),
            history(
                "a test had to be tried again for the first time",
                vec![printing(&format!("{FINE}{FLAKES}"), &[FINE, FINE])],
                Silent("it passed in 5 min, and nothing about it changed"),
            ),
            history(
                "a cache is missed once, as after a changed lockfile",
                vec![printing(&format!("{MISS}{FINE}"), &[HIT, HIT, HIT])],
                Silent("it passed in 5 min, and nothing about it changed"),
            ),
            history(
                "a branch takes longer",
                vec![elsewhere],
                Silent("it passed, and the health of builds is judged on the default branch"),
            ),
            history(
                "there is nothing to compare it with",
                vec![runs(&[300.0])],
                Silent("it passed, and there is no earlier passing run to compare it with"),
            ),
        ],
    )
    .await;
}
