//! Facts: what is fetched for an event, what is said to be missing, and what that costs.

use perch_core::event::Event;
use perch_core::facts::{Commit, Want};
use perch_core::seam::provider::Budget;
use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::scenario::facts as scenario;
use perch_testkit::watch::check_health;

use crate::support::{REPO, Watch};

fn all() -> Vec<Want> {
    scenario::all(&["CODEOWNERS"])
}

/// A pipeline on `main` that fails after one that passed.
async fn failed_pipeline() -> (Watch, Event) {
    let owners = [("CODEOWNERS", "* @ada\n")];
    scenario::failed_run(&owners, "fine, all\n", |world, red| {
        world.status(REPO, red, "external", "failure");
    })
    .await
}

#[tokio::test]
async fn a_failed_pipeline_brings_its_log_what_passed_before_and_what_changed_since() {
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
    assert_eq!(storage, [false, false], "the token stays with the API");
    assert!(log.iter().all(|asked| asked.storage || asked.authorized));
}

#[tokio::test]
async fn of_a_long_log_the_end_is_kept_with_its_line_numbers() {
    scenario::of_a_long_log_the_end_is_kept::<Bitbucket>().await;
}

#[tokio::test]
async fn a_budget_that_is_used_up_leaves_the_rest_missing() {
    let (watch, event) = failed_pipeline().await;
    scenario::a_budget_that_is_used_up_leaves_the_rest_missing(&watch, &event, 11).await;
}

#[tokio::test]
async fn what_may_not_be_read_is_missing_and_the_rest_is_there() {
    let (watch, event) = failed_pipeline().await;
    let refused = [("/log", 410), ("/statuses", 403)];
    assert_eq!(
        scenario::missing_without(&watch, &event, &refused).await,
        [
            "FailingLog: the log has expired",
            "PassingLogs: the log has expired",
            "Reviews: the event names no pull request",
            "Checks: the token may not read the commit's statuses",
        ]
    );
}

#[tokio::test]
async fn a_pull_request_brings_its_diff_commits_reviews_and_statuses() {
    let mut watch = Watch::begun(|world| {
        let files = [("src/lib.rs", "a\n"), ("old.txt", "1\n2\n3\n4\n")];
        world.push(REPO, "main", &files, "Begin");
    })
    .await;
    watch.forge.with(|world| {
        let files = [("src/lib.rs", "a\nb\n"), ("new.rs", "fn f() {}\n")];
        world.push(REPO, "feature", &files, "Add f\n\nBecause.");
        let sha = world.push(REPO, "feature", &[("new.rs", "fn g() {}\n")], "Rename f");
        world.open_pull(REPO, "feature", "Add f", "ada");
        world.review(REPO, 1, "grace", "APPROVED");
        world.review(REPO, 1, "linus", "CHANGES_REQUESTED");
        world.status(REPO, &sha, "ci/build", "pending");
    });
    let event = watch.event("repo.pr.opened").await;
    assert_eq!(event.subject.commit.as_deref().map(str::len), Some(12));
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    let base = facts.base.as_ref().expect("there is a commit");
    assert_eq!(base.commit.len(), 40, "a patch stands on a whole hash");
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
    let event = watch.event("repo.push").await;
    let wants = [Want::Diff, Want::Commits];
    let facts = watch.gather(&event, &wants, Budget::default()).await;
    let paths: Vec<&str> = facts.diff.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["a.txt", "b.txt", "c/d.txt"]);
    let subjects: Vec<&str> = facts.commits.iter().map(Commit::subject).collect();
    assert_eq!(subjects, ["One", "Two", "Three"]);
}

#[tokio::test]
async fn another_systems_log_is_said_to_lie_elsewhere() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| {
        let main = world.push(REPO, "main", &[("a", "1\n")], "Step");
        world.status(REPO, &main, "ci/build", "failure");
    });
    let event = watch.event("repo.build.failed").await;
    let facts = watch
        .gather(&event, &[Want::FailingLog], Budget::default())
        .await;
    let reason = &facts.missing[0].reason;
    assert!(
        reason.starts_with("the log lies at https://ci.example.org/"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_tree_of_many_pages_is_read_as_far_as_the_budget_goes() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| {
        let names: Vec<String> = (0..250).map(|number| format!("f{number:03}")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x\n")).collect();
        world.push(REPO, "main", &files, "Many");
    });
    let event = watch.event("repo.push").await;
    let facts = watch.gather(&event, &[Want::Tree], Budget::default()).await;
    assert_eq!((facts.tree.len(), facts.missing.len()), (251, 0));
    let small = Budget {
        requests: 2,
        ..Budget::default()
    };
    let facts = watch.gather(&event, &[Want::Tree], small).await;
    assert_eq!((facts.tree.len(), facts.missing.len()), (200, 1));
}

#[tokio::test]
async fn a_pipeline_that_passed_brings_its_log_and_how_long_its_steps_took() {
    let steps = [("lint", None, 60.0), ("test", None, 120.0)];
    check_health(&Watch::health().await, &steps);
}
