//! Filters over the whole road: what they make of events, why it says so, trying one, and the way back.

use jiff::SignedDuration;
use perch_core::event::EventState;
use perch_core::filter::{Filter, Treatment};
use perch_core::preferences::Mute;
use perch_core::suggestion::{Level, SuggestionState};
use perch_engine::trial::Fate;
use perch_store::table::suggestions;

use crate::house::{House, failed_build, start};

fn on_branch(number: u32, action: Treatment) -> Filter {
    Filter {
        action,
        branch: Some(format!("branch-{number}")),
        ..Filter::default()
    }
}

/// The last word on the newest event.
async fn reason(house: &House) -> String {
    house.events().await.remove(0).verdict.unwrap().reason
}

#[tokio::test]
async fn each_treatment_is_carried_out_and_said() {
    let house = House::open();
    house.prefer(|preferences| {
        preferences.filters = vec![
            on_branch(1, Treatment::Never),
            on_branch(2, Treatment::Silent),
            on_branch(3, Treatment::Urgent),
            on_branch(4, Treatment::Done),
            Filter {
                action: Treatment::Silent,
                path: Some("src/**".into()),
                branch: Some("branch-5".into()),
                ..Filter::default()
            },
        ];
    });
    house.happens(failed_build(1)).await;
    assert_eq!(house.suggestions().await.len(), 0);
    assert_eq!(
        reason(&house).await,
        "your filter branch `branch-1` says that nothing is ever made of it"
    );

    house.happens(failed_build(2)).await;
    assert_eq!(house.suggestions().await[0].level, Level::Silent);
    assert_eq!(
        reason(&house).await,
        "your filter branch `branch-2` says `silent`, and it waits in the inbox"
    );
    assert_eq!(house.recorder.titles().len(), 0);

    house.happens(failed_build(3)).await;
    assert_eq!(house.suggestions().await[0].level, Level::Urgent);
    assert_eq!(house.recorder.titles().len(), 1);

    house.happens(failed_build(4)).await;
    assert_eq!(house.suggestions().await.len(), 2, "it is in the history");
    assert_eq!(house.recorder.titles().len(), 1);

    // What only the finding shows is asked by the ranking.
    house.happens(failed_build(5)).await;
    assert_eq!(house.suggestions().await[0].level, Level::Silent);
    assert_eq!(
        reason(&house).await,
        "your filter branch `branch-5`, path `src/**` says `silent`, and it waits in the inbox"
    );
}

#[tokio::test]
async fn what_a_filter_filed_and_what_was_dismissed_can_be_put_back() {
    let house = House::open();
    house.prefer(|preferences| preferences.filters = vec![on_branch(1, Treatment::Done)]);
    house.happens(failed_build(1)).await;
    let run = house.events().await.remove(0);
    let filed = house
        .db
        .read(move |db| suggestions::of_event(db, run.id))
        .await
        .unwrap()
        .unwrap();
    house.engine.restore(filed, start()).await.unwrap();
    assert_eq!(house.suggestions().await[0].id, filed);

    house.engine.dismiss(filed, None, start()).await.unwrap();
    assert!(house.suggestions().await.is_empty());
    house.engine.restore(filed, start()).await.unwrap();
    assert_eq!(house.suggestions().await[0].state, SuggestionState::Open);
    let again = house.engine.restore(filed, start()).await.unwrap_err();
    assert_eq!(
        again.to_string(),
        "only what was dismissed or filed by a filter can be put back"
    );
}

#[tokio::test]
async fn trying_a_filter_says_what_would_have_fared_otherwise_and_changes_nothing() {
    let house = House::open();
    let never = on_branch(2, Treatment::Never);
    let kept = never.clone();
    house.prefer(|preferences| preferences.filters = vec![kept]);
    for number in 1..=3 {
        house.happens(failed_build(number)).await;
    }
    let day_ago = start() - SignedDuration::from_hours(24);
    let attempt = async |was: Option<&Filter>, filter: Option<&Filter>| {
        house
            .engine
            .try_filter(&house.user, (was, filter, None), day_ago)
            .await
            .unwrap()
            .map(|trial| {
                let differences = trial.differences.into_iter();
                let differences: Vec<_> = differences
                    .map(|(one, before, after)| {
                        (one.event.event.subject.branch.unwrap(), before, after)
                    })
                    .collect();
                (trial.events, differences)
            })
    };
    let silent = Filter {
        action: Treatment::Silent,
        event_type: Some("repo.build".into()),
        ..Filter::default()
    };
    let (events, differences) = attempt(None, Some(&silent)).await.unwrap();
    assert_eq!(events, 3);
    let inbox = |branch: &str| (branch.to_owned(), Fate::Toast, Fate::Inbox);
    assert_eq!(differences, [inbox("branch-3"), inbox("branch-1")]);

    // Taking one out: what it kept from being looked at would have been.
    let (_, differences) = attempt(Some(&never), None).await.unwrap();
    assert_eq!(
        differences,
        [("branch-2".to_owned(), Fate::Nothing, Fate::LookedAt)]
    );
    let unknown = on_branch(9, Treatment::Show);
    assert_eq!(
        attempt(Some(&unknown), None).await.unwrap_err(),
        "this filter is no longer set; look at them again"
    );
    assert_eq!(house.suggestions().await.len(), 2);
}

#[tokio::test]
async fn a_mute_goes_before_filters_and_a_finding_can_be_muted_by_its_rule() {
    let house = House::open();
    house.prefer(|preferences| {
        preferences.filters = vec![on_branch(1, Treatment::Urgent)];
        preferences.mutes = vec![Mute {
            rule: Some("rust/unused_mut".into()),
            ..Mute::default()
        }];
    });
    house.happens(failed_build(1)).await;
    let event = house.events().await.remove(0);
    assert_eq!(event.state, EventState::Silent);
    assert_eq!(
        event.verdict.unwrap().reason,
        "you muted rule `rust/unused_mut`"
    );
}

#[tokio::test]
async fn what_a_filter_accepts_runs_by_itself_once_and_can_be_undone() {
    let house = House::open();
    let accept = |kind: &str, number| Filter {
        kind: Some(kind.into()),
        ..on_branch(number, Treatment::Accept)
    };
    house.prefer(|preferences| {
        preferences.filters = vec![accept("branch", 1), accept("label", 2)];
    });
    house.happens(failed_build(1)).await;
    assert_eq!(
        house.far_side().standing.len(),
        1,
        "though approval is required"
    );
    assert_eq!(
        house.recorder.titles().len(),
        0,
        "nothing is left to decide"
    );
    assert_eq!(house.suggestions().await.len(), 0, "it is in the history");
    assert_eq!(
        reason(&house).await,
        "`branch` runs by itself, as your filter branch `branch-1` says"
    );
    let event = house.events().await.remove(0);
    let id = house
        .db
        .read(move |db| suggestions::of_event(db, event.id))
        .await
        .unwrap()
        .unwrap();
    let suggestion = house
        .db
        .read(move |db| suggestions::get(db, id))
        .await
        .unwrap()
        .unwrap();
    house
        .engine
        .undo(suggestion.actions[0].id, start())
        .await
        .unwrap();
    assert!(house.far_side().standing.is_empty());

    // Nothing of that kind is on offer, so the user decides.
    house.happens(failed_build(2)).await;
    assert!(house.far_side().standing.is_empty());
    assert_eq!(house.recorder.titles().len(), 1);
}
