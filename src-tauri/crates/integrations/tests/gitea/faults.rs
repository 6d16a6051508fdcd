//! What the far side's refusals, limits and breakdowns become.

use http::Method;
use perch_core::seam::provider::{Provider, ProviderError};
use perch_testkit::forge::{Refusal, Trouble};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{REPO, Watch, keys};

fn refuse(path: &str, status: u16, message: &str, headers: Vec<(&'static str, String)>) -> Refusal {
    Refusal {
        method: Method::GET,
        path: path.into(),
        status,
        message: message.into(),
        headers,
    }
}

#[tokio::test]
async fn each_refusal_becomes_what_the_road_does_about_it() {
    let cases: Vec<(Refusal, &str)> = vec![
        (refuse("/repos/", 401, "Bad credentials", vec![]), "refused"),
        (
            refuse("/repos/", 403, "Resource not accessible", vec![]),
            "refused",
        ),
        (refuse("/repos/", 404, "Not Found", vec![]), "misconfigured"),
        (refuse("/repos/", 409, "Conflict", vec![]), "unavailable"),
        (refuse("/repos/", 410, "Gone", vec![]), "misconfigured"),
        (refuse("/repos/", 422, "Invalid", vec![]), "unavailable"),
        (
            refuse(
                "/repos/",
                503,
                "Maintenance",
                vec![("retry-after", "30".into())],
            ),
            "wait 30",
        ),
        (refuse("/repos/", 451, "Blocked", vec![]), "refused"),
        (refuse("/repos/", 500, "Oops", vec![]), "unavailable"),
        (refuse("/repos/", 502, "Bad gateway", vec![]), "unavailable"),
        (refuse("/repos/", 429, "Slow down", vec![]), "wait 60"),
        (
            refuse(
                "/repos/",
                429,
                "Slow down",
                vec![("retry-after", "17".into())],
            ),
            "wait 17",
        ),
        (
            refuse("/repos/", 403, "rate limit exceeded", vec![]),
            "wait 60",
        ),
    ];
    for (refusal, expected) in cases {
        let mut watch = Watch::begun(|_| {}).await;
        watch
            .forge
            .with(|world| world.refusals.push(refusal.clone()));
        let cursor = watch.cursor.clone();
        let error = watch.poll().await.expect_err("it was refused");
        let found = match &error {
            ProviderError::Refused { .. } => "refused".to_owned(),
            ProviderError::Misconfigured { .. } => "misconfigured".into(),
            ProviderError::Unavailable(_) => "unavailable".into(),
            ProviderError::Wait { until, .. } => {
                format!("wait {}", until.duration_since(watch.now).as_secs())
            }
        };
        assert_eq!(found, expected, "{refusal:?}");
        assert!(!error.to_string().contains("stub-token"), "{error}");
        assert_eq!(watch.cursor, cursor);

        // It ends, and what happened meanwhile is not lost.
        watch.forge.with(|world| {
            world.refusals.clear();
            world.open_issue(REPO, "Meanwhile", "", "grace")
        });
        assert_eq!(
            keys(&watch.events().await),
            ["issue.created issue/1/opened"]
        );
    }
}

#[tokio::test]
async fn limits_without_an_end_double_until_an_answer_comes() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| {
        let limit = "rate limit exceeded";
        world.refusals.push(refuse("/repos/", 403, limit, vec![]));
    });
    for expected in [60, 120, 240] {
        match watch.poll().await {
            Err(ProviderError::Wait { until, .. }) => {
                assert_eq!(until.duration_since(watch.now).as_secs(), expected);
            }
            other => panic!("{other:?}"),
        }
    }
    watch.forge.with(|world| world.refusals.clear());
    watch.poll().await.expect("the limit is over");
}

#[tokio::test]
async fn a_repository_that_fails_does_not_hold_up_the_others() {
    let mut watch = Watch::new().await;
    watch.connection.watch.insert(0, "acme/gone".into());
    watch.poll().await.expect("one of two is there");
    for number in 1..4 {
        watch
            .forge
            .with(|world| world.open_issue(REPO, "New", "", "grace"));
        assert_eq!(
            keys(&watch.events().await),
            [format!("issue.created issue/{number}/opened")]
        );
        match watch.poll().await {
            Err(ProviderError::Misconfigured { problem, .. }) => {
                assert!(problem.contains("acme/gone"), "{problem}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing() {
    for number in 0..40 {
        let mut watch = Watch::begun(|_| {}).await;
        watch.forge.with(|world| {
            world.push(REPO, "feature", &[("a", "1\n")], "Add a");
            world.open_pull(REPO, "feature", "Add a", "ada");
            world.review(REPO, 1, "grace", "APPROVED");
            world.comment(REPO, 1, "grace", "Good");
        });
        watch.forge.trouble(number, Trouble::Refuse(502));
        let mut found = Vec::new();
        for _ in 0..8 {
            if let Ok(batch) = watch.poll().await {
                for message in batch.deliveries {
                    found.extend(keys(&watch.parse(message)));
                }
            }
        }
        found.sort();
        let kinds: Vec<&str> = found
            .iter()
            .map(|key| key.split(' ').next().expect("two words"))
            .collect();
        assert_eq!(
            kinds,
            [
                "issue.comment.created",
                "repo.pr.opened",
                "repo.pr.updated",
                "repo.push"
            ],
            "trouble at request {number}: {found:?}"
        );
    }
}

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
    insta::assert_snapshot!(lines.join("\n"));
}

/// A server that answers every request with these bytes.
async fn says(bytes: &'static [u8]) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    format!("http://{at}")
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_none_of_the_servers_is_tried_again_and_moves_nothing() {
    let cases: [&'static [u8]; 4] = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n[{\"number\":",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[{",
        // A captive portal.
        b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\nconnection: close\r\n\r\n<html>Log in</html>",
        b"",
    ];
    for bytes in cases {
        let mut watch = Watch::begun(|_| {}).await;
        let home = std::mem::replace(&mut watch.connection.base_url, says(bytes).await);
        let cursor = watch.cursor.clone();
        let error = watch.poll().await.expect_err("it is no answer");
        assert!(matches!(error, ProviderError::Unavailable(_)), "{error:?}");
        assert!(!error.to_string().contains("stub-token"), "{error}");
        assert_eq!(watch.cursor, cursor);
        watch.connection.base_url = home;
        watch
            .forge
            .with(|world| world.open_issue(REPO, "Meanwhile", "", "grace"));
        assert_eq!(
            keys(&watch.events().await),
            ["issue.created issue/1/opened"]
        );
    }
}

#[tokio::test]
async fn parts_that_are_turned_off_do_not_stop_the_rest() {
    for path in [
        "/issues/comments",
        "/releases",
        "/git/refs",
        "/actions",
        "/status",
    ] {
        for status in [403, 404, 409, 410, 422] {
            let mut watch = Watch::new().await;
            watch
                .forge
                .with(|world| world.refusals.push(refuse(path, status, "Off", vec![])));
            assert!(watch.poll().await.expect("the rest answers").baseline);
            watch
                .forge
                .with(|world| world.open_issue(REPO, "New", "", "grace"));
            assert_eq!(
                keys(&watch.events().await),
                ["issue.created issue/1/opened"],
                "{path} {status}"
            );
        }
    }
}
