//! Facts: what is fetched for an event, what is said to be missing, and what that costs.

use perch_core::event::Event;
use perch_core::facts::{Commit, Want};
use perch_core::seam::provider::Budget;
use perch_integrations::providers::gitea::Gitea;
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
    assert!(watch.forge.take_log().iter().all(|asked| asked.authorized));
}

#[tokio::test]
async fn of_a_long_log_the_end_is_kept_with_its_line_numbers() {
    scenario::of_a_long_log_the_end_is_kept::<Gitea>().await;
}

#[tokio::test]
async fn a_budget_that_is_used_up_leaves_the_rest_missing() {
    let (watch, event) = failed_run().await;
    scenario::a_budget_that_is_used_up_leaves_the_rest_missing(&watch, &event, 12).await;
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
        world.open_pull(REPO, "feature", "WIP: Add f", "ada");
        world.review(REPO, 1, "grace", "APPROVED");
        world.status(REPO, &sha, "ci/build", "pending");
        world.status(REPO, &sha, "lint", "failure");
    });
    let event = watch
        .events()
        .await
        .into_iter()
        .find(|event| event.event_type.as_str() == "repo.pr.opened")
        .expect("a pull request was opened");
    assert_eq!(event.data["pull_request"]["draft"], true);
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    insta::assert_snapshot!(scenario::shown(&facts));
}

#[tokio::test]
async fn a_push_of_several_commits_brings_what_changed_over_all_of_them() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| {
        world.push(REPO, "main", &[("a.txt", "1\n"), ("b.txt", "1\n")], "One");
        world.push(REPO, "main", &[("a.txt", "1\n2\n")], "Two");
        world.push(REPO, "main", &[("c/d.txt", "1\n")], "Three")
    });
    let events = watch.events().await;
    assert_eq!(events.len(), 1);
    let facts = watch
        .gather(&events[0], &[Want::Diff, Want::Commits], Budget::default())
        .await;
    let added: Vec<(&str, Vec<&str>)> = facts
        .diff
        .iter()
        .map(|change| {
            let lines = change.added().map(|(_, line)| line).collect();
            (change.path.as_str(), lines)
        })
        .collect();
    assert_eq!(
        added,
        [
            ("a.txt", vec!["1", "2"]),
            ("b.txt", vec!["1"]),
            ("c/d.txt", vec!["1"]),
        ]
    );
    let subjects: Vec<&str> = facts.commits.iter().map(Commit::subject).collect();
    assert_eq!(subjects, ["One", "Two", "Three"]);
}

#[tokio::test]
async fn where_the_server_gives_out_no_logs_they_are_missing_and_the_rest_is_there() {
    let (watch, event) = failed_run().await;
    watch.forge.with(|world| world.lists_runs = false);
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    let missing: Vec<(String, &str)> = facts
        .missing
        .iter()
        .map(|lack| (format!("{:?}", lack.want), lack.reason.as_str()))
        .collect();
    assert_eq!(
        missing,
        [
            (
                "FailingLog".into(),
                "the list of the run's jobs is not there"
            ),
            (
                "PassingLogs".into(),
                "the list of the run's jobs is not there"
            ),
            ("History".into(), "the list of earlier runs is not there"),
            ("Reviews".into(), "the event names no pull request"),
        ]
    );
    assert!(!facts.diff.is_empty() && !facts.tree.is_empty() && !facts.checks.is_empty());
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
