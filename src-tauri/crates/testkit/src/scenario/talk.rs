//! Talk: facts about issues and pull requests people and a program speak about, and what else there is.

use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::seam::provider::{Budget, Provider};

use crate::forge::World;
use crate::watch::{REPO, Watch};

/// Two older issues with labels, and a newer one; returns the newer one's number.
fn issues(world: &mut World) -> u64 {
    let bug = world.open_issue(REPO, "Crash on start", "It crashes.", "grace");
    world.label(REPO, bug, "kind/bug");
    world.set_state(REPO, bug, "closed");
    world.later(60);
    let wish = world.open_issue(REPO, "Add a dark mode", "Please.", "linus");
    world.label(REPO, wish, "enhancement");
    world.later(60);
    let issue = world.open_issue(REPO, "Crash at the start", "Panics, @ada.", "linus");
    world.later(60);
    world.comment(REPO, issue, "ada", "Which version?");
    world.later(60);
    world.comment(REPO, issue, "triage-bot", "Thank you for the report.");
    issue
}

/// A pull request that was reviewed and spoken about; returns its number.
fn pull(world: &mut World) -> u64 {
    world.push(REPO, "feature", &[("src/lib.rs", "a\nb\n")], "Add f");
    let pull = world.open_pull(REPO, "feature", "Add f", "ada");
    world.label(REPO, pull, "core");
    world.later(60);
    world.review(REPO, pull, "grace", "CHANGES_REQUESTED");
    world.later(60);
    world.comment(REPO, pull, "ada", "Done.");
    pull
}

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

async fn begun<P: Provider + Default>() -> Watch<P> {
    Watch::begun(|world| {
        world.push(REPO, "main", &[("src/lib.rs", "a\n")], "Begin");
    })
    .await
}

/// What an issue brings: itself, what was said, the others and the newest files.
///
/// # Panics
/// When it is not seen.
pub async fn an_issue<P: Provider + Default>() -> String {
    let mut watch: Watch<P> = begun().await;
    let number = watch.forge.with(issues);
    let events = watch.events().await;
    let event = events
        .iter()
        .find(|event| {
            event.event_type == EventType::ISSUE_CREATED && event.subject.number == Some(number)
        })
        .expect("an issue was opened");
    let wants = [Want::Ticket, Want::Thread, Want::Issues, Want::Tree];
    let facts = watch.gather(event, &wants, Budget::default()).await;
    shown(&facts)
}

/// What a pull request brings: itself and what was said; and nothing of it where nothing may be asked.
///
/// # Panics
/// When it is not seen, or brings something all the same.
pub async fn a_pull_request<P: Provider + Default>() -> String {
    let mut watch: Watch<P> = begun().await;
    watch.forge.with(pull);
    let events = watch.events().await;
    let event = events
        .iter()
        .find(|event| event.event_type == EventType::PR_OPENED)
        .expect("a pull request was opened");
    let wants = [Want::Ticket, Want::Thread];
    let facts = watch.gather(event, &wants, Budget::default()).await;
    let shown = shown(&facts);
    let broke = Budget {
        requests: 0,
        ..Budget::default()
    };
    let facts = watch.gather(event, &wants, broke).await;
    assert_eq!((facts.ticket, facts.missing.len()), (None, 2));
    shown
}
