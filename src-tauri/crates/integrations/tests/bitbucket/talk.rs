//! Facts about issues and pull requests: what they are, what was said, and what else there is.

use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::seam::provider::Budget;
use perch_testkit::talk;

use crate::support::{REPO, Watch};

fn shown(facts: &Facts) -> String {
    let parts = [
        format!("missing: {:#?}", facts.missing),
        format!("ticket: {:#?}", facts.ticket),
        format!("thread: {:#?}", facts.thread),
        format!("issues: {:#?}", facts.issues),
        format!("tree: {:?}", facts.tree),
    ];
    parts.join("\n")
}

#[tokio::test]
async fn an_issue_brings_itself_what_was_said_the_others_and_the_newest_files() {
    let mut watch = Watch::begun(|world| {
        world.push(REPO, "main", &[("src/lib.rs", "a\n")], "Begin");
    })
    .await;
    let number = watch.forge.with(talk::issues);
    let events = watch.events().await;
    let event = events
        .iter()
        .find(|event| {
            event.event_type == EventType::ISSUE_CREATED && event.subject.number == Some(number)
        })
        .expect("an issue was opened");
    let wants = [Want::Ticket, Want::Thread, Want::Issues, Want::Tree];
    let facts = watch.gather(event, &wants, Budget::default()).await;
    insta::assert_snapshot!(shown(&facts));
}

#[tokio::test]
async fn a_pull_request_brings_itself_and_what_was_said() {
    let mut watch = Watch::begun(|world| {
        world.push(REPO, "main", &[("src/lib.rs", "a\n")], "Begin");
    })
    .await;
    watch.forge.with(talk::pull);
    let events = watch.events().await;
    let event = events
        .iter()
        .find(|event| event.event_type == EventType::PR_OPENED)
        .expect("a pull request was opened");
    let wants = [Want::Ticket, Want::Thread];
    let facts = watch.gather(event, &wants, Budget::default()).await;
    insta::assert_snapshot!(shown(&facts));
    let broke = Budget {
        requests: 0,
        ..Budget::default()
    };
    let facts = watch.gather(event, &wants, broke).await;
    assert_eq!((facts.ticket, facts.missing.len()), (None, 2));
}
