//! What the far side's refusals, limits and breakdowns become.

use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::forge::Refusal;
use perch_testkit::scenario::faults::{self, refuse};

const DENIED: &str = "You are not permitted to access this resource";

#[tokio::test]
async fn each_refusal_becomes_what_the_road_does_about_it() {
    let all = "/rest/";
    let retry = || vec![("retry-after", "17".into())];
    let cases: Vec<(Refusal, &str)> = vec![
        (refuse(all, 401, "Authentication failed", vec![]), "refused"),
        (refuse(all, 401, DENIED, vec![]), "refused"),
        (refuse(all, 403, DENIED, vec![]), "refused"),
        (refuse(all, 404, "Not found", vec![]), "misconfigured"),
        (refuse(all, 410, "Gone", vec![]), "misconfigured"),
        (refuse(all, 409, "Conflict", vec![]), "unavailable"),
        (refuse(all, 422, "Unprocessable", vec![]), "unavailable"),
        (refuse(all, 500, "Oops", vec![]), "unavailable"),
        (refuse(all, 503, "Maintenance", vec![]), "unavailable"),
        (refuse(all, 503, "Maintenance", retry()), "wait 17"),
        (refuse(all, 429, "Rate limited", vec![]), "wait 60"),
        (refuse(all, 429, "Rate limited", retry()), "wait 17"),
    ];
    faults::each_refusal_becomes_what_the_road_does_about_it::<BitbucketDc>(cases).await;
}

#[tokio::test]
async fn limits_without_an_end_double_until_an_answer_comes() {
    faults::limits_without_an_end_double_until_an_answer_comes::<BitbucketDc>(
        "/rest/",
        429,
        "You have been rate limited",
    )
    .await;
}

#[tokio::test]
async fn a_repository_that_fails_does_not_hold_up_the_others() {
    faults::a_repository_that_fails_does_not_hold_up_the_others::<BitbucketDc>().await;
}

#[tokio::test]
async fn a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing() {
    faults::a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing::<BitbucketDc>().await;
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_none_of_bitbuckets_is_tried_again_and_moves_nothing() {
    let no_page = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    faults::an_answer_that_is_none_is_tried_again_and_moves_nothing::<BitbucketDc>(&[no_page])
        .await;
}

#[tokio::test]
async fn parts_that_are_turned_off_do_not_stop_the_rest() {
    let paths = ["/pull-requests", "/build-status"];
    let statuses = [403, 404, 410];
    faults::parts_that_are_turned_off_do_not_stop_the_rest::<BitbucketDc>(&paths, &statuses).await;
}

#[tokio::test]
async fn nobody_is_asked_when_nothing_is_watched() {
    faults::nobody_is_asked_when_nothing_is_watched::<BitbucketDc>().await;
}
