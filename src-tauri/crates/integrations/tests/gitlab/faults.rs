//! What the far side's refusals, limits and breakdowns become.

use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::forge::{Refusal, Trouble};
use perch_testkit::scenario::faults::{self, refuse};

use crate::support::{REPO, Watch, keys};

/// An object where a list is asked for.
const NO_LIST: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

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
    faults::each_refusal_becomes_what_the_road_does_about_it::<GitLab>(cases).await;
}

#[tokio::test]
async fn an_empty_quota_is_waited_for() {
    faults::an_empty_quota_is_waited_for::<GitLab>().await;
}

#[tokio::test]
async fn a_project_that_fails_does_not_hold_up_the_others() {
    faults::a_repository_that_fails_does_not_hold_up_the_others::<GitLab>().await;
}

#[tokio::test]
async fn a_project_that_moved_was_archived_or_deleted_is_told() {
    faults::what_moved_was_archived_or_deleted_is_told::<GitLab>().await;
}

#[tokio::test]
async fn what_stands_in_between_is_told_apart() {
    faults::what_stands_in_between_is_told_apart::<GitLab>().await;
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

#[tokio::test]
async fn an_answer_that_is_cut_off_or_no_json_is_tried_again() {
    faults::an_answer_that_is_none_is_tried_again_and_moves_nothing::<GitLab>(&[NO_LIST]).await;
}

#[tokio::test]
async fn nobody_is_asked_when_nothing_is_watched() {
    faults::nobody_is_asked_when_nothing_is_watched::<GitLab>().await;
}
