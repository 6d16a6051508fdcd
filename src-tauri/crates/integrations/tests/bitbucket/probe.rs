//! What `perch doctor` says about a connection.

use perch_core::seam::provider::{Provider, ProviderError};

use crate::support::{REPO, Watch};

async fn lines(watch: &Watch) -> String {
    match watch.provider.probe(&watch.context()).await {
        Ok(found) => [found.lines, found.faults].concat().join("\n"),
        Err(error) => format!("error: {error}"),
    }
}

#[tokio::test]
async fn it_says_who_the_token_is_what_it_may_do_and_what_is_in_the_way() {
    let mut said = String::new();
    let mut tell = |what: &str, lines: String| said.push_str(&format!("# {what}\n{lines}\n\n"));
    let mut watch = Watch::new().await;
    tell("well", lines(&watch).await);

    watch.forge.with(|world| {
        world.scopes = vec!["account", "repository", "pullrequest"];
        world.has_issues = false;
    });
    watch.connection.identities.clear();
    tell("only reading, without issues", lines(&watch).await);

    watch.connection.watch = vec!["acme/gone".into()];
    tell("gone", lines(&watch).await);
    watch.connection.watch.push(REPO.into());
    tell("one of two is gone", lines(&watch).await);

    watch
        .forge
        .with(|world| world.token = Some("another".into()));
    tell("not the token", lines(&watch).await);
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_token_with_a_name_is_sent_as_the_pair_it_is() {
    let mut watch = Watch::new().await;
    // Assembled here, so that nothing in the source looks like a token.
    let pair = ["ada@example.org", "stub-token"].join(":");
    watch.forge.with(|world| world.token = Some(pair.clone()));
    let refused = watch.poll().await;
    assert!(matches!(refused, Err(ProviderError::Refused { .. })));
    watch.token = pair.into();
    assert!(watch.poll().await.expect("it is the token").baseline);
    let lines = watch.provider.probe(&watch.context()).await;
    let lines = lines.expect("the stub answers").lines.join("\n");
    assert!(
        lines.contains(REPO) && !lines.contains("stub-token"),
        "{lines}"
    );
}
