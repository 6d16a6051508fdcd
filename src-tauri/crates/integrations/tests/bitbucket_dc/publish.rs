//! Acting on Data Center: what only Data Center does.

use http::Method;
use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::scenario::publish::{self as scenario, refusing};

use crate::support::REPO;

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
