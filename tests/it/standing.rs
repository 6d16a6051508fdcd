//! How a connection stands, round by round: what is told once, what waits, and what makes no noise.

use bytes::Bytes;
use jiff::SignedDuration;
use perch_core::connection::ConnectionState;
use perch_core::delivery::{Door, NewDelivery};
use perch_core::id::ConnectionId;
use perch_core::seam::delivery_log::{Arrival, DeliveryLog as _};
use perch_testkit::forge::{Forge, Refusal, Speaks};
use perch_testkit::watch::connection;
use serde_json::json;

use crate::world::rounds::Rounds;

const REPO: &str = "acme/api";

/// A pull request's change that is large enough to say something about.
fn change() -> String {
    (0..250)
        .map(|number| format!("pub const LIMIT_{number}: u64 = {number};\n"))
        .collect()
}

async fn watched(speaks: Speaks, provider: &str) -> (Forge, Rounds) {
    let forge = Forge::start_as(speaks).await;
    let now = forge.with(|far| {
        far.create(REPO);
        far.now
    });
    let one = connection(provider, &forge.base_url(), &[REPO]);
    let rounds = Rounds::begin(one, "any", now).await;
    (forge, rounds)
}

fn titles(rounds: &Rounds) -> Vec<String> {
    rounds.shown.titles()
}

#[tokio::test]
async fn a_token_that_ends_within_a_week_is_told_once_by_a_toast_that_says_what_to_do() {
    for (speaks, provider, ends) in [
        (Speaks::GitHub, "github", "2025-06-25 15:06:40 UTC"),
        (Speaks::GitLab, "gitlab", "2025-06-25"),
    ] {
        let (forge, mut rounds) = watched(speaks, provider).await;
        forge.with(|far| far.token_ends = Some(ends.into()));
        rounds.after(60).await;
        let ends = rounds.row().await.standing.token_ends.expect("announced");
        assert!(rounds.inbox().await.is_empty(), "ten days are no news");
        let mut told_at = None;
        for hour in 1..=96 {
            forge.with(|far| far.later(3_600));
            rounds.after(3_600).await;
            if told_at.is_none() && !rounds.inbox().await.is_empty() {
                told_at = Some(rounds.now);
            }
            assert!(rounds.inbox().await.len() <= 1, "after {hour} hours");
        }
        let before = ends.duration_since(told_at.expect("told"));
        assert!(before <= SignedDuration::from_hours(7 * 24), "{before}");
        assert!(before > SignedDuration::from_hours(6 * 24), "{before}");
        let inbox = rounds.inbox().await;
        let title = format!("The token of {provider} ends on 2025-06-25");
        assert_eq!(inbox[0].title, title);
        let command = format!("perch connect {provider} --name {provider}");
        assert!(inbox[0].body.contains(&command), "{}", inbox[0].body);
        assert_eq!(titles(&rounds).len(), 1, "{:?}", titles(&rounds));
    }
}

#[tokio::test]
async fn a_connection_that_fails_again_and_again_is_asked_ever_more_rarely_and_makes_no_toast() {
    let (forge, mut rounds) = watched(Speaks::GitHub, "github").await;
    rounds.after(60).await;
    forge.with(|far| far.token = Some("another".into()));
    forge.take_log();
    for _ in 0..(12 * 60) {
        rounds.after(60).await;
    }
    let row = rounds.row().await;
    let ConnectionState::Broken { problem, next_step } = &row.state else {
        panic!("{:?}", row.state);
    };
    assert!(problem.contains("does not accept the token"), "{problem}");
    assert!(next_step.contains("perch connect github"), "{next_step}");
    let asked = forge.take_log().len();
    assert!(
        (20..=60).contains(&asked),
        "asked {asked} times in twelve hours"
    );
    assert!(titles(&rounds).is_empty(), "{:?}", titles(&rounds));

    forge.with(|far| far.token = None);
    for _ in 0..40 {
        rounds.after(60).await;
    }
    assert_eq!(rounds.row().await.state, ConnectionState::Well);
    assert_eq!(rounds.row().await.failures, 0);
}

#[tokio::test]
async fn an_outage_of_half_a_day_loses_no_suggestion() {
    let (forge, mut rounds) = watched(Speaks::GitHub, "github").await;
    rounds.after(60).await;
    let payload = forge.with(|far| {
        far.push(REPO, "feature", &[("src/limits.rs", &change())], "Add one");
        let number = far.open_pull(REPO, "feature", "Add one", "grace");
        let repo = far.repo(REPO);
        let mut pull = repo.pull(number);
        pull["user"] = json!({"login": "grace"});
        pull["requested_reviewers"] = json!([{"login": "ada"}]);
        json!({"action": "opened", "number": number, "pull_request": pull, "repository": repo.json(),
               "sender": {"login": "grace"}})
    });
    forge.with(|far| {
        far.refusals.push(Refusal {
            method: http::Method::GET,
            path: "/".into(),
            status: 503,
            message: "down".into(),
            headers: Vec::new(),
        });
    });
    for _ in 0..10 {
        rounds.after(60).await;
    }
    let arrival = Arrival {
        user_id: rounds.user.clone(),
        connection_id: rounds.connection.id.clone(),
        message: NewDelivery {
            door: Door::Webhook,
            kind: "pull_request".into(),
            external_id: Some("one".into()),
            body: Bytes::from(payload.to_string()),
        },
    };
    rounds
        .engine
        .delivery_log(|| "2025-06-15T15:20:00Z".parse().expect("a time"))
        .commit(vec![arrival])
        .await
        .expect("stored");
    for _ in 0..(12 * 60) {
        rounds.after(60).await;
    }
    assert!(rounds.inbox().await.is_empty());
    forge.with(|far| far.refusals.clear());
    for _ in 0..60 {
        rounds.after(60).await;
    }
    let inbox = rounds.inbox().await;
    assert_eq!(inbox.len(), 1, "{inbox:?} {:?}", rounds.verdicts().await);
    assert_eq!(inbox[0].subject.key, "pull/1");
}

#[tokio::test]
async fn what_is_left_of_the_quota_is_known_with_when_it_is_full_again() {
    let (forge, mut rounds) = watched(Speaks::GitHub, "github").await;
    forge.with(|far| far.quota = Some(500));
    rounds.after(60).await;
    let quota = rounds.row().await.standing.quota.expect("it says so");
    assert!(quota.left < 500 && quota.left > 400, "{quota:?}");
    assert!(quota.resets > rounds.now, "{quota:?}");
}

#[tokio::test]
async fn five_hundred_repositories_begin_in_silence_with_one_digest_in_the_inbox() {
    let forge = Forge::start_as(Speaks::GitHub).await;
    let mut names = vec![REPO.to_owned()];
    let now = forge.with(|far| {
        far.create(REPO);
        for number in 1..500 {
            let name = format!("acme/r{number:03}");
            far.create_like(REPO, &name);
            if number % 10 == 0 {
                far.open_issue(&name, "Old", "", "grace");
            }
            names.push(name);
        }
        far.now
    });
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut one = connection("github", &forge.base_url(), &names);
    // Providers count turns by connection, and other tests have theirs.
    one.id = ConnectionId::new("github-many");
    let mut rounds = Rounds::begin(one, "any", now).await;
    // The first looks are spread over some minutes, so that they do not use up the hour's quota at once.
    for _ in 0..16 {
        forge.with(|far| far.later(60));
        rounds.after(60).await;
    }
    assert!(titles(&rounds).is_empty(), "{:?}", titles(&rounds));
    let inbox = rounds.inbox().await;
    assert_eq!(inbox.len(), 1, "{inbox:?}");
    assert_eq!(inbox[0].title, "500 repositories are watched now");
    assert!(
        inbox[0].body.contains("49 things were there already"),
        "{}",
        inbox[0].body
    );

    // From here on what happens is news, wherever.
    forge.with(|far| {
        far.push(
            "acme/r250",
            "feature",
            &[("src/limits.rs", &change())],
            "Add one",
        );
        far.open_pull("acme/r250", "feature", "Add one", "ada");
    });
    for _ in 0..6 {
        forge.with(|far| far.later(60));
        rounds.after(60).await;
    }
    let inbox = rounds.inbox().await;
    assert!(
        inbox
            .iter()
            .any(|one| one.subject.repository == "acme/r250"),
        "{inbox:?}"
    );
}
