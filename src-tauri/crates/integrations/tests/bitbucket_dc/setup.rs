//! Setting up: the account behind a token, webhooks made and removed, builds asked for.

use perch_core::seam::provider::Provider as _;
use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::scenario::{builds, setup};

use crate::support::Watch;

#[tokio::test]
async fn all_repositories_are_listed() {
    setup::all_repositories_are_listed::<BitbucketDc>(230).await;
}

#[tokio::test]
async fn what_a_token_may_do_is_found_by_trying() {
    for (scopes, missing) in [
        (vec!["REPO_READ", "REPO_WRITE"], vec![]),
        (vec!["REPO_READ"], vec!["Repository write"]),
        (vec![], vec!["Repository read", "Repository write"]),
    ] {
        let watch = Watch::new().await;
        watch.forge.with(|world| world.scopes = scopes);
        let account = watch.provider.account().expect("it has accounts");
        let check = account.check_token(&watch.context()).await;
        let check = check.expect("looked at");
        assert_eq!(check.login.as_deref(), Some("ada"));
        let needs = check.needs.iter();
        let lacking = needs.filter(|need| need.held == Some(false));
        let names: Vec<&str> = lacking.map(|need| need.name.as_str()).collect();
        assert_eq!(names, missing);
    }
}

#[tokio::test]
async fn webhooks_are_made_moved_and_removed() {
    setup::hooks_are_made_moved_and_removed::<BitbucketDc>().await;
}

#[tokio::test]
async fn who_may_not_manage_webhooks_is_told_what_is_missing() {
    setup::who_may_not_manage_hooks_is_told_what_is_missing::<BitbucketDc>().await;
}

#[tokio::test]
async fn a_branch_and_its_commit_have_the_same_builds_and_one_nobody_knows_has_none() {
    insta::assert_snapshot!(builds::builds::<BitbucketDc>().await);
}
