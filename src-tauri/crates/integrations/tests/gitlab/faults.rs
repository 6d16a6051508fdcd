//! What the far side's refusals, limits and breakdowns become.

use http::Method;
use perch_core::seam::provider::{Provider, ProviderError};
use perch_testkit::forge::{Refusal, Trouble};

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
    let retry = || vec![("retry-after", "17".into())];
    let reset = vec![
        ("ratelimit-remaining", "0".into()),
        ("ratelimit-reset", "1750000200".into()),
    ];
    let cases: Vec<(Refusal, &str)> = vec![
        (
            refuse("/projects/", 401, "401 Unauthorized", vec![]),
            "refused",
        ),
        (
            refuse("/projects/", 403, "403 Forbidden", vec![]),
            "refused",
        ),
        (
            refuse("/projects/", 404, "404 Project Not Found", vec![]),
            "misconfigured",
        ),
        (
            refuse("/projects/", 410, "410 Gone", vec![]),
            "misconfigured",
        ),
        (refuse("/projects/", 409, "Conflict", vec![]), "unavailable"),
        (
            refuse("/projects/", 422, "Unprocessable", vec![]),
            "unavailable",
        ),
        (refuse("/projects/", 500, "Oops", vec![]), "unavailable"),
        (
            refuse("/projects/", 502, "Bad gateway", vec![]),
            "unavailable",
        ),
        (
            refuse("/projects/", 503, "Maintenance", vec![]),
            "unavailable",
        ),
        (refuse("/projects/", 503, "Maintenance", retry()), "wait 17"),
        (refuse("/projects/", 429, "Retry later", vec![]), "wait 60"),
        (refuse("/projects/", 429, "Retry later", retry()), "wait 17"),
        (refuse("/projects/", 429, "Retry later", reset), "wait 80"),
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
        assert_eq!(found, expected, "{refusal:?}: {error}");
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
async fn an_empty_quota_is_waited_for() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| world.quota = Some(0));
    match watch.poll().await {
        Err(ProviderError::Wait { until, .. }) => {
            assert_eq!(until.duration_since(watch.now).as_mins(), 30);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_project_that_fails_does_not_hold_up_the_others() {
    let mut watch = Watch::new().await;
    watch.connection.watch.insert(0, "acme/gone".into());
    watch.poll().await.expect("one of two is there");
    watch
        .forge
        .with(|world| world.open_issue(REPO, "New", "", "grace"));
    assert_eq!(
        keys(&watch.events().await),
        ["issue.created issue/1/opened"]
    );
    match watch.poll().await {
        Err(ProviderError::Misconfigured { problem, .. }) => {
            assert!(problem.contains("acme/gone"), "{problem}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_poll_cut_off_at_any_request_loses_nothing() {
    for number in 0..10 {
        let mut watch = Watch::begun(|_| {}).await;
        let expected = watch.forge.with(|world| {
            let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
            let pull = world.open_pull(REPO, "feature", "Add a", "ada");
            let comment = world.comment(REPO, pull, "grace", "Why?");
            let jobs = [("test", "failure", "no\n")];
            let run = world.run(REPO, None, &sha, "feature", &jobs);
            let second = world.now.as_second();
            [
                format!("issue.comment.created pull/{pull}/comment/{comment}"),
                format!("repo.build.failed pipeline/{run}/{second}/failed"),
                format!("repo.pr.opened pull/{pull}/opened"),
                format!("repo.push branch/feature/{sha}"),
            ]
        });
        watch.forge.trouble(number, Trouble::Refuse(502));
        let mut seen = Vec::new();
        for _ in 0..3 {
            if let Ok(batch) = watch.poll().await {
                let messages = batch.deliveries.into_iter();
                let events: Vec<_> = messages.flat_map(|one| watch.parse(one)).collect();
                seen.extend(keys(&events));
            }
        }
        seen.sort();
        assert_eq!(seen, expected, "cut off at request {number}");
    }
}

/// A server that answers every request with `answer`, then closes.
fn answering(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in listener.incoming().take(4) {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_no_json_is_tried_again() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n[{\"iid\": 1",
        "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n<html>sign in</",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        "",
    ] {
        let mut watch = Watch::begun(|_| {}).await;
        watch.connection.base_url = answering(answer);
        let error = watch.poll().await.expect_err("there is nothing to read");
        assert!(
            matches!(error, ProviderError::Unavailable(_)),
            "{answer}: {error:?}"
        );
    }
}

#[tokio::test]
async fn nobody_is_asked_when_nothing_is_watched() {
    let mut watch = Watch::new().await;
    watch.connection.watch.clear();
    let batch = watch.provider.poll(&watch.context(), None).await;
    assert_eq!(batch.expect("nothing to do").deliveries, []);
    assert_eq!(watch.forge.take_log(), []);
}
