//! What becomes of pull requests Perch opened: red ones are said so, ends are feedback, own doings suggest nothing.

use perch_core::action::{Amendments, Step};
use perch_core::event::{Event, EventState};
use perch_core::event_type::EventType;
use perch_core::outcome::ActionState;
use perch_core::suggestion::{Suggestion, SuggestionState};
use perch_store::table::feedback;
use serde_json::json;

use crate::house::{House, failed_build, start};

/// A forge where the fix for a failed build was accepted and is pull request 1 now; with the suggestion.
async fn accepted() -> (House, Suggestion) {
    let house = House::at_a_forge();
    house.happens(failed_build(1)).await;
    let suggestion = house.suggestions().await.remove(0);
    let action = &suggestion.actions[0];
    assert_eq!(action.kind, "pull_request");
    let outcome = house
        .engine
        .accept(suggestion.id, action.id, Amendments::default(), start())
        .await
        .unwrap();
    assert_eq!(outcome.state, ActionState::Done);
    (house, suggestion)
}

fn branch(suggestion: &Suggestion) -> String {
    let Step::CreateBranch { branch, .. } = &suggestion.actions[0].steps[0] else {
        panic!("a pull request begins with its branch");
    };
    branch.clone()
}

/// Something that happens to the pull request from `branch`.
fn happening(number: u32, event_type: EventType, branch: &str) -> Event {
    let mut event = failed_build(number);
    event.event_type = event_type;
    event.dedup_key = format!("scripted/here/7/{event_type}/{number}");
    event.subject.branch = Some(branch.into());
    event.data = json!({"build": {"workflow": "CI", "job": "test", "local": false}});
    if event_type != EventType::BUILD_FAILED {
        event.subject.key = "pull/1".into();
        event.subject.number = Some(1);
    }
    event
}

async fn fates(house: &House, suggestion: &Suggestion) -> Vec<String> {
    let id = suggestion.id;
    let lines = house.db.read(move |db| feedback::of(db, id)).await.unwrap();
    lines.into_iter().map(|(kind, _)| kind).collect()
}

#[tokio::test]
async fn a_pull_request_of_ours_that_turns_red_is_said_so_and_can_be_revised_or_closed() {
    let (house, first) = accepted().await;
    let branch = branch(&first);
    for number in [5, 6] {
        house
            .happens(happening(number, EventType::BUILD_FAILED, &branch))
            .await;
    }
    let inbox = house.suggestions().await;
    let [red] = inbox.as_slice() else {
        panic!("one suggestion, not {}", inbox.len());
    };
    assert_eq!(red.why, "#1, which Perch opened for you, turned red");
    assert!(
        red.title.starts_with("#1 of Perch fails: "),
        "{}",
        red.title
    );
    assert!(
        red.points[0].text.contains(&first.title),
        "{:?}",
        red.points[0]
    );
    let kinds: Vec<&str> = red.actions.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["pull_request", "comment", "close"]);
    assert_eq!(
        fates(&house, &first).await,
        ["accepted", "turned_red"],
        "once for each"
    );

    // Closed, by Perch or by hand, nothing is left to decide.
    house
        .happens(happening(7, EventType::PR_CLOSED, &branch))
        .await;
    assert!(house.suggestions().await.is_empty());
    assert_eq!(
        fates(&house, &first).await,
        ["accepted", "turned_red", "closed"]
    );
}

#[tokio::test]
async fn a_merged_one_speaks_for_its_rule() {
    let (house, first) = accepted().await;
    house
        .happens(happening(5, EventType::PR_MERGED, &branch(&first)))
        .await;
    assert_eq!(fates(&house, &first).await, ["accepted", "merged"]);
}

#[tokio::test]
async fn a_branch_that_only_looks_like_ours_or_was_taken_back_is_like_any_other() {
    let (house, first) = accepted().await;
    house
        .happens(happening(5, EventType::BUILD_FAILED, "perch/somebody-else"))
        .await;
    let action = first.actions[0].id;
    house.engine.undo(action, start()).await.unwrap();
    house
        .happens(happening(6, EventType::BUILD_FAILED, &branch(&first)))
        .await;
    for suggestion in house.suggestions().await {
        assert!(
            !suggestion.why.contains("Perch opened"),
            "{}",
            suggestion.why
        );
    }
    assert_eq!(fates(&house, &first).await, ["accepted", "undone"]);
    let open = house.suggestions().await;
    assert!(open.iter().all(|one| one.state == SuggestionState::Open));
}

#[tokio::test]
async fn what_perch_did_itself_suggests_nothing() {
    let house = House::at_a_forge();
    let marked = "Part of it.\n\n<!-- perch:1a2b -->";
    let cases = [
        (EventType::PUSH, "perch/x", json!({})),
        (EventType::PR_OPENED, "perch/x", json!({})),
        (
            EventType::ISSUE_CREATED,
            "main",
            json!({"issue": {"body": marked}}),
        ),
        (
            EventType::ISSUE_COMMENT_CREATED,
            "main",
            json!({"comment": {"body": marked}}),
        ),
    ];
    for (number, (event_type, branch, data)) in (1..).zip(cases) {
        let mut event = happening(number, event_type, branch);
        event.data = data;
        house.happens(event).await;
    }
    let events = house.events().await;
    assert_eq!(events.len(), 4);
    for event in events {
        assert_eq!(
            event.state,
            EventState::Silent,
            "{}",
            event.event.event_type
        );
        let reason = event.verdict.unwrap().reason;
        let nothing = reason.contains("kept for history");
        assert!(nothing || reason == "Perch did this itself", "{reason}");
    }
    assert!(house.suggestions().await.is_empty());
}
