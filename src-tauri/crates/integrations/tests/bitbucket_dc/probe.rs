//! What `perch doctor` says about a connection.

use perch_core::seam::provider::Provider;
use perch_testkit::scenario::faults::refuse;

use crate::support::{REPO, Watch};

async fn lines(watch: &Watch) -> String {
    match watch.provider.probe(&watch.context()).await {
        Ok(probe) => [probe.lines, probe.faults].concat().join("\n"),
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
        world.scopes = vec!["REPO_READ"];
        world.version = "7.21.4";
    });
    watch.connection.identities.clear();
    tell("only reading, an old server", lines(&watch).await);

    watch.forge.with(|world| world.repo(REPO).archived = true);
    tell("archived", lines(&watch).await);

    watch.forge.with(|world| world.rename(REPO, "acme/core"));
    tell("moved", lines(&watch).await);
    watch.forge.with(|world| world.rename(REPO, REPO));

    watch.connection.watch = vec!["acme/gone".into()];
    tell("gone", lines(&watch).await);
    watch.connection.watch.push(REPO.into());
    tell("one of two is gone", lines(&watch).await);

    let denied = "You are not permitted to access this resource";
    let limit = vec![("retry-after", "17".to_owned())];
    for (what, refusal) in [
        ("not permitted", refuse("/projects/", 401, denied, vec![])),
        ("limited", refuse("/projects/", 429, "Slow down", limit)),
        ("no Bitbucket", refuse("/rest/", 404, "Not found", vec![])),
    ] {
        watch.connection.watch = vec![REPO.into()];
        watch.forge.with(|world| world.refusals = vec![refusal]);
        tell(what, lines(&watch).await);
    }
    watch.forge.with(|world| {
        world.refusals.clear();
        world.token = Some("another".into());
    });
    tell("not the token", lines(&watch).await);

    let page = vec![("content-type", "text/html".to_owned())];
    let page = refuse("/", 200, "<html>Please sign in</html>", page);
    watch.forge.with(|world| {
        world.token = None;
        world.refusals.push(page);
    });
    tell("a sign-in page in between", lines(&watch).await);
    insta::assert_snapshot!(said);
}
