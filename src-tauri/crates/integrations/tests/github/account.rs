//! The account behind a token at GitHub.

use perch_core::seam::provider::Provider as _;
use perch_integrations::providers::github::GitHub;
use perch_testkit::scenario::setup;

use crate::support::Watch;

#[tokio::test]
async fn all_repositories_are_listed() {
    setup::all_repositories_are_listed::<GitHub>(230).await;
}

#[tokio::test]
async fn devices_are_granted_tokens_and_renew_them() {
    setup::devices_are_granted_tokens_and_renew_them::<GitHub>().await;
}

#[tokio::test]
async fn a_token_is_told_by_what_github_says_of_it() {
    let watch = Watch::new().await;
    let account = watch.provider.account().expect("it has accounts");
    let cases = [
        (None, None, false),
        (Some(""), Some(vec![false, false, false]), true),
        (Some("repo, workflow"), Some(vec![true, true, true]), false),
        (
            Some("public_repo, admin:repo_hook"),
            Some(vec![false, false, true]),
            false,
        ),
    ];
    for (scopes, held, reads_only) in cases {
        watch.forge.with(|world| {
            world.classic = scopes.map(Into::into);
            world.token_ends = Some("2025-06-20 00:00:00 UTC".into());
        });
        let check = account
            .check_token(&watch.context())
            .await
            .expect("looked at");
        assert_eq!(check.login.as_deref(), Some("ada"));
        assert_eq!(
            check.ends,
            Some("2025-06-20T00:00:00Z".parse().expect("a time"))
        );
        assert_eq!(check.reads_only(), reads_only, "{scopes:?}");
        let found: Option<Vec<bool>> = check.needs.iter().map(|need| need.held).collect();
        assert_eq!(found, held, "{scopes:?}");
    }
}

#[tokio::test]
async fn githubs_own_command_line_is_asked_for_its_server() {
    let watch = Watch::new().await;
    let account = watch.provider.account().expect("it has accounts");
    for (base, host) in [
        ("https://api.github.com", "github.com"),
        ("https://ghe.acme.com/api/v3", "ghe.acme.com"),
    ] {
        let cli = account.cli(base).expect("gh");
        assert_eq!(cli.program, "gh");
        assert_eq!(cli.arguments, ["auth", "token", "--hostname", host]);
    }
}
