//! What the far side's refusals, limits and breakdowns become, and where a token goes.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use http::Method;
use perch_core::seam::provider::{Provider, ProviderError};
use perch_integrations::http::{Fault, Keep, Request, shared};
use perch_integrations::providers::github::GitHub;
use perch_testkit::forge::Refusal;
use perch_testkit::scenario::faults::{self, refuse};
use secrecy::SecretString;

use crate::support::Watch;

#[tokio::test]
async fn each_refusal_becomes_what_the_road_does_about_it() {
    let cases: Vec<(Refusal, &str)> = vec![
        (refuse("/repos/", 401, "Bad credentials", vec![]), "refused"),
        (
            refuse("/repos/", 403, "Resource not accessible", vec![]),
            "refused",
        ),
        (refuse("/repos/", 404, "Not Found", vec![]), "misconfigured"),
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
            refuse(
                "/repos/",
                403,
                "You have exceeded a secondary rate limit",
                vec![],
            ),
            "wait 60",
        ),
    ];
    faults::each_refusal_becomes_what_the_road_does_about_it::<GitHub>(cases).await;
}

#[tokio::test]
async fn limits_without_an_end_double_until_an_answer_comes() {
    let limit = "You have exceeded a secondary rate limit";
    faults::limits_without_an_end_double_until_an_answer_comes::<GitHub>("/repos/", 403, limit)
        .await;
}

#[tokio::test]
async fn an_empty_quota_is_waited_for() {
    faults::an_empty_quota_is_waited_for::<GitHub>().await;
}

#[tokio::test]
async fn a_repository_that_fails_does_not_hold_up_the_others() {
    faults::a_repository_that_fails_does_not_hold_up_the_others::<GitHub>().await;
}

#[tokio::test]
async fn a_repository_that_moved_was_archived_or_deleted_is_told() {
    faults::what_moved_was_archived_or_deleted_is_told::<GitHub>().await;
}

#[tokio::test]
async fn what_stands_in_between_is_told_apart() {
    faults::what_stands_in_between_is_told_apart::<GitHub>().await;
}

#[tokio::test]
async fn a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing() {
    faults::a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing::<GitHub>().await;
}

#[tokio::test]
async fn probing_says_who_the_token_is_and_what_it_may_not_do() {
    let mut watch = Watch::new().await;
    watch.connection.watch.push("acme/gone".into());
    watch.forge.with(|world| {
        world.refusals.push(refuse(
            "/check-runs",
            403,
            "Resource not accessible",
            vec![],
        ));
    });
    let lines = watch
        .provider
        .probe(&watch.context())
        .await
        .expect("the stub answers");
    insta::assert_snapshot!([lines.lines, lines.faults].concat().join("\n"));
}

/// A server that gives one connection these bytes and ends.
fn says(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let at = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut asked = [0; 4096];
        let _ = stream.read(&mut asked);
        let _ = stream.write_all(bytes);
    });
    format!("http://{at}/path?token=query-secret")
}

#[tokio::test]
async fn broken_answers_are_faults_that_tell_no_secret() {
    let token = SecretString::from(["stub", "token"].join("-"));
    let cases: [(&'static [u8], &str); 5] = [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", "broken"),
        (b"nonsense\r\n\r\n", "broken"),
        (b"", "broken"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n0123456789012345678901234567890123456789", "large"),
        (b"HTTP/1.1 302 Found\r\nlocation: ftp://127.0.0.1/x\r\ncontent-length: 0\r\n\r\n", "redirect"),
    ];
    for (bytes, expected) in cases {
        let mut request = Request::new(Method::GET, says(bytes)).token(Some(&token));
        request.keep = Keep::Whole(30);
        let fault = shared().send(&request).await.expect_err("it is broken");
        let found = match &fault {
            Fault::Broken { .. } => "broken",
            Fault::TooLarge { .. } => "large",
            Fault::Redirect { .. } => "redirect",
            _ => "other",
        };
        assert_eq!(found, expected, "{fault}");
        let words = format!("{fault} {fault:?} {}", ProviderError::from(fault.clone()));
        assert!(
            !words.contains("secret") && !words.contains("stub-token"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn changes_do_not_follow_a_redirect_that_would_lose_or_leak_them() {
    let cases: [&'static [u8]; 2] = [
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\n\r\n",
    ];
    for bytes in cases {
        let request = Request::new(Method::POST, says(bytes));
        let fault = shared().send(&request).await.expect_err("not followed");
        assert!(matches!(fault, Fault::Redirect { .. }), "{fault}");
    }
}

#[tokio::test]
async fn compressed_answers_are_bounded_by_what_they_unfold_to() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b'x'; 4 << 20]).expect("memory");
    let packed = packer.finish().expect("memory");
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    )
    .into_bytes();
    answer.extend(packed);
    let mut request = Request::new(Method::GET, says(answer.leak()));
    request.keep = Keep::Whole(1 << 20);
    let fault = shared().send(&request).await.expect_err("too large");
    assert!(matches!(fault, Fault::TooLarge { .. }), "{fault}");
}
