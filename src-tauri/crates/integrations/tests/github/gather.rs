//! Facts: what is fetched for an event, what is said to be missing, and what that costs.

use perch_core::event::Event;
use perch_core::facts::Want;
use perch_core::seam::provider::Budget;
use perch_integrations::providers::github::GitHub;
use perch_testkit::scenario::facts as scenario;
use perch_testkit::watch::check_health;

use crate::support::{REPO, Watch};

fn all() -> Vec<Want> {
    scenario::all(&[])
}

/// A run on `main` that fails after one that passed.
async fn failed_run() -> (Watch, Event) {
    scenario::failed_run(&[], "fine\n", |_, _| {}).await
}

#[tokio::test]
async fn a_failed_run_brings_its_log_what_passed_before_and_what_changed_since() {
    let (watch, event) = failed_run().await;
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    assert_eq!(facts.answered.len(), all().len());
    insta::assert_snapshot!(scenario::shown(&facts));
    let log = watch.forge.take_log();
    let storage: Vec<bool> = log
        .iter()
        .filter(|asked| asked.storage)
        .map(|asked| asked.authorized)
        .collect();
    assert_eq!(storage, [false, false], "the token stays with the API");
    assert!(log.iter().all(|asked| asked.storage || asked.authorized));
}

#[tokio::test]
async fn of_a_long_log_the_end_is_kept_with_its_line_numbers() {
    scenario::of_a_long_log_the_end_is_kept::<GitHub>().await;
}

#[tokio::test]
async fn a_budget_that_is_used_up_leaves_the_rest_missing() {
    let (watch, event) = failed_run().await;
    scenario::a_budget_that_is_used_up_leaves_the_rest_missing(&watch, &event, 12).await;
}

#[tokio::test]
async fn what_may_not_be_read_is_missing_and_the_rest_is_there() {
    let (watch, event) = failed_run().await;
    let refused = [("/actions/jobs", 410), ("/check-runs", 403)];
    assert_eq!(
        scenario::missing_without(&watch, &event, &refused).await,
        [
            "FailingLog: the log has expired",
            "PassingLogs: the log has expired",
            "Reviews: the event names no pull request",
            "Checks: the token may not read the commit's checks",
        ]
    );
}

#[tokio::test]
async fn a_pull_request_brings_its_diff_commits_reviews_and_checks() {
    let mut watch = Watch::begun(|world| {
        world.push(
            REPO,
            "main",
            &[("src/lib.rs", "a\n"), ("old.txt", "1\n2\n3\n4\n")],
            "Begin",
        );
    })
    .await;
    watch.forge.with(|world| {
        let files = [("src/lib.rs", "a\nb\n"), ("new.rs", "fn f() {}\n")];
        let sha = world.push(REPO, "feature", &files, "Add f\n\nBecause.");
        world.open_pull(REPO, "feature", "Add f", "ada");
        world.review(REPO, 1, "grace", "APPROVED");
        world.status(REPO, &sha, "ci/build", "pending");
        world.check(REPO, &sha, "lint", Some("failure"));
    });
    let event = watch
        .events()
        .await
        .into_iter()
        .find(|event| event.event_type.as_str() == "repo.pr.opened")
        .expect("a pull request was opened");
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    insta::assert_snapshot!(scenario::shown(&facts));
}

#[tokio::test]
async fn a_check_of_another_app_brings_what_it_reports() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| {
        let sha = world.push(REPO, "feature", &[("a", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.check(REPO, &sha, "lint", Some("failure"));
    });
    let event = watch
        .events()
        .await
        .into_iter()
        .find(|event| event.event_type.as_str() == "repo.build.failed")
        .expect("the check failed");
    let facts = watch
        .gather(
            &event,
            &[Want::FailingLog, Want::PassingLogs],
            Budget::default(),
        )
        .await;
    let log = facts.failing_log.expect("it reports something");
    assert_eq!(
        String::from_utf8_lossy(&log.bytes),
        "Broken\nOne test failed\nsrc/lib.rs:3: failure: broken here\n"
    );
    assert_eq!(facts.missing.len(), 1);
}

#[tokio::test]
async fn a_run_that_passed_brings_its_longest_job_and_how_long_everything_took() {
    let steps = [
        ("lint", None, 60.0),
        ("lint", Some("Set up job"), 10.0),
        ("lint", Some("Test"), 50.0),
        ("test", None, 120.0),
        ("test", Some("Set up job"), 10.0),
        ("test", Some("Test"), 110.0),
    ];
    check_health(&Watch::health().await, &steps);
}
