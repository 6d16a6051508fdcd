//! Webhooks GitLab could not deliver, fetched from what it kept.

use perch_core::delivery::Door;

use crate::support::{REPO, Watch, keys};

async fn asking() -> (Watch, u64, u64) {
    let mut watch = Watch::new().await;
    watch
        .connection
        .settings
        .insert("kept_webhooks".into(), true.into());
    let hooks = watch.forge.with(|world| {
        let ours = world.add_hook(REPO, "https://perch.example.org/webhooks/gitlab");
        let other = world.add_hook(REPO, "https://ci.example.org/webhooks/other");
        (ours, other)
    });
    watch.poll().await.expect("the stub answers");
    watch.forge.take_log();
    (watch, hooks.0, hooks.1)
}

#[tokio::test]
async fn a_failed_delivery_is_fetched_once_and_is_the_event_the_poll_found() {
    let (mut watch, ours, other) = asking().await;
    watch.forge.with(|world| {
        let number = world.open_issue(REPO, "New", "", "grace");
        let payload = world.gitlab_issue_hook(REPO, "open", number);
        world.gitlab_keep(REPO, ours, "Issue Hook", "internal error", &payload);
        let second = world.open_issue(REPO, "Newer", "", "grace");
        let payload = world.gitlab_issue_hook(REPO, "open", second);
        world.gitlab_keep(REPO, ours, "Issue Hook", "202", &payload);
        world.gitlab_keep(REPO, other, "Issue Hook", "500", &payload);
    });
    let messages = watch.messages().await;
    let pulled: Vec<_> = messages
        .iter()
        .filter(|message| message.door == Door::Pull)
        .collect();
    assert_eq!(pulled.len(), 1);
    assert_eq!(pulled[0].kind, "Issue Hook");
    assert!(
        pulled[0]
            .external_id
            .as_deref()
            .is_some_and(|id| id.starts_with("key-"))
    );
    let events: Vec<_> = messages
        .into_iter()
        .flat_map(|message| watch.parse(message))
        .collect();
    let mut found = keys(&events);
    found.sort();
    found.dedup();
    assert_eq!(
        found,
        [
            "issue.created issue/1/opened",
            "issue.created issue/2/opened"
        ]
    );
    for _ in 0..3 {
        assert_eq!(watch.messages().await, []);
    }
}

#[tokio::test]
async fn who_may_not_see_webhooks_still_polls() {
    let (mut watch, ..) = asking().await;
    watch.forge.with(|world| {
        world.refusals.push(perch_testkit::forge::Refusal {
            method: http::Method::GET,
            path: "/hooks".into(),
            status: 403,
            message: "403 Forbidden".into(),
            headers: Vec::new(),
        });
        world.open_issue(REPO, "New", "", "grace");
    });
    assert_eq!(
        keys(&watch.events().await),
        ["issue.created issue/1/opened"]
    );
}
