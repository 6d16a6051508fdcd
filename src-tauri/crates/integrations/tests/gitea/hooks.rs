//! Webhooks at Gitea, made and removed.

use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::setup;

#[tokio::test]
async fn webhooks_are_made_moved_and_removed() {
    setup::hooks_are_made_moved_and_removed::<Gitea>().await;
}

#[tokio::test]
async fn who_may_not_manage_webhooks_is_told_what_is_missing() {
    setup::who_may_not_manage_hooks_is_told_what_is_missing::<Gitea>().await;
}
