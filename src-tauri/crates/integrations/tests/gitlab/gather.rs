//! Facts: what is fetched for an event, what is said to be missing, and what that costs.

use perch_core::event::Event;
use perch_core::facts::Want;
use perch_core::seam::provider::Budget;
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::scenario::facts as scenario;
use perch_testkit::watch::check_health;

use crate::support::{REPO, Watch};

fn all() -> Vec<Want> {
    scenario::all(&[".gitlab/CODEOWNERS"])
}

/// A pipeline on `main` that fails after one that passed.
async fn failed_pipeline() -> (Watch, Event) {
    let owners = [(".gitlab/CODEOWNERS", "* @ada\n")];
    scenario::failed_run(&owners, "fine, all\n", |world, red| {
        world.status(REPO, red, "external", "failure");
    })
    .await
}

#[tokio::test]
async fn a_failed_pipeline_brings_its_trace_what_passed_before_and_what_changed_since() {
    let (watch, event) = failed_pipeline().await;
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    assert_eq!(facts.answered.len(), all().len());
    insta::assert_snapshot!(scenario::shown(&facts));
    let log = watch.forge.take_log();
    let storage: Vec<bool> = log
        .iter()
        .filter(|asked| asked.storage)
        .map(|asked| asked.authorized)
        .collect();
    assert_eq!(storage, [false], "the token stays with the API");
    assert!(log.iter().all(|asked| asked.storage || asked.authorized));
}

#[tokio::test]
async fn of_a_long_trace_the_end_is_kept_with_its_line_numbers() {
    scenario::of_a_long_log_the_end_is_kept::<GitLab>().await;
}

#[tokio::test]
async fn a_budget_that_is_used_up_leaves_the_rest_missing() {
    let (watch, event) = failed_pipeline().await;
    scenario::a_budget_that_is_used_up_leaves_the_rest_missing(&watch, &event, 10).await;
}

#[tokio::test]
async fn what_may_not_be_read_is_missing_and_the_rest_is_there() {
    let (watch, event) = failed_pipeline().await;
    let refused = [("/trace", 404), ("/statuses", 403)];
    assert_eq!(
        scenario::missing_without(&watch, &event, &refused).await,
        [
            "FailingLog: the log is not there",
            "PassingLogs: the log is not there",
            "Reviews: the event names no merge request",
            "Checks: the token may not read the commit's statuses",
        ]
    );
}

#[tokio::test]
async fn a_merge_request_brings_its_diff_commits_approvals_and_statuses() {
    let mut watch = Watch::begun(|world| {
        let files = [("src/lib.rs", "a\n"), ("old.txt", "1\n2\n3\n4\n")];
        world.push(REPO, "main", &files, "Begin");
    })
    .await;
    watch.forge.with(|world| {
        let files = [("src/lib.rs", "a\nb\n"), ("new.rs", "fn f() {}\n")];
        let sha = world.push(REPO, "feature", &files, "Add f\n\nBecause.");
        world.push(REPO, "feature", &[("new.rs", "fn g() {}\n")], "Rename f");
        world.open_pull(REPO, "feature", "Add f", "ada");
        world.review(REPO, 1, "grace", "APPROVED");
        world.review(REPO, 1, "linus", "CHANGES_REQUESTED");
        world.status(REPO, &sha, "ci/build", "pending");
    });
    let event = watch
        .events()
        .await
        .into_iter()
        .find(|event| event.event_type.as_str() == "repo.pr.opened")
        .expect("a merge request was opened");
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    insta::assert_snapshot!(scenario::shown(&facts));
}

#[tokio::test]
async fn a_tree_of_many_pages_is_read_as_far_as_the_budget_goes() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| {
        let names: Vec<String> = (0..250).map(|number| format!("f{number:03}")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x\n")).collect();
        world.push(REPO, "main", &files, "Many");
    });
    let events = watch.events().await;
    let event = &events[0];
    let facts = watch.gather(event, &[Want::Tree], Budget::default()).await;
    assert_eq!((facts.tree.len(), facts.missing.len()), (251, 0));
    let small = Budget {
        requests: 2,
        ..Budget::default()
    };
    let facts = watch.gather(event, &[Want::Tree], small).await;
    assert_eq!((facts.tree.len(), facts.missing.len()), (200, 1));
}

#[tokio::test]
async fn a_run_that_passed_brings_its_longest_job_and_how_long_everything_took() {
    let jobs = [("lint", None, 60.0), ("test", None, 120.0)];
    check_health(&Watch::health().await, &jobs);
}
