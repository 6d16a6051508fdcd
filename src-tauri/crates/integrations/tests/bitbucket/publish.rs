//! Acting on Bitbucket: what is alike for all forges, and what only Bitbucket says.

use http::Method;
use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::scenario::publish::{
    self as scenario, Arrange, about, archived, refusing, taken,
};

use crate::support::REPO;

#[tokio::test]
async fn each_step_twice_is_done_once() {
    let watch = scenario::each_step_twice_is_done_once::<Bitbucket>(1).await;
    let pull = watch.forge.with(|world| world.repo(REPO).pull(2));
    assert_eq!(pull["draft"], true);
    // HTML comments would be shown; the definition of a link is not.
    let comments = watch.forge.with(|world| world.repo(REPO).comments());
    assert_eq!(comments[0]["body"], "Looked at it.\n\n[//]: # (perch:1a2b)");
}

#[tokio::test]
async fn steps_broken_off_at_any_request_and_resumed_are_done_once() {
    scenario::steps_broken_off_anywhere_and_resumed_are_done_once::<Bitbucket>().await;
}

#[tokio::test]
async fn what_was_done_can_be_taken_back_and_taken_back_again() {
    let (_, said) = scenario::what_was_done_is_taken_back_and_again::<Bitbucket>().await;
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
    scenario::what_others_changed_since_is_not_taken_back::<Bitbucket>().await;
}

#[tokio::test]
async fn a_head_that_moved_matters_only_where_it_touches() {
    scenario::a_head_that_moved_matters_only_where_it_touches::<Bitbucket>().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let reads: Arrange = Box::new(|world| world.scopes = vec!["repository", "pullrequest"]);
    let pushes: Arrange = Box::new(|world| world.scopes = vec!["repository:write"]);
    let restricted = "Permission denied to update branch: branch restriction on perch/**";
    let cases: Vec<(&str, Arrange)> = vec![
        ("archived", archived()),
        ("only reading", reads),
        ("only pushing", pushes),
        ("branch taken", taken()),
        (
            "no such repository",
            refusing(
                Method::GET,
                "/acme/api",
                404,
                "Repository acme/api not found",
            ),
        ),
        (
            "token unknown",
            refusing(Method::GET, "/acme/api", 401, "Unauthorized"),
        ),
        (
            "restricted",
            refusing(Method::POST, "/src", 403, restricted),
        ),
        (
            "invalid",
            refusing(
                Method::POST,
                "/pullrequests",
                400,
                "There are no changes to be pulled",
            ),
        ),
    ];
    insta::assert_snapshot!(scenario::refusals::<Bitbucket>(cases).await);
}

#[tokio::test]
async fn a_fork_is_not_pushed_to() {
    scenario::a_fork_is_not_pushed_to::<Bitbucket>().await;
}

#[tokio::test]
async fn limits_and_breakdowns_are_tried_again_and_strange_ids_refused() {
    let strange = [
        "1",
        "issues/1/comments/x",
        "issues/1/../comments/1",
        "x/1/comments/1",
    ];
    scenario::limits_are_tried_again_and_strange_ids_refused::<Bitbucket>(&strange).await;
}

#[tokio::test]
async fn a_comment_goes_to_the_thing_it_is_about_and_no_other_of_that_number() {
    let watch = scenario::ready::<Bitbucket>().await;
    let comment = scenario::comment();
    let error = watch.perform_about(&about("pull/1"), &comment).await;
    assert!(
        matches!(error, Err(PublishError::Refused { .. })),
        "{error:?}"
    );
    let done = watch.perform_about(&about("issue/1"), &comment).await;
    assert_eq!(done.expect("an issue").summary, "commented on #1");
}

#[tokio::test]
async fn a_link_is_no_file_to_change() {
    let watch = scenario::ready::<Bitbucket>().await;
    let base = scenario::base(&watch, "main");
    watch
        .forge
        .with(|world| world.repo(REPO).link("src/lib.rs"));
    let commit = watch.forge.with(|world| world.repo(REPO).head("main"));
    let base = perch_core::patch::Base {
        commit: commit.expect("a commit"),
        ..base
    };
    match watch.perform(&scenario::create(base)).await {
        Err(PublishError::Refused { reason, .. }) => {
            assert_eq!(reason, "`src/lib.rs` is a link, a folder or a submodule");
        }
        other => panic!("{other:?}"),
    }
}
