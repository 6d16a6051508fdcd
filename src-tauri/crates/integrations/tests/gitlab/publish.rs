//! Acting on GitLab: what is alike for all forges, and what only GitLab says.

use http::Method;
use perch_core::outcome::Undo;
use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::scenario::publish::{self as scenario, Arrange, archived, refusing, taken};

use crate::support::{REPO, about};

#[tokio::test]
async fn each_step_twice_is_done_once() {
    let watch = scenario::each_step_twice_is_done_once::<GitLab>(1).await;
    let merge = watch
        .forge
        .with(|world| world.repo(REPO).gitlab_merge(2).expect("it was opened"));
    assert_eq!(merge["draft"], true);
    let comments = watch.forge.with(|world| world.repo(REPO).comments());
    assert_eq!(comments[0]["body"], "Looked at it.\n\n<!-- perch:1a2b -->");
}

#[tokio::test]
async fn steps_broken_off_at_any_request_and_resumed_are_done_once() {
    scenario::steps_broken_off_anywhere_and_resumed_are_done_once::<GitLab>().await;
}

#[tokio::test]
async fn what_was_done_can_be_taken_back_and_taken_back_again() {
    let (_, said) = scenario::what_was_done_is_taken_back_and_again::<GitLab>().await;
    assert_eq!(
        said,
        [
            "deleted the comment",
            "closed merge request !2",
            "deleted branch `perch/build-failed/fix-1a2b`",
            "the comment was gone already",
            "merge request !2 was closed already",
            "branch `perch/build-failed/fix-1a2b` was gone already",
        ]
    );
}

#[tokio::test]
async fn what_others_changed_since_is_not_taken_back() {
    scenario::what_others_changed_since_is_not_taken_back::<GitLab>().await;
}

#[tokio::test]
async fn a_head_that_moved_matters_only_where_it_touches() {
    scenario::a_head_that_moved_matters_only_where_it_touches::<GitLab>().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let reads: Arrange = Box::new(|world| world.scopes = vec!["read_api"]);
    let protected = "You are not allowed to push into this branch";
    let pattern = "Branch name 'perch/x' does not follow the pattern '^(feature|fix)/'";
    let cases: Vec<(&str, Arrange)> = vec![
        ("archived", archived()),
        ("only reading", reads),
        ("branch taken", taken()),
        (
            "no such project",
            refusing(Method::GET, "/projects/", 404, "404 Project Not Found"),
        ),
        (
            "token unknown",
            refusing(Method::GET, "/projects/", 401, "401 Unauthorized"),
        ),
        (
            "no Developer",
            refusing(Method::POST, "/commits", 403, "403 Forbidden"),
        ),
        (
            "protected",
            refusing(Method::POST, "/commits", 403, protected),
        ),
        (
            "push rule",
            refusing(Method::POST, "/commits", 400, pattern),
        ),
        (
            "invalid",
            refusing(
                Method::POST,
                "/merge_requests",
                422,
                "Target branch is missing",
            ),
        ),
        (
            "locked",
            refusing(Method::POST, "/notes", 403, "The discussion is locked"),
        ),
    ];
    insta::assert_snapshot!(scenario::refusals::<GitLab>(cases).await);
}

#[tokio::test]
async fn a_fork_is_not_pushed_to() {
    scenario::a_fork_is_not_pushed_to::<GitLab>().await;
}

#[tokio::test]
async fn limits_and_breakdowns_are_tried_again_and_strange_ids_refused() {
    scenario::limits_are_tried_again_and_strange_ids_refused::<GitLab>(&[
        "../1",
        "issues/1/notes/x",
        "issues/1/../notes/1",
        "1",
    ])
    .await;
}

#[tokio::test]
async fn a_comment_goes_to_the_thing_it_is_about_and_no_other_of_that_number() {
    let watch = scenario::ready::<GitLab>().await;
    let comment = scenario::comment();
    let error = watch.perform_about(&about("pull/1"), &comment).await;
    assert!(
        matches!(error, Err(PublishError::Refused { .. })),
        "{error:?}"
    );
    let done = watch.perform_about(&about("issue/1"), &comment).await;
    let done = done.expect("an issue");
    assert_eq!(done.summary, "commented on #1");
    let id = watch.forge.with(|world| {
        let comments = world.repo(REPO).comments();
        comments[0]["id"].as_u64().expect("an id")
    });
    let id = format!("issues/1/notes/{id}");
    assert_eq!(done.undo, Some(Undo::DeleteComment { id }));
}
