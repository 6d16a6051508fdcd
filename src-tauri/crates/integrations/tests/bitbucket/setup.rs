//! Setting up: the repositories a token sees, webhooks made and removed.

use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::scenario::setup;

#[tokio::test]
async fn all_repositories_are_listed() {
    setup::all_repositories_are_listed::<Bitbucket>(230).await;
}

#[tokio::test]
async fn webhooks_are_made_moved_and_removed() {
    setup::hooks_are_made_moved_and_removed::<Bitbucket>().await;
}

#[tokio::test]
async fn who_may_not_manage_webhooks_is_told_what_is_missing() {
    setup::who_may_not_manage_hooks_is_told_what_is_missing::<Bitbucket>().await;
}
