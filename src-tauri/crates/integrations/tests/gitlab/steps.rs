//! The steps on issues, pull requests, lines and builds: once wherever they break off, refused, taken back.

use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::scenario::steps;

use crate::support::REPO;

#[tokio::test]
async fn every_step_is_done_once_and_taken_back_wherever_it_breaks_off() {
    insta::assert_snapshot!(steps::transcript::<GitLab>().await);
}

#[tokio::test]
async fn what_is_refused_says_why_and_changes_nothing() {
    insta::assert_snapshot!(steps::refusals::<GitLab>("403 Forbidden").await);
}

#[tokio::test]
async fn what_others_changed_since_is_left_alone() {
    insta::assert_snapshot!(steps::others::<GitLab>().await);
}

#[tokio::test]
async fn lines_carry_a_change_that_readers_can_apply() {
    let watch = steps::ready::<GitLab>().await;
    let step = steps::step(&watch, "suggested change");
    watch.perform(&step).await.expect("it can be done");
    let comments = watch.forge.with(|world| world.repo(REPO).line_comments());
    assert_eq!(
        comments[0]["body"],
        "Count from zero.\n\n```suggestion:-1+0\nzero\none\n```\n\n<!-- perch:change -->"
    );
    assert_eq!(comments[0]["line"], 2);
}

#[tokio::test]
async fn a_project_that_takes_one_reviewer_keeps_the_one_it_has() {
    let watch = steps::ready::<GitLab>().await;
    let before = watch.forge.with(steps::standing);
    watch.forge.with(|world| world.most_reviewers = 1);
    // Who comes first is dropped last, so the one who is there already would be lost.
    watch
        .forge
        .with(|world| world.people = vec!["ada", "grace"]);
    let step = steps::step(&watch, "reviewers");
    assert!(matches!(
        watch.perform(&step).await,
        Err(PublishError::Refused { reason, .. }) if reason.contains("fewer reviewers")
    ));
    assert_eq!(watch.forge.with(steps::standing), before);
}

#[tokio::test]
async fn nobody_is_asked_where_one_of_them_has_no_account() {
    let watch = steps::ready::<GitLab>().await;
    watch.forge.with(|world| world.people = vec!["grace"]);
    let step = steps::step(&watch, "reviewers");
    let before = watch.forge.with(steps::standing);
    assert!(matches!(
        watch.perform(&step).await,
        Err(PublishError::Refused { reason, .. }) if reason.contains("`ada`")
    ));
    assert_eq!(watch.forge.with(steps::standing), before);
}
