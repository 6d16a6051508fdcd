//! Acting on Bitbucket: what only Bitbucket does.

use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::scenario::publish::{self as scenario, about};

use crate::support::REPO;

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
