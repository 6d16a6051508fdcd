//! Webhooks at GitHub, made and removed.

use std::collections::BTreeSet;

use perch_core::seam::hooks::NewHook;
use perch_core::seam::provider::Provider as _;
use perch_integrations::providers::github::GitHub;
use perch_testkit::published;
use perch_testkit::scenario::setup;

use crate::support::{REPO, Watch};

#[tokio::test]
async fn webhooks_are_made_moved_and_removed() {
    setup::hooks_are_made_moved_and_removed::<GitHub>().await;
}

#[tokio::test]
async fn who_may_not_manage_webhooks_is_told_what_is_missing() {
    setup::who_may_not_manage_hooks_is_told_what_is_missing::<GitHub>().await;
}

#[tokio::test]
async fn a_webhook_brings_exactly_the_messages_that_mean_something() {
    let watch = Watch::new().await;
    let hook = NewHook {
        url: "https://perch.example.org/webhooks/mine".into(),
        secret: "one".into(),
    };
    let hooks = watch.provider.hooks().expect("it makes webhooks");
    let made = hooks.create(&watch.context(), REPO, &hook).await;
    made.expect("made");
    let made = watch.forge.with(|world| world.repo(REPO).webhooks());
    let brought: BTreeSet<&str> = made[0]["events"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|event| event.as_str())
        .collect();
    let table = std::fs::read_to_string(published::root().join("tests/fixtures/github/events.tsv"));
    let table = table.expect("the table");
    let meant: BTreeSet<&str> = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.ends_with("\t-"))
        .filter_map(|line| line.split('/').next())
        .collect();
    assert_eq!(brought, meant);
    assert_eq!(made[0]["config"]["content_type"], "json");
    assert_eq!(made[0]["config"]["insecure_ssl"], "0");
}
