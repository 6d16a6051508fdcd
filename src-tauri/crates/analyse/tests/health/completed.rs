//! When a build that passed is worth a word, and when it is not.

use jiff::SignedDuration;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, PastRun};
use perch_core::run::StepTime;

use crate::support::{build, event, log, look, noon, passed, unfounded};

/// Passing runs an hour apart that took these seconds, oldest first; the last is the run at hand.
fn runs(seconds: &[f64]) -> (Event, Facts) {
    let (now, earlier) = seconds.split_last().expect("at least one");
    let history = earlier
        .iter()
        .rev()
        .zip(1..)
        .map(|(seconds, hours)| PastRun {
            seconds: Some(*seconds),
            ..passed(hours)
        })
        .collect();
    let facts = Facts {
        history,
        ..Facts::default()
    };
    (event(EventType::BUILD_COMPLETED, build(Some(*now))), facts)
}

/// The same with the times of two steps of the job `test` in each run.
fn timed(seconds: &[f64], install: &[f64]) -> (Event, Facts) {
    let (event, mut facts) = runs(seconds);
    let steps = |total: f64, install: f64| {
        let time = |step: Option<&str>, seconds: f64| StepTime {
            job: "test".into(),
            step: step.map(Into::into),
            seconds,
        };
        vec![
            time(None, total),
            time(Some("npm ci"), install),
            time(Some("npm test"), total - install),
        ]
    };
    let (now, earlier) = install.split_last().expect("at least one");
    facts.steps = steps(seconds[seconds.len() - 1], *now);
    for (run, install) in facts.history.iter_mut().zip(earlier.iter().rev()) {
        run.steps = steps(run.seconds.unwrap_or_default(), *install);
    }
    (event, facts)
}

/// A run with this log after runs with those, newest first, of usual length.
fn logs(now: &str, before: &[&str]) -> (Event, Facts) {
    let (event, mut facts) = runs(&[300.0; 4]);
    facts.log = Some(log(now, Some("https://forge.example/run/9")));
    facts.passing_logs = before.iter().map(|text| log(text, None)).collect();
    (event, facts)
}

/// The same on a commit on which it failed an hour before.
fn on_a_commit_that_failed() -> (Event, Facts) {
    let (event, mut facts) = runs(&[300.0; 4]);
    facts.history[0] = PastRun {
        commit: event.subject.commit.clone(),
        passed: false,
        rule: Some("jest/assertion".into()),
        ..facts.history[0].clone()
    };
    (event, facts)
}

const USUAL: [f64; 8] = [300.0, 310.0, 295.0, 305.0, 300.0, 290.0, 310.0, 300.0];

fn then(more: &[f64]) -> Vec<f64> {
    USUAL.iter().chain(more).copied().collect()
}

const WARNS: &str = "warning: unused variable: `total`\n --> src/cart.rs:4:9\n  |\n4 |     let total = 1;\n  |         ^^^^^ help: if this is intentional, prefix it with an underscore: `_total`\n\n";
const MOVED: &str = "warning: unused variable: `total`\n --> src/cart.rs:9:9\n  |\n9 |     let total = 1;\n  |         ^^^^^ help: if this is intentional, prefix it with an underscore: `_total`\n\n";
const FINE: &str = "   Compiling demo v0.1.0 (/w)\n    Finished\n";
const FLAKES: &str = "   FLAKY 2/3 [   0.513s] shop::cart adds_up\n";
const HIT: &str = "Cache restored from key: Linux-cargo-9f8e7d6c5b4a39281706\n";
const MISS: &str =
    "Cache not found for input keys: Linux-cargo-0a1b2c3d4e5f60718293, Linux-cargo-\n";

#[test]
fn these_histories_are_worth_a_word() {
    let cases: Vec<(&str, (Event, Facts), &str, &str)> = vec![
        (
            "three runs in a row took longer than all before",
            runs(&then(&[480.0, 490.0, 470.0])),
            "health/slower",
            "`CI` takes 8 min instead of 5 min",
        ),
        (
            "one step became slow and another one hides it in the sum",
            timed(
                &[300.0; 11],
                &[
                    40.0, 42.0, 39.0, 41.0, 40.0, 38.0, 40.0, 41.0, 120.0, 118.0, 121.0,
                ],
            ),
            "health/slower_step",
            "`npm ci` takes 2 min instead of 40 s",
        ),
        (
            "a warning nobody saw before",
            logs(&format!("{WARNS}{FINE}"), &[FINE, FINE]),
            "health/warnings",
            "A new warning from rustc in src/cart.rs",
        ),
        (
            "a test that had to be tried again for the second time",
            logs(&format!("{FINE}{FLAKES}"), &[FINE, FLAKES, FINE]),
            "health/flaky",
            "`shop::cart adds_up` is flaky",
        ),
        (
            "the same commit failed and passed",
            on_a_commit_that_failed(),
            "health/flaky",
            "`CI` failed and passed on the same commit",
        ),
        (
            "a cache that hit is missed for the third time in a row",
            logs(&format!("{MISS}{FINE}"), &[MISS, MISS, HIT]),
            "health/cache",
            "The cache `Linux-cargo` no longer hits",
        ),
        (
            "Playwright lists what was flaky",
            logs(
                "  1 flaky\n    [chromium] › cart.spec.ts:3:1 › adds up ─────\n  9 passed (4s)\n",
                &[
                    "  1 flaky\n    [chromium] › cart.spec.ts:3:1 › adds up ─────\n  9 passed (5s)\n",
                ],
            ),
            "health/flaky",
            "`[chromium] › cart.spec.ts:3:1 › adds up` is flaky",
        ),
        (
            "several new warnings of one tool",
            logs(
                &format!(
                    "{WARNS}{}{FINE}",
                    WARNS.replace("total", "sum").replace(":4:", ":8:")
                ),
                &[FINE],
            ),
            "health/warnings",
            "2 new warnings from rustc",
        ),
    ];
    for (what, (event, facts), rule, title) in cases {
        let finding = look("build_completed", &event, &facts)
            .unwrap_or_else(|reason| panic!("{what}: {reason}"));
        assert_eq!(
            (finding.rule.as_str(), finding.title.as_str()),
            (rule, title),
            "{what}"
        );
        assert_eq!(unfounded(&finding), Vec::<&str>::new(), "{what}");
        assert!(finding.comment.is_some(), "{what}");
    }
}

#[test]
fn these_near_misses_are_not() {
    let mut feature = runs(&then(&[480.0, 490.0, 470.0]));
    feature.0.subject.on_default_branch = false;
    let (other_commit, mut failed_before) = on_a_commit_that_failed();
    failed_before.history[0].commit = Some("another".into());
    let mut of_another_branch = runs(&then(&[480.0, 490.0, 470.0]));
    for run in of_another_branch.1.history.iter_mut().skip(2) {
        run.branch = Some("slow-feature".into());
    }
    let cases: Vec<(&str, (Event, Facts))> = vec![
        ("as usual", runs(&USUAL)),
        ("one slow run", runs(&then(&[480.0]))),
        ("two slow runs", runs(&then(&[480.0, 490.0]))),
        (
            "it was said when it was first seen",
            runs(&then(&[480.0, 490.0, 470.0, 480.0])),
        ),
        ("a spike that passed", runs(&then(&[900.0, 300.0, 300.0]))),
        ("faster", runs(&then(&[200.0, 205.0, 195.0]))),
        ("a little slower", runs(&then(&[312.0, 314.0, 316.0]))),
        ("slow from the start", runs(&[480.0, 490.0, 470.0, 480.0])),
        (
            "a second more of a short build",
            runs(&[2.0, 2.1, 2.0, 1.9, 2.0, 2.1, 2.0, 2.0, 3.0, 3.1, 3.0]),
        ),
        ("a feature branch", feature),
        ("the runs before were of another branch", of_another_branch),
        (
            "the warning is old and only moved",
            logs(&format!("{MOVED}{FINE}"), &[WARNS, FINE]),
        ),
        ("nothing to compare warnings with", logs(WARNS, &[])),
        (
            "a test was tried again once",
            logs(FLAKES, &[FINE, FINE, FINE]),
        ),
        (
            "a changed lockfile misses the cache once",
            logs(MISS, &[HIT, HIT, HIT]),
        ),
        ("another commit failed", (other_commit, failed_before)),
    ];
    for (what, (event, facts)) in cases {
        if let Ok(finding) = look("build_completed", &event, &facts) {
            panic!("{what}: {}", finding.title);
        }
    }
}

#[test]
fn a_slower_build_as_a_whole() {
    let seconds = then(&[480.0, 490.0, 470.0]);
    let install: Vec<f64> = seconds
        .iter()
        .map(|total| if *total > 400.0 { 200.0 } else { 40.0 })
        .collect();
    let (event, mut facts) = timed(&seconds, &install);
    facts.log = Some(log(MISS, None));
    facts.passing_logs = vec![log(HIT, None)];
    facts.history[2].finished_at = noon() - SignedDuration::from_hours(5);
    insta::assert_json_snapshot!(look("build_completed", &event, &facts).expect("it is slower"));
}

#[test]
fn new_warnings_after_the_compiler_moved_as_a_whole() {
    let (event, facts) = logs(
        &format!("rustc 1.81.0 (eeb90cda1 2024-09-04)\n{WARNS}{FINE}"),
        &[&format!("rustc 1.80.0 (051478957 2024-07-21)\n{FINE}")],
    );
    insta::assert_json_snapshot!(look("build_completed", &event, &facts).expect("it warns"));
}

#[test]
fn a_log_that_is_no_text_and_times_that_make_no_sense_say_nothing() {
    let (event, mut facts) = runs(&[
        f64::NAN,
        -3.0,
        0.0,
        f64::INFINITY,
        1e300,
        5.0,
        5.0,
        5.0,
        5.0,
    ]);
    let noise: Vec<u8> = (0..100_000_u32)
        .flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let mut binary = log("", None);
    binary.bytes = noise;
    facts.log = Some(binary.clone());
    facts.passing_logs = vec![binary];
    assert!(look("build_completed", &event, &facts).is_err());
}
