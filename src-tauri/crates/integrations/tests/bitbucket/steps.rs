//! The steps on issues, pull requests, lines and builds: once wherever they break off, refused, taken back.

use perch_core::action::{Step, Thing};
use perch_core::seam::provider::Provider as _;
use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::scenario::steps;

#[tokio::test]
async fn every_step_is_done_once_and_taken_back_wherever_it_breaks_off() {
    insta::assert_snapshot!(steps::transcript::<Bitbucket>().await);
}

#[tokio::test]
async fn what_is_refused_says_why_and_changes_nothing() {
    let words = "Your credentials lack one or more required privilege scopes.";
    insta::assert_snapshot!(steps::refusals::<Bitbucket>(words).await);
}

#[tokio::test]
async fn what_others_changed_since_is_left_alone() {
    insta::assert_snapshot!(steps::others::<Bitbucket>().await);
}

#[tokio::test]
async fn labels_are_not_offered_where_there_are_none() {
    let watch = steps::ready::<Bitbucket>().await;
    let publisher = watch.provider.publisher().expect("it can be written to");
    let labels = vec!["bug".to_owned()];
    let issue = |labels: &[String]| Step::OpenIssue {
        title: "Test it".into(),
        body: String::new(),
        labels: labels.to_vec(),
        parent: None,
        marker: "<!-- perch:1 -->".into(),
    };
    let thing = Thing::Issue(1);
    assert!(!publisher.knows(&Step::AddLabels {
        thing,
        labels: labels.clone()
    }));
    assert!(!publisher.knows(&issue(&labels)));
    assert!(publisher.knows(&issue(&[])));
}

#[tokio::test]
async fn whom_nobody_or_several_are_called_like_is_not_asked() {
    for (people, words) in [
        (vec!["grace"], "nobody in `acme` is called ada"),
        (
            vec!["ada", "ada", "grace"],
            "several members of `acme` are called ada",
        ),
    ] {
        let watch = steps::ready::<Bitbucket>().await;
        watch.forge.with(|world| world.people = people);
        let step = steps::step(&watch, "reviewers");
        let before = watch.forge.with(steps::standing);
        match watch.perform(&step).await {
            Err(PublishError::Refused { reason, .. }) => assert_eq!(reason, words),
            other => panic!("{other:?}"),
        }
        assert_eq!(watch.forge.with(steps::standing), before);
    }
}

#[tokio::test]
async fn a_marker_is_written_so_that_nobody_sees_it() {
    let watch = steps::ready::<Bitbucket>().await;
    for name in ["issue", "review comment"] {
        let step = steps::step(&watch, name);
        watch.perform(&step).await.expect("it can be done");
    }
    let standing = watch.forge.with(steps::standing).to_string();
    assert!(standing.contains("[//]: # (perch:"), "{standing}");
    assert!(!standing.contains("<!--"), "{standing}");
}
