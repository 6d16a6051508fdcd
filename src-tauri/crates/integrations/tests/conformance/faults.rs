//! What refusals, limits and breakdowns of the far side become.

use perch_testkit::forge::Refusal;
use perch_testkit::scenario::faults::{self as scenario, refuse};

use crate::forges::{Conduct, for_every_forge};

for_every_forge! {
    each_refusal_becomes_what_the_road_does_about_it
    limits_without_an_end_double_until_an_answer_comes
    an_empty_quota_is_waited_for
    a_repository_that_fails_does_not_hold_up_the_others
    a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing
    a_repository_that_moved_was_archived_or_deleted_is_told
    what_stands_in_between_is_told_apart
    an_answer_that_is_none_is_tried_again_and_moves_nothing
    an_answer_that_does_not_end_is_given_up_and_moves_nothing
    parts_that_are_turned_off_do_not_stop_the_rest
    nobody_is_asked_when_nothing_is_watched
}

async fn each_refusal_becomes_what_the_road_does_about_it<P: Conduct>() {
    let retry = || vec![("retry-after", "17".into())];
    let all = |status, headers| refuse(P::REPOSITORIES, status, "Not this time", headers);
    let mut cases: Vec<(Refusal, &str)> = vec![
        (all(401, vec![]), "refused"),
        (all(403, vec![]), "refused"),
        (all(404, vec![]), "misconfigured"),
        (all(409, vec![]), "unavailable"),
        (all(410, vec![]), "misconfigured"),
        (all(422, vec![]), "unavailable"),
        (all(429, vec![]), "wait 60"),
        (all(429, retry()), "wait 17"),
        (all(500, vec![]), "unavailable"),
        (all(502, vec![]), "unavailable"),
        (all(503, vec![]), "unavailable"),
        (all(503, retry()), "wait 17"),
    ];
    cases.extend(P::refusals());
    scenario::each_refusal_becomes_what_the_road_does_about_it::<P>(cases).await;
}

async fn limits_without_an_end_double_until_an_answer_comes<P: Conduct>() {
    let (status, words) = P::LIMIT;
    let path = P::REPOSITORIES;
    scenario::limits_without_an_end_double_until_an_answer_comes::<P>(path, status, words).await;
}

async fn an_empty_quota_is_waited_for<P: Conduct>() {
    if P::TELLS_QUOTA {
        scenario::an_empty_quota_is_waited_for::<P>().await;
    }
}

async fn a_repository_that_fails_does_not_hold_up_the_others<P: Conduct>() {
    scenario::a_repository_that_fails_does_not_hold_up_the_others::<P>().await;
}

async fn a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing<P: Conduct>() {
    scenario::a_poll_that_breaks_off_anywhere_loses_and_repeats_nothing::<P>().await;
}

async fn a_repository_that_moved_was_archived_or_deleted_is_told<P: Conduct>() {
    if P::FOLLOWS {
        scenario::what_moved_was_archived_or_deleted_is_told::<P>().await;
    }
}

async fn what_stands_in_between_is_told_apart<P: Conduct>() {
    scenario::what_stands_in_between_is_told_apart::<P>().await;
}

async fn an_answer_that_is_none_is_tried_again_and_moves_nothing<P: Conduct>() {
    scenario::an_answer_that_is_none_is_tried_again_and_moves_nothing::<P>(P::NONSENSE).await;
}

async fn an_answer_that_does_not_end_is_given_up_and_moves_nothing<P: Conduct>() {
    scenario::an_answer_that_does_not_end_is_given_up_and_moves_nothing::<P>().await;
}

async fn parts_that_are_turned_off_do_not_stop_the_rest<P: Conduct>() {
    let (paths, statuses) = P::PARTS;
    scenario::parts_that_are_turned_off_do_not_stop_the_rest::<P>(paths, statuses).await;
}

async fn nobody_is_asked_when_nothing_is_watched<P: Conduct>() {
    scenario::nobody_is_asked_when_nothing_is_watched::<P>().await;
}
