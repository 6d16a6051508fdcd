//! How builds stand: from the store first, from the forge where the store cannot know.

use perch_core::build::Build;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_engine::builds::Found;

use crate::house::{House, failed_build, start};

fn push(number: u32, branch: &str, commit: &str, actor: &str) -> Event {
    let mut event = failed_build(number);
    event.event_type = EventType::PUSH;
    event.dedup_key = format!("scripted/here/7/push/{number}");
    event.subject.key = format!("branch/{branch}");
    event.subject.branch = Some(branch.into());
    event.subject.commit = Some(commit.into());
    event.actor = Some(actor.into());
    event
}

fn going_on(branch: &str, commit: &str) -> Build {
    Build {
        repository: "acme/api".into(),
        job: "CI".into(),
        branch: Some(branch.into()),
        commit: Some(commit.into()),
        passed: None,
        finished_at: None,
        url: None,
    }
}

async fn ask(house: &House, reference: Option<&str>) -> Found {
    let found = house.engine.builds(&house.user, reference, 50, start());
    found.await.unwrap()
}

fn told(found: &Found) -> Vec<String> {
    let builds = found.builds.iter();
    builds
        .map(|(_, build)| {
            let state = build.passed.map_or(
                "going on",
                |passed| {
                    if passed { "passed" } else { "failed" }
                },
            );
            format!("{state} {}", build.branch.as_deref().unwrap_or_default())
        })
        .collect()
}

fn times_asked(house: &House) -> usize {
    let side = house.far_side();
    side.calls.iter().filter(|call| **call == "builds").count()
}

#[tokio::test]
async fn what_is_stored_about_the_newest_commit_is_told_without_asking() {
    let house = House::at_a_forge();
    house.happens(failed_build(1)).await;
    for reference in ["branch-1", "c0ff", "c0ffee"] {
        let found = ask(&house, Some(reference)).await;
        assert_eq!(told(&found), ["failed branch-1"], "{reference}");
    }
    assert_eq!(times_asked(&house), 0);
}

#[tokio::test]
async fn a_newer_commit_and_a_branch_nobody_told_of_are_asked_for() {
    let house = House::at_a_forge();
    house.happens(failed_build(1)).await;
    house.happens(push(2, "branch-1", "d00dle", "grace")).await;
    house.far_side().builds = Ok(vec![
        going_on("branch-1", "d00dle"),
        going_on("elsewhere", "abad1dea"),
    ]);
    let found = ask(&house, Some("branch-1")).await;
    assert_eq!(told(&found), ["going on branch-1", "failed branch-1"]);
    let found = ask(&house, Some("abad1")).await;
    assert_eq!(told(&found), ["going on elsewhere"]);
    assert_eq!(times_asked(&house), 2);
}

#[tokio::test]
async fn mine_are_the_branches_i_did_something_on_and_nobody_else_s() {
    let house = House::at_a_forge();
    house.happens(failed_build(1)).await;
    let mut theirs = failed_build(2);
    theirs.actor = Some("grace".into());
    house.happens(theirs).await;
    house.happens(push(3, "topic", "d00dle", "Ada")).await;
    house.happens(push(4, "topic", "f00d", "grace")).await;
    house.far_side().builds = Ok(vec![going_on("topic", "f00d"), going_on("other", "beef")]);
    let found = ask(&house, None).await;
    assert_eq!(told(&found), ["going on topic", "failed branch-1"]);
}

#[tokio::test]
async fn a_forge_that_cannot_be_asked_is_named_beside_what_is_stored() {
    let house = House::at_a_forge();
    house.happens(failed_build(1)).await;
    house.happens(push(2, "branch-1", "d00dle", "grace")).await;
    house.far_side().builds = Err("out of reach".into());
    let found = ask(&house, Some("branch-1")).await;
    assert_eq!(told(&found), ["failed branch-1"]);
    assert_eq!(found.unreached, ["acme/api at work: out of reach"]);
}

#[tokio::test]
async fn runs_of_this_machine_are_mine() {
    let house = House::open();
    house.happens(failed_build(1)).await;
    let found = ask(&house, None).await;
    assert_eq!(told(&found), ["failed branch-1"]);
    assert_eq!(times_asked(&house), 0);
}
