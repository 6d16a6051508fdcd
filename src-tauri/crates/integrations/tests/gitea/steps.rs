//! The steps on issues, pull requests, lines and builds: once wherever they break off, refused, taken back.

use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::steps;

use crate::support::REPO;

#[tokio::test]
async fn every_step_is_done_once_and_taken_back_wherever_it_breaks_off() {
    insta::assert_snapshot!(steps::transcript::<Gitea>().await);
}

#[tokio::test]
async fn what_is_refused_says_why_and_changes_nothing() {
    insta::assert_snapshot!(
        steps::refusals::<Gitea>("token does not have at least one of required scope(s)").await
    );
}

#[tokio::test]
async fn what_others_changed_since_is_left_alone() {
    insta::assert_snapshot!(steps::others::<Gitea>().await);
}

#[tokio::test]
async fn lines_carry_the_change_as_text() {
    let watch = steps::ready::<Gitea>().await;
    let step = steps::step(&watch, "suggested change");
    watch.perform(&step).await.expect("it can be done");
    let comments = watch.forge.with(|world| world.repo(REPO).line_comments());
    assert_eq!(
        comments[0]["body"],
        "Count from zero.\n\nSuggested:\n\n```\nzero\none\n```"
    );
}

#[tokio::test]
async fn a_label_that_is_not_there_and_a_server_that_starts_nothing_again_are_told() {
    for (name, words) in [
        ("labels", "has no label"),
        ("rerun", "starts no builds again"),
    ] {
        let watch = steps::ready::<Gitea>().await;
        watch.forge.with(|world| {
            world.labels.retain(|label| *label != "needs review");
            world.runs_again = false;
        });
        let step = steps::step(&watch, name);
        let before = watch.forge.with(steps::standing);
        assert!(matches!(
            watch.perform(&step).await,
            Err(PublishError::Refused { reason, .. }) if reason.contains(words)
        ));
        assert_eq!(watch.forge.with(steps::standing), before);
    }
}

#[tokio::test]
async fn a_part_is_what_its_parent_depends_on_where_that_is_not_switched_off() {
    for on in [true, false] {
        let watch = steps::ready::<Gitea>().await;
        watch.forge.with(|world| world.links_issues = on);
        let step = steps::step(&watch, "part of an issue");
        watch.perform(&step).await.expect("it can be done");
        let parts = watch.forge.with(|world| world.repo(REPO).parts(1));
        assert_eq!(parts.len(), usize::from(on));
    }
}
