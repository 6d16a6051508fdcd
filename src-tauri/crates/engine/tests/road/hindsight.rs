//! What a clone's past taught about a rule holds for what the forge tells of the same repository.

use jiff::{SignedDuration, Timestamp};
use perch_core::action::Amendments;
use perch_store::table::hindsight::{self, Fared};

use crate::house::acme::{GONE, Happening, change, patch, push, secret};
use crate::house::{House, start};

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

/// `rule` never proved right in the past of a clone of what the forge calls `forge_name`.
async fn looked_back(house: &House, forge_name: &'static str, rule: &'static str) {
    let user = house.user.clone();
    let fared = vec![Fared {
        rule: rule.into(),
        repository: forge_name.into(),
        proved: 0,
        told: 6,
        looked_at: start(),
    }];
    house
        .db
        .write(move |db| hindsight::put(db, &user, ("/home/ada/api", forge_name), &fared))
        .await
        .unwrap();
}

/// An export in use goes from `main`.
fn breaks(minutes: i64) -> Happening {
    let used = [("src/http.rs", "use crate::range::parse_range;\n")];
    (
        push("main", "Clean up", "grace", after(minutes)),
        change(&patch("src/range.rs", GONE), &["tests/other.rs"], &used),
    )
}

async fn reason_of_newest(house: &House) -> String {
    let newest = house.events().await.remove(0);
    newest.verdict.unwrap().reason
}

#[tokio::test]
async fn a_rule_that_was_noise_in_a_clone_is_silent_at_its_forge_until_one_is_accepted() {
    let house = House::at_a_forge();
    looked_back(&house, "Acme/API", "push/export").await;
    house.hears(breaks(1)).await;
    assert!(house.recorder.titles().is_empty());
    assert!(
        reason_of_newest(&house)
            .await
            .starts_with("looking back, none of 6 of its kind proved right in this repository")
    );
    let silent = house
        .engine
        .silent_rules(&house.user, after(2))
        .await
        .unwrap();
    assert_eq!(silent.len(), 1);

    let suggestion = house.suggestions().await.remove(0);
    let action = suggestion.actions[0].id;
    house
        .engine
        .accept(suggestion.id, action, Amendments::default(), after(2))
        .await
        .unwrap();
    house.hears(breaks(60)).await;
    assert_eq!(house.recorder.titles().len(), 1);
    let silent = house
        .engine
        .silent_rules(&house.user, after(61))
        .await
        .unwrap();
    assert!(silent.is_empty());
}

#[tokio::test]
async fn another_repository_another_rule_and_what_is_urgent_speak_as_ever() {
    let house = House::at_a_forge();
    looked_back(&house, "acme/web", "push/export").await;
    house.hears(breaks(1)).await;
    assert_eq!(house.recorder.titles().len(), 1, "another repository");

    let house = House::at_a_forge();
    looked_back(&house, "acme/api", "push/migration").await;
    house.hears(breaks(1)).await;
    assert_eq!(house.recorder.titles().len(), 1, "another rule");

    let house = House::at_a_forge();
    looked_back(&house, "acme/api", "push/secret").await;
    let leaked = format!(" fn a() {{}}\n+const T: &str = \"{}\";\n", secret());
    house
        .hears((
            push("main", "Use it", "grace", after(1)),
            change(&patch("src/client.rs", &leaked), &[], &[]),
        ))
        .await;
    assert_eq!(house.recorder.titles().len(), 1, "urgent");
}
