//! Facts: what is fetched for an event, what is said to be missing, and what that costs.

use perch_core::event::Event;
use perch_core::facts::{Commit, Want};
use perch_core::seam::provider::Budget;
use perch_testkit::scenario::facts as scenario;

use crate::support::{REPO, Watch};

fn all() -> Vec<Want> {
    scenario::all(&["CODEOWNERS"])
}

/// A build of `main` that fails after it passed on the commit before.
async fn failed_build() -> (Watch, Event) {
    let mut watch = Watch::begun(|world| {
        let files = [("src/lib.rs", "a\n"), ("CODEOWNERS", "* @ada\n")];
        let green = world.push(REPO, "main", &files, "Pass");
        world.status(REPO, &green, "ci/build", "success");
    })
    .await;
    watch.later(60);
    watch.forge.with(|world| {
        let red = world.push(REPO, "main", &[("src/lib.rs", "b\n")], "Break");
        world.status(REPO, &red, "ci/build", "failure");
        world.status(REPO, &red, "lint", "success");
    });
    let event = watch.event("repo.build.failed").await;
    watch.forge.take_log();
    (watch, event)
}

#[tokio::test]
async fn a_failed_build_brings_where_its_log_lies_its_history_and_what_changed_since_it_passed() {
    let (watch, event) = failed_build().await;
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    assert_eq!(facts.answered.len(), all().len());
    insta::assert_snapshot!(scenario::shown(&facts));
    let log = watch.forge.take_log();
    assert!(log.iter().all(|asked| !asked.storage && asked.authorized));
}

#[tokio::test]
async fn a_budget_that_is_used_up_leaves_the_rest_missing() {
    let (watch, event) = failed_build().await;
    scenario::a_budget_that_is_used_up_leaves_the_rest_missing(&watch, &event, 12).await;
}

#[tokio::test]
async fn what_may_not_be_read_is_missing_and_the_rest_is_there() {
    let (watch, event) = failed_build().await;
    let refused = [("/build-status", 403), ("/files", 410)];
    let lacks = scenario::missing_without(&watch, &event, &refused).await;
    insta::assert_snapshot!(lacks.join("\n"));
}

#[tokio::test]
async fn a_pull_request_brings_its_diff_commits_reviews_and_builds() {
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
    let event = watch.event("repo.push").await;
    let wants = [Want::Diff, Want::Commits];
    let facts = watch.gather(&event, &wants, Budget::default()).await;
    let paths: Vec<&str> = facts.diff.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["a.txt", "b.txt", "c/d.txt"]);
    let subjects: Vec<&str> = facts.commits.iter().map(Commit::subject).collect();
    assert_eq!(subjects, ["One", "Two", "Three"]);
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
