//! The account behind a token at GitLab.

use perch_core::seam::provider::Provider as _;
use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::scenario::setup;

use crate::support::Watch;

#[tokio::test]
async fn all_repositories_are_listed() {
    setup::all_repositories_are_listed::<GitLab>(230).await;
}

#[tokio::test]
async fn devices_are_granted_tokens_and_renew_them() {
    setup::devices_are_granted_tokens_and_renew_them::<GitLab>().await;
}

#[tokio::test]
async fn a_token_is_told_by_its_scopes_and_its_end() {
    let watch = Watch::new().await;
    let account = watch.provider.account().expect("it has accounts");
    let cases = [
        (vec!["api"], vec![], false),
        (vec!["read_api"], vec![], false),
        (vec!["read_user"], vec!["read_api"], false),
    ];
    for (scopes, missing, reads_only) in cases {
        watch.forge.with(|world| world.scopes.clone_from(&scopes));
        let check = account
            .check_token(&watch.context())
            .await
            .expect("looked at");
        let found: Vec<&str> = check.missing().map(|need| need.name.as_str()).collect();
        assert_eq!(found, missing, "{scopes:?}");
        assert_eq!(check.reads_only(), reads_only, "{scopes:?}");
        assert_eq!(
            check.ends,
            Some("2025-06-20T00:00:00Z".parse().expect("a time"))
        );
    }
}
