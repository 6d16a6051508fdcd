//! `repo.build.failed`.

use jiff::{SignedDuration, Timestamp};
use perch_core::facts::Facts;
use perch_core::filter::{Filter, Treatment};
use perch_core::preferences::Mute;

use super::Expected::{Inbox, Silent, Toast};
use super::{all_hold, history};
use crate::house::acme::{Happening, build, rust_fails};
use crate::house::start;

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

fn fails(job: &str, branch: &str, actor: &str, name: &str, minutes: i64) -> Happening {
    let event = build(false, job, branch, "a1", actor, after(minutes));
    (event, rust_fails(name, "src/main.rs"))
}

fn passes(job: &str, branch: &str, actor: &str, minutes: i64) -> Happening {
    let event = build(true, job, branch, "a2", actor, after(minutes));
    (event, Facts::default())
}

/// The same on another commit.
fn on(commit: &str, (mut event, facts): Happening) -> Happening {
    event.subject.commit = Some(commit.into());
    (event, facts)
}

const COUNT: &str = "Cannot find value `count` in this scope in src/main.rs";
const TOTAL: &str = "Cannot find value `total` in this scope in src/main.rs";

#[tokio::test]
async fn what_turns_red_speaks_and_what_is_known_or_anothers_does_not() {
    let count = |minutes| fails("test", "main", "grace", "count", minutes);
    let asked = {
        let (mut event, facts) = fails("test", "linus/9", "linus", "count", 1);
        event.involves = vec!["ada".into()];
        (event, facts)
    };
    let matrix = {
        let (event, facts) = fails("test (3.12)", "ada/7", "ada", "count", 2);
        (event, facts)
    };
    all_hold(
        "build_failed",
        vec![
            history("the default branch goes red", vec![count(1)], Toast(COUNT)),
            history(
                "the user's own branch goes red",
                vec![fails("test", "ada/7", "ada", "count", 1)],
                Toast(COUNT),
            ),
            history(
                "a build the user was asked about",
                vec![asked],
                Toast(COUNT),
            ),
            history(
                "another cause on a branch that is red already",
                vec![
                    count(1),
                    on("a2", fails("test", "main", "grace", "total", 40)),
                ],
                Toast(TOTAL),
            ),
            history(
                "red again after it was green",
                vec![
                    count(1),
                    passes("test", "main", "grace", 20),
                    on("a3", count(60)),
                ],
                Toast(COUNT),
            ),
            history(
                "another job of the same branch, for another cause",
                vec![
                    fails("test", "ada/7", "ada", "count", 1),
                    fails("lint", "ada/7", "ada", "total", 3),
                ],
                Toast(TOTAL),
            ),
            history(
                "the same failure once more",
                vec![count(1), on("a2", count(30))],
                Silent("it updates a suggestion that was shown already"),
            ),
            history(
                "a colleague's branch",
                vec![fails("test", "grace/8", "grace", "count", 1)],
                Inbox(COUNT),
            ),
            history(
                "another job of a matrix, for the same cause",
                vec![fails("test (3.11)", "ada/7", "ada", "count", 1), matrix],
                Inbox(COUNT),
            ),
            history(
                "a job that was muted",
                vec![fails("nightly", "main", "grace", "count", 1)],
                Silent("you muted job `ci / nightly`"),
            )
            .wishing(|preferences| {
                preferences.mutes = vec![Mute {
                    job: Some("ci / nightly".into()),
                    ..Mute::default()
                }];
            }),
            history(
                "a build that passes",
                vec![passes("test", "main", "grace", 1)],
                Silent("it passed, and there is no earlier passing run to compare it with"),
            ),
            history(
                "a colleague's job that the user's filter keeps out",
                vec![fails("fuzz", "main", "ken", "count", 1)],
                Silent("your filter job `ci / fuzz` says that nothing is ever made of it"),
            )
            .wishing(|preferences| {
                preferences.filters = vec![Filter {
                    action: Treatment::Never,
                    job: Some("ci / fuzz".into()),
                    ..Filter::default()
                }];
            }),
            history(
                "a repository that was muted",
                vec![count(1)],
                Silent("you muted repository `acme/api`"),
            )
            .wishing(|preferences| {
                preferences.mutes = vec![Mute {
                    repository: Some("acme/api".into()),
                    ..Mute::default()
                }];
            }),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_failure_that_is_mended_before_the_quiet_hours_end_is_never_shown() {
    let house = crate::house::House::at_a_forge();
    house.prefer(|preferences| {
        preferences.time_zone = "UTC".into();
        preferences.quiet_hours = Some((
            jiff::civil::time(8, 0, 0, 0),
            jiff::civil::time(12, 0, 0, 0),
        ));
    });
    house
        .hears(fails("test", "main", "grace", "count", 1))
        .await;
    assert_eq!(house.suggestions().await.len(), 1);
    house.hears(passes("test", "main", "grace", 60)).await;
    assert_eq!(house.suggestions().await.len(), 0);
    for minutes in (70..300).step_by(10) {
        house.step(after(minutes)).await;
    }
    assert!(house.recorder.titles().is_empty());
}
