//! Acting on Gitea: what is alike for all forges, and what only Gitea says.

use http::Method;
use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::publish::{self as scenario, Arrange, archived, refusing, taken};

use crate::support::REPO;

#[tokio::test]
async fn each_step_twice_is_done_once() {
    let watch = scenario::each_step_twice_is_done_once::<Gitea>(1).await;
    let pull = watch.forge.with(|world| world.repo(REPO).pull(2));
    assert_eq!(pull["title"], "WIP: Remove the unused `mut`");
    let comments = watch.forge.with(|world| world.repo(REPO).comments());
    assert_eq!(comments[0]["body"], "Looked at it.\n\n<!-- perch:1a2b -->");
}

#[tokio::test]
async fn steps_broken_off_at_any_request_and_resumed_are_done_once() {
    scenario::steps_broken_off_anywhere_and_resumed_are_done_once::<Gitea>().await;
}

#[tokio::test]
async fn what_was_done_can_be_taken_back_and_taken_back_again() {
    let (_, said) = scenario::what_was_done_is_taken_back_and_again::<Gitea>().await;
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
    scenario::what_others_changed_since_is_not_taken_back::<Gitea>().await;
}

#[tokio::test]
async fn a_head_that_moved_matters_only_where_it_touches() {
    scenario::a_head_that_moved_matters_only_where_it_touches::<Gitea>().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let cases: Vec<(&str, Arrange)> = vec![
        ("archived", archived()),
        ("branch taken", taken()),
        (
            "no such repository",
            refusing(Method::GET, "/repos/", 404, "Not Found"),
        ),
        (
            "token unknown",
            refusing(Method::GET, "/repos/", 401, "Bad credentials"),
        ),
        (
            "read only",
            refusing(
                Method::POST,
                "/contents",
                403,
                "token does not have at least one of required scope(s): [write:repository]",
            ),
        ),
        (
            "protected",
            refusing(
                Method::POST,
                "/contents",
                403,
                "branch is protected from push",
            ),
        ),
        (
            "locked",
            refusing(Method::POST, "/comments", 403, "The issue is locked."),
        ),
    ];
    insta::assert_snapshot!(scenario::refusals::<Gitea>(cases).await);
}

#[tokio::test]
async fn a_fork_is_not_pushed_to() {
    scenario::a_fork_is_not_pushed_to::<Gitea>().await;
}

#[tokio::test]
async fn limits_and_breakdowns_are_tried_again_and_strange_ids_refused() {
    scenario::limits_are_tried_again_and_strange_ids_refused::<Gitea>(&["../1"]).await;
}
