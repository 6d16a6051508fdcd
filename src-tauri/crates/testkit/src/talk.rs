//! Talk on a stub: issues and a pull request people and a program speak about.

use crate::forge::World;
use crate::watch::REPO;

/// Two older issues with labels, and a newer one; returns the newer one's number.
pub fn issues(world: &mut World) -> u64 {
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
pub fn pull(world: &mut World) -> u64 {
    world.push(REPO, "feature", &[("src/lib.rs", "a\nb\n")], "Add f");
    let pull = world.open_pull(REPO, "feature", "Add f", "ada");
    world.label(REPO, pull, "core");
    world.later(60);
    world.review(REPO, pull, "grace", "CHANGES_REQUESTED");
    world.later(60);
    world.comment(REPO, pull, "ada", "Done.");
    pull
}
