//! The whole road over a real store, with a far side that the test scripts.

#![expect(clippy::unwrap_used, reason = "a test fails where something is amiss")]

#[path = "road/builds.rs"]
mod builds;
#[path = "road/filters.rs"]
mod filters;
#[path = "road/follow.rs"]
mod follow;
#[path = "road/hindsight.rs"]
mod hindsight;
#[path = "road/histories/mod.rs"]
mod histories;
mod house;
#[path = "road/month.rs"]
mod month;
#[path = "road/survey.rs"]
mod survey;
#[path = "road/words.rs"]
mod words;

use std::sync::atomic::Ordering;

use house::{House, failed_build, passed_build, start};
use jiff::SignedDuration;
use perch_core::action::Amendments;
use perch_core::delivery::Door;
use perch_core::event::{Event, EventState};
use perch_core::id::UserId;
use perch_core::outcome::ActionState;
use perch_core::seam::publisher::PublishError;
use perch_core::suggestion::SuggestionState;
use perch_core::user::VibeConfig;
use perch_store::table::{agent_runs, events, suggestions, users};
use perch_testkit::provider::delivery_of;

#[tokio::test]
async fn one_happening_by_webhook_poll_and_redelivery_is_one_event_one_suggestion_one_toast() {
    let house = House::open();
    let event = failed_build(1);
    house.far_side().batches = vec![vec![event.clone()], vec![event.clone()]].into();
    house.is_told(event.clone(), start()).await;
    for round in 0..3 {
        house.step(start() + SignedDuration::from_mins(round)).await;
    }
    house.is_told(event, start()).await;
    house.step(start() + SignedDuration::from_mins(9)).await;

    assert_eq!(house.events().await.len(), 1);
    assert_eq!(house.suggestions().await.len(), 1);
    assert_eq!(house.recorder.titles().len(), 1);
}

#[tokio::test]
async fn without_auto_suggest_the_event_is_stored_no_run_is_made_and_the_verdict_says_so() {
    let house = House::open();
    let user = house.user.clone();
    house
        .db
        .write(move |db| {
            let vibe = VibeConfig {
                auto_suggest: false,
                ..VibeConfig::default()
            };
            users::put_vibe(db, &user, &vibe)
        })
        .await
        .unwrap();
    house.happens(failed_build(1)).await;

    let event = house.events().await.remove(0);
    assert_eq!(event.state, EventState::Silent);
    assert!(
        event
            .verdict
            .unwrap()
            .reason
            .starts_with("auto_suggest is off")
    );
    let runs = house
        .db
        .read(move |db| agent_runs::count(db, event.id))
        .await
        .unwrap();
    assert_eq!((runs, house.suggestions().await.len()), (0, 0));
}

#[tokio::test]
async fn accepting_dismissing_and_snoozing_are_acting_and_looking_is_not() {
    let house = House::open();
    for number in 1..=4 {
        house.happens(failed_build(number)).await;
    }
    let found = house.suggestions().await;
    let by_title = |number: u32| {
        found
            .iter()
            .find(|one| one.subject.branch == Some(format!("branch-{number}")))
            .unwrap()
            .clone()
    };
    let (looked, accepted, dismissed, snoozed) =
        (by_title(1), by_title(2), by_title(3), by_title(4));
    let looked_at = looked.id;
    house
        .db
        .write(move |db| suggestions::mark_seen(db, looked_at, start()))
        .await
        .unwrap();
    house
        .engine
        .accept(
            accepted.id,
            accepted.actions[0].id,
            Amendments::default(),
            start(),
        )
        .await
        .unwrap();
    house
        .engine
        .dismiss(dismissed.id, None, start())
        .await
        .unwrap();
    house
        .engine
        .snooze(snoozed.id, start() + SignedDuration::from_hours(1), start())
        .await
        .unwrap();

    let mut acted: Vec<_> = house
        .events()
        .await
        .into_iter()
        .map(|row| (row.event.subject.branch.unwrap(), row.user_actioned))
        .collect();
    acted.sort();
    let expected = [
        ("branch-1", false),
        ("branch-2", true),
        ("branch-3", true),
        ("branch-4", true),
    ];
    assert_eq!(
        acted,
        expected.map(|(branch, acted)| (branch.to_owned(), acted))
    );
}

#[tokio::test]
async fn accepting_twice_publishes_once_and_undo_takes_it_back() {
    let house = House::open();
    house.happens(failed_build(1)).await;
    let suggestion = house.suggestions().await.remove(0);
    let action = suggestion.actions[0].id;
    let accept = || {
        house
            .engine
            .accept(suggestion.id, action, Amendments::default(), start())
    };
    let (first, second) = tokio::join!(accept(), accept());
    assert_eq!(first.unwrap().state, ActionState::Done);
    assert_eq!(second.unwrap().state, ActionState::Done);
    assert_eq!(
        house
            .far_side()
            .calls
            .iter()
            .filter(|call| **call == "perform")
            .count(),
        1
    );
    assert_eq!(house.far_side().standing.len(), 1);

    let undone = house.engine.undo(action, start()).await.unwrap();
    assert_eq!(undone.state, ActionState::Undone);
    assert!(house.far_side().standing.is_empty());
    let again = house.suggestions().await.remove(0);
    assert_eq!(again.state, SuggestionState::Open);
}

#[tokio::test]
async fn without_approval_the_listed_kinds_run_by_themselves_and_nothing_else_does() {
    let house = House::open();
    house.prefer(|preferences| preferences.auto_accept = vec!["branch".into()]);
    house.happens(failed_build(1)).await;
    assert!(house.far_side().standing.is_empty(), "approval is required");

    let user = house.user.clone();
    house
        .db
        .write(move |db| {
            let vibe = VibeConfig {
                approval_required: false,
                ..VibeConfig::default()
            };
            users::put_vibe(db, &user, &vibe)
        })
        .await
        .unwrap();
    house.prefer(|preferences| preferences.auto_accept = vec!["tree".into()]);
    house.happens(failed_build(2)).await;
    assert!(house.far_side().standing.is_empty(), "another kind leads");

    house.prefer(|preferences| preferences.auto_accept = vec!["branch".into()]);
    let toasts = house.recorder.titles().len();
    house.happens(failed_build(3)).await;
    assert_eq!(house.far_side().standing.len(), 1);
    assert_eq!(
        house.recorder.titles().len(),
        toasts,
        "nothing is left to decide"
    );
    assert_eq!(house.suggestions().await.len(), 2, "it is in the history");
    let event = house.events().await.remove(0);
    assert_eq!(
        event.verdict.unwrap().reason,
        "`branch` runs by itself, as `auto_accept` says"
    );
    assert!(!event.user_actioned);
}

#[tokio::test]
async fn a_burst_is_told_by_its_first_toasts_and_one_that_grows() {
    let house = House::open();
    for number in 1..=5 {
        house.is_told(failed_build(number), start()).await;
    }
    let titles = house.recorder.titles();
    assert_eq!(titles.len(), 5);
    assert_eq!(
        titles[3..],
        ["4 suggestions wait for you", "5 suggestions wait for you"]
    );
    let shown = house.recorder.shown.lock().unwrap().clone();
    assert_eq!(shown[3].tag, shown[4].tag);
    assert_eq!(shown[4].buttons.len(), 1);
}

#[tokio::test]
async fn what_happened_while_nobody_watched_is_told_by_one_toast() {
    let house = House::open();
    house.step(start()).await;
    let back = start() + SignedDuration::from_hours(9);
    house.far_side().batches = vec![vec![failed_build(1), failed_build(2), failed_build(3)]].into();
    house.step(back).await;
    assert_eq!(house.recorder.titles(), ["3 suggestions wait for you"]);

    // As usual from then on.
    house.far_side().batches = vec![vec![failed_build(4)]].into();
    house.step(back + SignedDuration::from_mins(5)).await;
    assert_eq!(house.recorder.titles().len(), 2);
    assert_eq!(
        house.recorder.titles()[1],
        "Unused mut denied in src/main.rs"
    );

    for suggestion in house.suggestions().await {
        house
            .engine
            .dismiss(suggestion.id, None, back)
            .await
            .unwrap();
    }
    let withdrawn = house.recorder.withdrawn.lock().unwrap().clone();
    assert_eq!(withdrawn.last().unwrap(), "digest");
}

#[tokio::test]
async fn toasts_wait_for_far_sides_that_are_still_being_asked_but_not_for_ever() {
    let house = House::open();
    house.step(start()).await;
    let back = start() + SignedDuration::from_hours(1);
    // A webhook comes in while polls are due and not done.
    house.is_told(failed_build(1), back).await;
    assert_eq!(house.suggestions().await.len(), 1);
    assert!(house.recorder.titles().is_empty());
    let later = back + SignedDuration::from_mins(3);
    house.engine.step_road(&house.user, later).await.unwrap();
    assert_eq!(house.recorder.titles().len(), 1);
}

#[tokio::test]
async fn an_unreachable_far_side_is_tried_again_and_a_refusal_is_told() {
    let house = House::open();
    house.happens(failed_build(1)).await;
    let suggestion = house.suggestions().await.remove(0);
    let action = suggestion.actions[0].id;
    house.far_side().refusals = vec![PublishError::Unavailable("no network".into())].into();
    let accept = |now| {
        house
            .engine
            .accept(suggestion.id, action, Amendments::default(), now)
    };
    assert_eq!(accept(start()).await.unwrap().state, ActionState::Running);
    house.step(start() + SignedDuration::from_mins(10)).await;
    assert_eq!(accept(start()).await.unwrap().state, ActionState::Done);

    house.happens(failed_build(20)).await;
    let suggestion = house.suggestions().await.remove(0);
    house.far_side().refusals = vec![PublishError::Refused {
        reason: "the branch is protected".into(),
        next_step: "ask an owner".into(),
    }]
    .into();
    let outcome = house
        .engine
        .accept(
            suggestion.id,
            suggestion.actions[0].id,
            Amendments::default(),
            start(),
        )
        .await
        .unwrap();
    assert_eq!(outcome.state, ActionState::Failed);
    assert_eq!(
        outcome.error.unwrap(),
        "the branch is protected; ask an owner"
    );
    let standing = house.suggestions().await;
    assert!(
        standing
            .iter()
            .any(|one| one.id == suggestion.id && one.state == SuggestionState::Open)
    );
}

#[tokio::test]
async fn a_passing_run_of_the_same_job_overtakes_the_suggestion_and_its_toast() {
    let house = House::open();
    house.happens(failed_build(1)).await;
    let suggestion = house.suggestions().await.remove(0);
    house.happens(passed_build(1)).await;
    assert!(house.suggestions().await.is_empty());
    assert_eq!(
        *house.recorder.withdrawn.lock().unwrap(),
        [suggestion.id.to_string(), "digest".to_owned()]
    );
}

#[tokio::test]
async fn an_attempt_that_passes_after_one_that_failed_shows_what_is_flaky_beside_nothing_else() {
    let house = House::open();
    let on_main = |mut event: Event, attempt: u32| {
        event.subject.branch = Some("main".into());
        event.subject.on_default_branch = true;
        event.data["build"]["local"] = false.into();
        event.dedup_key = event
            .dedup_key
            .replace("/run/1/1/", &format!("/run/1/{attempt}/"));
        event.at += SignedDuration::from_mins(i64::from(attempt));
        event
    };
    house.happens(on_main(failed_build(1), 1)).await;
    let failed = house.suggestions().await.remove(0);
    house.happens(on_main(passed_build(1), 2)).await;
    let flaky = house.suggestions().await;
    assert_eq!(flaky.len(), 1, "the failure is overtaken");
    assert_eq!(flaky[0].rule, "health/flaky");
    assert_eq!(
        flaky[0].points[0].text,
        "`cargo build` failed (`rust/unused_mut`) on this commit before, and passed now: something in it is flaky"
    );
    assert_ne!(flaky[0].merge_key, failed.merge_key);
    house.happens(on_main(failed_build(1), 3)).await;
    let rules: Vec<String> = house
        .suggestions()
        .await
        .into_iter()
        .map(|one| one.rule)
        .collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
}

#[tokio::test]
async fn a_pause_holds_events_back_and_its_end_lets_them_go_on() {
    let house = House::open();
    let user = house.user.clone();
    let until = start() + SignedDuration::from_hours(1);
    house
        .db
        .write(move |db| users::pause(db, &user, Some(until)))
        .await
        .unwrap();
    house.happens(failed_build(1)).await;
    assert!(house.suggestions().await.is_empty());
    house.step(until + SignedDuration::from_secs(1)).await;
    assert_eq!(house.suggestions().await.len(), 1);
}

#[tokio::test]
async fn a_snoozed_suggestion_comes_back_when_it_is_due() {
    let house = House::open();
    house.happens(failed_build(1)).await;
    let suggestion = house.suggestions().await.remove(0);
    let until = start() + SignedDuration::from_hours(2);
    house
        .engine
        .snooze(suggestion.id, until, start())
        .await
        .unwrap();
    assert!(house.suggestions().await.is_empty());
    house.step(until).await;
    assert_eq!(house.suggestions().await.len(), 1);
}

#[tokio::test]
async fn what_was_there_at_the_first_look_suggests_nothing() {
    let house = House::open();
    let event = failed_build(1);
    let row = perch_core::delivery::Delivery {
        id: perch_core::id::DeliveryId::new(start(), &["baseline"]),
        user_id: house.user.clone(),
        connection_id: house.connection.clone(),
        received_at: start(),
        message: delivery_of(&event, Door::Poll),
    };
    house
        .db
        .write(move |db| perch_store::table::deliveries::insert(db, &row.into(), true).map(drop))
        .await
        .unwrap();
    house.step(start()).await;
    let event = house.events().await.remove(0);
    assert_eq!(
        event.verdict.unwrap().reason,
        "it was there already when watching began"
    );
}

#[tokio::test]
async fn a_user_whose_provider_never_answers_keeps_nobody_waiting_and_nothing_is_mixed() {
    let house = House::open();
    let (other, stuck) = house.add_stuck_user("bob").await;
    stuck.side().silent = true;
    house.far_side().batches = vec![vec![failed_build(1)]].into();
    let loops = perch_engine::loops::Loops::new(house.engine.clone(), start);
    loops.start_as_left().await.unwrap();
    assert!(loops.is_running(&house.user) && loops.is_running(&other));
    house.eventually(|found| found == 1).await;

    loops.stop(&house.user).await.unwrap();
    assert!(!loops.is_running(&house.user));
    loops.start(&house.user).await.unwrap();
    assert!(loops.is_running(&house.user));
    let seen: Vec<UserId> = house
        .db
        .read(move |db| {
            Ok(events::list(db, &other, None, 100)?
                .into_iter()
                .map(|row| row.user_id)
                .collect())
        })
        .await
        .unwrap();
    assert!(seen.is_empty(), "the other user sees {seen:?}");
}

/// How often the clock below was looked at, which each round does a few times.
static LOOKS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

fn watched_clock() -> jiff::Timestamp {
    LOOKS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    start()
}

#[tokio::test]
async fn a_loop_with_nothing_to_do_rests() {
    let house = House::open();
    let loops = perch_engine::loops::Loops::new(house.engine.clone(), watched_clock);
    loops.start_as_left().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    loops.end();
    let looks = LOOKS.load(std::sync::atomic::Ordering::Relaxed);
    assert!((1..50).contains(&looks), "{looks} looks at the clock");
}

#[tokio::test]
async fn what_is_old_and_led_to_nothing_is_forgotten_and_the_rest_stays() {
    let house = House::open();
    house.happens(failed_build(1)).await;
    house.happens(passed_build(2)).await;
    let later = start() + SignedDuration::from_hours(24 * 400);
    house.engine.age_out(start()).await.unwrap();
    assert_eq!(house.events().await.len(), 2);
    house.engine.age_out(later).await.unwrap();
    let left = house.events().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].state, EventState::Suggested);
}

#[tokio::test]
async fn a_step_that_fails_five_times_is_told_once_and_no_longer_when_it_works() {
    let house = House::open();
    let own = |all: Vec<perch_core::suggestion::Suggestion>| {
        all.into_iter()
            .filter(|one| one.rule == "perch_step_fails")
            .collect::<Vec<_>>()
    };
    house.recorder.broken.store(true, Ordering::Relaxed);
    for number in 1..=4 {
        house.happens(failed_build(number)).await;
    }
    assert_eq!(own(house.suggestions().await), []);
    for number in 5..=8 {
        house.happens(failed_build(number)).await;
    }
    let told = own(house.suggestions().await);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].title, "Perch itself: the step `notify` fails");
    assert_eq!(
        told[0].why,
        "It failed 5 times in a row: the notice was not shown: no notification service answers"
    );
    assert!(told[0].body.contains("perch doctor"), "{}", told[0].body);
    let health = house.engine.health(start()).await.unwrap();
    let notify = health.iter().find(|one| one.step == "notify").unwrap();
    assert_eq!((notify.count.errors, notify.count.in_a_row), (8, 8));

    house.recorder.broken.store(false, Ordering::Relaxed);
    house.happens(failed_build(9)).await;
    assert_eq!(own(house.suggestions().await), []);
}
