//! Webhooks GitHub could not deliver, fetched from what it kept.

use perch_core::delivery::Door;
use perch_testkit::forge::Refusal;
use serde_json::{Value, json};

use crate::support::{REPO, Watch, keys};

/// A connection that also fetches kept webhooks, with one webhook of its own and one of somebody else's.
async fn asking() -> (Watch, u64, u64) {
    asking_after(|_, _| {}).await
}

/// The same, when something was sent an hour before.
async fn asking_after(arrange: impl FnOnce(&mut Watch, u64)) -> (Watch, u64, u64) {
    let mut watch = Watch::new().await;
    let own = ("kept_webhooks".to_owned(), true.into());
    watch.connection.settings.extend([own]);
    let hooks = watch.forge.with(|world| {
        let ours = world.add_hook(REPO, "https://perch.example.org/webhooks/github");
        let other = world.add_hook(REPO, "https://ci.example.org/webhooks/other");
        (ours, other)
    });
    arrange(&mut watch, hooks.0);
    watch.later(3_600);
    watch.poll().await.expect("the stub answers");
    watch.forge.take_log();
    (watch, hooks.0, hooks.1)
}

/// The webhook about an issue that nobody finds by polling.
fn payload(watch: &Watch, number: u64) -> Value {
    watch.forge.with(|world| {
        let now = world.now.to_string();
        json!({
            "action": "opened",
            "issue": {"number": number, "title": "It breaks", "created_at": now, "user": {"login": "grace"}},
            "repository": world.repo(REPO).json(),
            "sender": {"login": "grace"},
        })
    })
}

#[tokio::test]
async fn after_a_gap_what_failed_is_fetched_once_and_what_arrived_is_not() {
    let (mut watch, ours, other) = asking().await;
    watch.later(3_600);
    for (number, guid, attempts) in [
        (1, "lost", &[502, 0][..]),
        (2, "arrived", &[202]),
        (3, "arrived late", &[502, 202]),
    ] {
        let payload = payload(&watch, number);
        watch.forge.with(|world| {
            for status in attempts {
                world.github_keep(REPO, ours, "issues", guid, *status, &payload);
            }
        });
    }
    let elsewhere = payload(&watch, 4);
    watch
        .forge
        .with(|world| world.github_keep(REPO, other, "issues", "other", 502, &elsewhere));

    let messages = watch.messages().await;
    let found: Vec<_> = messages
        .iter()
        .map(|one| (one.door, one.kind.as_str(), one.external_id.as_deref()))
        .collect();
    assert_eq!(found, [(Door::Pull, "issues", Some("lost"))]);
    let events: Vec<_> = messages
        .into_iter()
        .flat_map(|one| watch.parse(one))
        .collect();
    assert_eq!(keys(&events), ["issue.created issue/1/opened"]);
    for _ in 0..30 {
        assert_eq!(watch.messages().await, []);
    }
}

#[tokio::test]
async fn while_polls_follow_each_other_webhooks_are_looked_at_a_few_times_an_hour() {
    let (mut watch, ..) = asking().await;
    for _ in 0..60 {
        watch.poll().await.expect("the stub answers");
    }
    let log = watch.forge.take_log();
    let looks = log
        .iter()
        .filter(|one| one.path.ends_with("/deliveries"))
        .count();
    assert!((4..=6).contains(&looks), "{looks}");
}

#[tokio::test]
async fn many_pages_are_read_back_to_the_last_look_and_no_further() {
    let (mut watch, ours, _) = asking_after(|watch, ours| {
        let before = payload(watch, 1);
        watch.forge.with(|world| {
            for number in 0..250 {
                let guid = format!("before-{number}");
                world.github_keep(REPO, ours, "issues", &guid, 502, &before);
            }
        });
    })
    .await;
    watch.later(7_200);
    let after = payload(&watch, 2);
    watch.forge.with(|world| {
        for number in 0..130 {
            world.github_keep(
                REPO,
                ours,
                "issues",
                &format!("after-{number}"),
                502,
                &after,
            );
        }
    });
    let mut found = Vec::new();
    for _ in 0..5 {
        found.extend(watch.messages().await);
    }
    let ids: Vec<&str> = found
        .iter()
        .filter_map(|one| one.external_id.as_deref())
        .collect();
    let after = ids.iter().filter(|id| id.starts_with("after-")).count();
    let before = ids.iter().filter(|id| id.starts_with("before-")).count();
    assert_eq!((after, before), (130, 0), "{ids:?}");
}

#[tokio::test]
async fn what_was_kept_without_its_payload_is_asked_for_once_more() {
    let (mut watch, ours, _) = asking().await;
    watch.later(3_600);
    let kept = watch
        .forge
        .with(|world| world.github_keep(REPO, ours, "issues", "empty", 502, &Value::Null));
    for _ in 0..30 {
        assert_eq!(watch.messages().await, []);
    }
    let again = watch
        .forge
        .with(|world| world.repo(REPO).sent_again.clone());
    assert_eq!(again, [(ours, kept)]);
}

#[tokio::test]
async fn who_may_not_see_webhooks_still_polls() {
    let (mut watch, ..) = asking().await;
    watch.later(3_600);
    watch.forge.with(|world| {
        world.refusals.push(Refusal {
            method: http::Method::GET,
            path: "/hooks".into(),
            status: 404,
            message: "Not Found".into(),
            headers: Vec::new(),
        });
        world.open_issue(REPO, "New", "", "grace");
    });
    assert_eq!(
        keys(&watch.events().await),
        ["issue.created issue/1/opened"]
    );
}
