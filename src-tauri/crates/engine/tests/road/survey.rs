//! Looks at dependencies over a real store: when they are told, and how often.

use jiff::{SignedDuration, Timestamp};
use perch_core::dependency::{Release, Releases};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::patch::Base;
use perch_core::seam::ecosystem::Unasked;
use perch_core::subject::Subject;

use crate::house::{House, start};

const MANIFEST: &str = "{\n  \"dependencies\": {\n    \"left\": \"1.0.0\"\n  }\n}\n";

fn days(count: i64) -> Timestamp {
    start() + SignedDuration::from_hours(24 * count)
}

/// A push to the default branch of a repository with one manifest.
async fn pushed(house: &House, manifest: &str, at: Timestamp) {
    let mut facts = house.far_side().facts.clone();
    facts.base = Some(Base {
        commit: "c0ffee".into(),
        branch: Some("main".into()),
        ..Base::default()
    });
    facts.tree = vec!["package.json".into()];
    facts.files = [("package.json".to_owned(), manifest.to_owned())].into();
    house.far_side().facts = facts;
    let push = Event {
        event_type: EventType::PUSH,
        dedup_key: format!("scripted/here/7/push/main/{at}"),
        subject: Subject {
            repository: "acme/api".into(),
            repository_key: "7".into(),
            key: "branch/main".into(),
            branch: Some("main".into()),
            on_default_branch: true,
            commit: Some("c0ffee".into()),
            url: Some("https://forge.example/acme/api/compare/a...b".into()),
            ..Subject::default()
        },
        at,
        actor: Some("ada".into()),
        involves: Vec::new(),
        data: serde_json::json!({}),
    };
    house.happens(push).await;
}

fn released(versions: &[(&str, Option<Timestamp>)]) -> Result<Vec<Releases>, Unasked> {
    Ok(vec![Releases {
        ecosystem: "npm".into(),
        name: "left".into(),
        releases: versions
            .iter()
            .map(|(version, at)| Release {
                version: (*version).into(),
                released_at: *at,
                withdrawn: false,
            })
            .collect(),
    }])
}

/// Looks, goes the road, and says what stands in the inbox.
async fn titles(house: &House, at: Timestamp) -> Vec<String> {
    house.engine.survey(&house.user, at).await.unwrap();
    house.step(at).await;
    let suggestions = house.suggestions().await;
    suggestions.into_iter().map(|one| one.title).collect()
}

#[tokio::test]
async fn an_outdated_dependency_is_told_once_per_state_and_withdrawn_once_it_moved() {
    let house = House::open();
    pushed(&house, MANIFEST, start()).await;
    house.registry.answers(released(&[
        ("1.0.0", Some(days(-900))),
        ("1.1.0", Some(days(-30))),
    ]));
    assert_eq!(titles(&house, days(0)).await, ["Update `left` to 1.1.0"]);
    assert_eq!(house.registry.asked(), [["left"]]);

    // Within the week nobody is asked, and the same state a week later is no second event.
    assert_eq!(titles(&house, days(6)).await.len(), 1);
    assert_eq!(house.registry.asked().len(), 1);
    let before = house.events().await.len();
    assert_eq!(titles(&house, days(8)).await, ["Update `left` to 1.1.0"]);
    assert_eq!(house.registry.asked().len(), 2);
    assert_eq!(house.events().await.len(), before);

    // Dismissed, the same state stays dismissed; another one is told.
    let suggestion = house.suggestions().await.remove(0);
    house
        .engine
        .dismiss(suggestion.id, None, days(8))
        .await
        .unwrap();
    assert_eq!(titles(&house, days(16)).await.len(), 0);
    house
        .registry
        .answers(released(&[("1.2.0", Some(days(10)))]));
    assert_eq!(titles(&house, days(24)).await, ["Update `left` to 1.2.0"]);

    pushed(&house, &MANIFEST.replace("1.0.0", "1.2.0"), days(26)).await;
    assert_eq!(titles(&house, days(33)).await.len(), 0, "it moved");
}

#[tokio::test]
async fn a_release_without_a_date_counts_from_when_it_was_seen_first() {
    let house = House::open();
    pushed(&house, MANIFEST, start()).await;
    house.registry.answers(released(&[("1.1.0", None)]));
    assert_eq!(titles(&house, days(0)).await.len(), 0);
    assert_eq!(titles(&house, days(8)).await, ["Update `left` to 1.1.0"]);
}

#[tokio::test]
async fn what_cannot_be_asked_or_read_is_silent_and_asked_again_in_its_turn() {
    let house = House::open();
    pushed(&house, MANIFEST, start()).await;
    house.registry.answers(Err(Unasked::NoClient("npm".into())));
    assert_eq!(titles(&house, days(0)).await.len(), 0);
    pushed(&house, "{", days(1)).await;
    assert_eq!(titles(&house, days(8)).await.len(), 0);
    assert_eq!(
        house.registry.asked().len(),
        1,
        "a broken manifest names nothing"
    );
}
