//! The steps on issues, pull requests, lines and builds: once wherever they break off, refused, taken back.

use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::github::GitHub;
use perch_testkit::scenario::steps;

use crate::support::REPO;

#[tokio::test]
async fn every_step_is_done_once_and_taken_back_wherever_it_breaks_off() {
    insta::assert_snapshot!(steps::transcript::<GitHub>().await);
}

#[tokio::test]
async fn what_is_refused_says_why_and_changes_nothing() {
    insta::assert_snapshot!(
        steps::refusals::<GitHub>("Resource not accessible by personal access token").await
    );
}

#[tokio::test]
async fn what_others_changed_since_is_left_alone() {
    insta::assert_snapshot!(steps::others::<GitHub>().await);
}

#[tokio::test]
async fn lines_carry_a_change_that_readers_can_apply() {
    let watch = steps::ready::<GitHub>().await;
    let step = steps::step(&watch, "suggested change");
    watch.perform(&step).await.expect("it can be done");
    let comments = watch.forge.with(|world| world.repo(REPO).line_comments());
    assert_eq!(
        comments[0]["body"],
        "Count from zero.\n\n```suggestion\nzero\none\n```\n\n<!-- perch:change -->"
    );
    assert_eq!(
        (&comments[0]["start_line"], &comments[0]["line"]),
        (&1.into(), &2.into())
    );
}

#[tokio::test]
async fn a_server_without_sub_issues_still_names_the_parent() {
    let watch = steps::ready::<GitHub>().await;
    watch.forge.with(|world| world.links_issues = false);
    let step = steps::step(&watch, "part of an issue");
    let done = watch.perform(&step).await.expect("it can be done");
    assert_eq!(done.summary, "opened #3, part of #1");
    let issue = watch.forge.with(|world| world.repo(REPO).issue(3));
    assert_eq!(
        issue["body"],
        "As said.\n\nPart of #1\n\n<!-- perch:part -->"
    );
}

#[tokio::test]
async fn who_may_not_review_is_not_asked() {
    let watch = steps::ready::<GitHub>().await;
    watch.forge.with(|world| world.people = vec!["grace"]);
    let step = steps::step(&watch, "reviewers");
    let before = watch.forge.with(steps::standing);
    assert!(matches!(
        watch.perform(&step).await,
        Err(PublishError::Refused { reason, .. }) if reason.contains("collaborators")
    ));
    assert_eq!(watch.forge.with(steps::standing), before);
}
