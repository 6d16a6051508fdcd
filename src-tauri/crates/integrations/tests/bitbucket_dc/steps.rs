//! The steps on pull requests and lines: once wherever they break off, refused, taken back.

use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::scenario::steps;

use crate::support::REPO;

#[tokio::test]
async fn every_step_is_done_once_and_taken_back_wherever_it_breaks_off() {
    insta::assert_snapshot!(steps::transcript::<BitbucketDc>().await);
}

#[tokio::test]
async fn what_is_refused_says_why_and_changes_nothing() {
    let denied = "You are not permitted to access this resource";
    insta::assert_snapshot!(steps::refusals::<BitbucketDc>(denied).await);
}

#[tokio::test]
async fn what_others_changed_since_is_left_alone() {
    insta::assert_snapshot!(steps::others::<BitbucketDc>().await);
}

#[tokio::test]
async fn one_line_is_a_suggested_change_and_several_are_text() {
    let mut watch = steps::ready::<BitbucketDc>().await;
    let mut step = steps::step(&watch, "suggested change");
    watch.perform(&step).await.expect("it can be done");
    if let perch_core::action::Step::ReviewComment { lines, marker, .. } = &mut step {
        *lines = (2, 2);
        *marker = "<!-- perch:one -->".into();
    }
    watch.perform(&step).await.expect("it can be done");
    let comments = watch.forge.with(|world| world.repo(REPO).line_comments());
    let said: Vec<&str> = comments
        .iter()
        .filter_map(|one| one["body"].as_str())
        .collect();
    assert_eq!(
        said,
        [
            "Count from zero.\n\nSuggested:\n\n```\nzero\none\n```\n\n[//]: # (perch:change)",
            "Count from zero.\n\n```suggestion\nzero\none\n```\n\n[//]: # (perch:one)",
        ]
    );
    assert!(comments.iter().all(|one| one["kind"] == "ADDED"));
    // Said by us, they are seen like all that is said.
    watch.poll().await.expect("the stub answers");
}
