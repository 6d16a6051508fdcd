//! Acting on Data Center: what is alike for all forges, and what only Data Center says.

use http::Method;
use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::scenario::publish::{self as scenario, Arrange, archived, refusing, taken};

use crate::support::REPO;

#[tokio::test]
async fn each_step_twice_is_done_once() {
    // A commit for each file.
    let watch = scenario::each_step_twice_is_done_once::<BitbucketDc>(2).await;
    let pull = watch.forge.with(|world| world.repo(REPO).pull(2));
    assert_eq!(pull["draft"], true);
    // HTML comments would be shown; the definition of a link is not.
    let comments = watch.forge.with(|world| world.repo(REPO).comments());
    assert_eq!(comments[0]["body"], "Looked at it.\n\n[//]: # (perch:1a2b)");
}

#[tokio::test]
async fn where_the_server_knows_no_drafts_the_title_says_so() {
    let watch = scenario::ready::<BitbucketDc>().await;
    watch.forge.with(|world| world.version = "8.17.2");
    for (subject, step) in &scenario::steps(&watch)[..2] {
        let done = watch.perform_about(subject, step).await;
        done.expect("it can be done");
    }
    let pull = watch.forge.with(|world| world.repo(REPO).pull(2));
    assert_eq!(pull["title"], "WIP: Remove the unused `mut`");
    assert_eq!(pull["draft"], serde_json::Value::Null);
}

#[tokio::test]
async fn steps_broken_off_at_any_request_and_resumed_are_done_once() {
    scenario::steps_broken_off_anywhere_and_resumed_are_done_once::<BitbucketDc>().await;
}

#[tokio::test]
async fn what_was_done_can_be_taken_back_and_taken_back_again() {
    let (_, said) = scenario::what_was_done_is_taken_back_and_again::<BitbucketDc>().await;
    assert_eq!(
        said,
        [
            "deleted the comment",
            "closed pull request #2",
            "deleted branch `perch/build-failed/fix-1a2b`",
            "the comment was gone already",
            "pull request #2 was closed already",
            "branch `perch/build-failed/fix-1a2b` was gone already",
        ]
    );
}

#[tokio::test]
async fn what_others_changed_since_is_not_taken_back() {
    scenario::what_others_changed_since_is_not_taken_back::<BitbucketDc>().await;
}

#[tokio::test]
async fn a_head_that_moved_matters_only_where_it_touches() {
    scenario::a_head_that_moved_matters_only_where_it_touches::<BitbucketDc>().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let reads: Arrange = Box::new(|world| world.scopes = vec!["REPO_READ"]);
    let restricted = "Branch refs/heads/perch can not be updated: branch permissions";
    let cases: Vec<(&str, Arrange)> = vec![
        ("archived", archived()),
        ("only reading", reads),
        ("branch taken", taken()),
        (
            "no such repository",
            refusing(Method::GET, "/acme/repos/api", 404, "No such repository"),
        ),
        (
            "token unknown",
            refusing(Method::GET, "/acme/repos/api", 401, "Authentication failed"),
        ),
        (
            "restricted",
            refusing(Method::PUT, "/browse", 409, restricted),
        ),
        (
            "invalid",
            refusing(
                Method::POST,
                "/pull-requests",
                400,
                "No changes to be pulled",
            ),
        ),
    ];
    insta::assert_snapshot!(scenario::refusals::<BitbucketDc>(cases).await);
}

#[tokio::test]
async fn a_branch_that_cannot_be_finished_is_taken_away_again() {
    for file in ["docs/new.md", "src/lib.rs"] {
        let watch = scenario::ready::<BitbucketDc>().await;
        let refusal = refusing(Method::PUT, file, 409, "Rejected by a hook");
        watch.forge.with(|world| refusal(world));
        let step = scenario::create(scenario::base(&watch, "main"));
        let refused = watch.perform(&step).await;
        assert!(
            matches!(refused, Err(PublishError::Refused { .. })),
            "{file}"
        );
        let (head, ..) = watch.forge.with(scenario::standing);
        assert_eq!(head, None, "{file}");
    }
}

#[tokio::test]
async fn each_commit_of_several_says_which_it_is() {
    let watch = scenario::ready::<BitbucketDc>().await;
    let step = scenario::create(scenario::base(&watch, "main"));
    watch.perform(&step).await.expect("it can be done");
    let messages = watch
        .forge
        .with(|world| world.repo(REPO).messages_on(scenario::BRANCH));
    assert_eq!(
        messages[..2],
        [
            "Remove the unused `mut` (2 of 2)",
            "Remove the unused `mut` (1 of 2)"
        ]
    );
}

#[tokio::test]
async fn a_fork_is_not_pushed_to() {
    scenario::a_fork_is_not_pushed_to::<BitbucketDc>().await;
}

#[tokio::test]
async fn limits_and_breakdowns_are_tried_again_and_strange_ids_refused() {
    let strange = [
        "1",
        "pull-requests/1/comments/x",
        "pull-requests/1/../comments/1",
        "x/1/comments/1",
    ];
    scenario::limits_are_tried_again_and_strange_ids_refused::<BitbucketDc>(&strange).await;
}
