//! The account behind a token at Gitea.

use perch_core::seam::provider::Provider as _;
use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::setup;

use crate::support::Watch;

#[tokio::test]
async fn all_repositories_are_listed() {
    setup::all_repositories_are_listed::<Gitea>(230).await;
}

#[tokio::test]
async fn what_a_token_may_read_is_found_by_trying() {
    let watch = Watch::new().await;
    watch.forge.with(|world| {
        world.refusals.push(perch_testkit::forge::Refusal {
            method: http::Method::GET,
            path: "/issues/search".into(),
            status: 403,
            message: "token does not have at least one of required scope(s): [read:issue]".into(),
            headers: Vec::new(),
        });
    });
    let account = watch.provider.account().expect("it has accounts");
    let check = account
        .check_token(&watch.context())
        .await
        .expect("looked at");
    assert_eq!(check.login.as_deref(), Some("ada"));
    let missing: Vec<&str> = check.missing().map(|need| need.name.as_str()).collect();
    assert_eq!(missing, ["read:issue"]);
}
