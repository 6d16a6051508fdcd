//! What the far side's refusals, limits and breakdowns become.

use perch_core::seam::provider::Provider;
use perch_integrations::providers::gitea::Gitea;
use perch_testkit::forge::Refusal;
use perch_testkit::scenario::faults::{self, refuse};

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
    faults::each_refusal_becomes_what_the_road_does_about_it::<Gitea>(cases).await;
}

#[tokio::test]
async fn limits_without_an_end_double_until_an_answer_comes() {
    let limit = "rate limit exceeded";
    faults::limits_without_an_end_double_until_an_answer_comes::<Gitea>("/repos/", 403, limit)
        .await;
}

#[tokio::test]
async fn a_repository_that_fails_does_not_hold_up_the_others() {
    faults::a_repository_that_fails_does_not_hold_up_the_others::<Gitea>().await;
}

#[tokio::test]
async fn a_repository_that_moved_was_archived_or_deleted_is_told() {
    faults::what_moved_was_archived_or_deleted_is_told::<Gitea>().await;
}

#[tokio::test]
async fn what_stands_in_between_is_told_apart() {
    faults::what_stands_in_between_is_told_apart::<Gitea>().await;
}

#[tokio::test]
async fn a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing() {
    faults::a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing::<Gitea>().await;
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
    insta::assert_snapshot!([lines.lines, lines.faults].concat().join("\n"));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_none_of_the_servers_is_tried_again_and_moves_nothing() {
    faults::an_answer_that_is_none_is_tried_again_and_moves_nothing::<Gitea>(&[]).await;
}

#[tokio::test]
async fn parts_that_are_turned_off_do_not_stop_the_rest() {
    let paths = [
        "/issues/comments",
        "/releases",
        "/git/refs",
        "/actions",
        "/status",
    ];
    let statuses = [403, 404, 409, 410, 422];
    faults::parts_that_are_turned_off_do_not_stop_the_rest::<Gitea>(&paths, &statuses).await;
}
