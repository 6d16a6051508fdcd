//! Acting on GitLab: what only GitLab does.

use perch_core::outcome::Undo;
use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::scenario::publish as scenario;

use crate::support::{REPO, about};

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
