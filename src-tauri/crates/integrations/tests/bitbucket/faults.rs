//! What the far side's refusals, limits and breakdowns become.

use perch_core::seam::provider::{Provider, ProviderError};
use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::forge::Refusal;
use perch_testkit::scenario::faults::{self, refuse};

use crate::support::{REPO, Watch};

#[tokio::test]
async fn each_refusal_becomes_what_the_road_does_about_it() {
    let all = "/repositories/";
    let retry = || vec![("retry-after", "17".into())];
    let cases: Vec<(Refusal, &str)> = vec![
        (refuse(all, 401, "Unauthorized", vec![]), "refused"),
        (refuse(all, 403, "Forbidden", vec![]), "refused"),
        (refuse(all, 404, "Not found", vec![]), "misconfigured"),
        (refuse(all, 410, "Gone", vec![]), "misconfigured"),
        (refuse(all, 409, "Conflict", vec![]), "unavailable"),
        (refuse(all, 422, "Unprocessable", vec![]), "unavailable"),
        (refuse(all, 500, "Oops", vec![]), "unavailable"),
        (refuse(all, 502, "Bad gateway", vec![]), "unavailable"),
        (refuse(all, 503, "Maintenance", vec![]), "unavailable"),
        (refuse(all, 503, "Maintenance", retry()), "wait 17"),
        (refuse(all, 429, "Rate limit", vec![]), "wait 60"),
        (refuse(all, 429, "Rate limit", retry()), "wait 17"),
    ];
    faults::each_refusal_becomes_what_the_road_does_about_it::<Bitbucket>(cases).await;
}

#[tokio::test]
async fn limits_without_an_end_double_until_an_answer_comes() {
    let limit = "Rate limit for this resource has been exceeded";
    faults::limits_without_an_end_double_until_an_answer_comes::<Bitbucket>(
        "/repositories/",
        429,
        limit,
    )
    .await;
}

#[tokio::test]
async fn a_repository_that_fails_does_not_hold_up_the_others() {
    faults::a_repository_that_fails_does_not_hold_up_the_others::<Bitbucket>().await;
}

#[tokio::test]
async fn a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing() {
    faults::a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing::<Bitbucket>().await;
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_none_of_bitbuckets_is_tried_again_and_moves_nothing() {
    let no_page = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    faults::an_answer_that_is_none_is_tried_again_and_moves_nothing::<Bitbucket>(&[no_page]).await;
}

#[tokio::test]
async fn a_next_page_at_another_address_is_not_asked_for() {
    let elsewhere: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 53\r\nconnection: close\r\n\r\n{\"values\": [], \"next\": \"https://elsewhere.example/\"}  ";
    faults::an_answer_that_is_none_is_tried_again_and_moves_nothing::<Bitbucket>(&[elsewhere])
        .await;
}

#[tokio::test]
async fn parts_that_are_turned_off_do_not_stop_the_rest() {
    let paths = ["/pullrequests", "/refs", "/pipelines", "/statuses"];
    let statuses = [403, 404, 410];
    faults::parts_that_are_turned_off_do_not_stop_the_rest::<Bitbucket>(&paths, &statuses).await;
}

#[tokio::test]
async fn nobody_is_asked_when_nothing_is_watched() {
    faults::nobody_is_asked_when_nothing_is_watched::<Bitbucket>().await;
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
