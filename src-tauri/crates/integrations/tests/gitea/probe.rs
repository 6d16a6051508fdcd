//! What `perch doctor` says about a connection.

use perch_core::seam::provider::Provider;
use perch_testkit::scenario::faults::refuse;

use crate::support::Watch;

#[tokio::test]
async fn probing_says_who_the_token_is_and_what_it_may_not_do() {
    let mut watch = Watch::new().await;
    watch.connection.watch.push("acme/gone".into());
    watch.forge.with(|world| {
        world
            .refusals
            .push(refuse("/releases", 403, "token lacks a scope", vec![]));
    });
    let lines = watch
        .provider
        .probe(&watch.context())
        .await
        .expect("the stub answers");
    insta::assert_snapshot!([lines.lines, lines.faults].concat().join("\n"));
}
