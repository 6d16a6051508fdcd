//! A build that fails in a git folder, its fix accepted and taken back.

use std::process::Command;

use super::{ENGINE, Minder, strike_everywhere};
use crate::world::World;
use crate::world::blow::{At, Blow};
use crate::world::greeter::Greeter;

fn watched() -> (World, Greeter) {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    greeter.break_it();
    greeter.commit("Make room for a name");
    (world, greeter)
}

#[test]
fn a_failed_build_is_one_event_one_suggestion_and_at_most_one_toast_wherever_perch_is_killed() {
    strike_everywhere(ENGINE, |blow| {
        let (world, greeter) = watched();
        let mut minder = Minder::new(&world, Some(blow));
        assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));
        minder.suggestion();
        minder.rest();
        let events = minder.insist(&["events"]);
        let failed = events["events"]
            .as_array()
            .expect("events")
            .iter()
            .filter(|event| event["event_type"] == "repo.build.failed")
            .count();
        assert_eq!(failed, 1, "{blow:?}: {events}");
        let inbox = minder.insist(&["suggestions"]);
        assert_eq!(inbox["total"], 1, "{blow:?}: {inbox}");
        assert!(world.toasts() <= 1, "{blow:?}: {} toasts", world.toasts());
        minder.fell
    });
}

#[test]
fn an_accepted_fix_is_one_branch_and_taken_back_none_wherever_perch_is_killed() {
    strike_everywhere(ENGINE, |blow| {
        let (world, greeter) = watched();
        assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));
        let suggestion = world.inbox().pop().expect("the command took it up");
        let before = greeter.state();
        let mut minder = Minder::new(&world, Some(blow));
        minder.insist(&["accept", &suggestion]);
        let branches = greeter.fix_branches();
        assert_eq!(branches.len(), 1, "{blow:?}: {branches:?}");
        let on_branch = greeter.git(&["rev-list", "--count", &format!("main..{}", branches[0])]);
        assert_eq!(on_branch, "1", "{blow:?}");
        assert_eq!(greeter.state(), before, "{blow:?}");

        minder.insist(&["undo", &suggestion]);
        assert_eq!(greeter.fix_branches(), Vec::<String>::new(), "{blow:?}");
        assert_eq!(greeter.state(), before, "{blow:?}");
        minder.fell
    });
}

#[test]
fn a_fix_is_one_branch_and_taken_back_none_wherever_a_command_without_an_engine_is_killed() {
    let disk = [(At::Commit, 5), (At::LostCommit, 5), (At::Rename, 1)];
    strike_everywhere(&disk, |blow| {
        let (world, greeter) = watched();
        assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));
        let suggestion = world.inbox().pop().expect("the command took it up");
        let before = greeter.state();
        let accepting = world.perch_struck(blow, &["accept", &suggestion]);
        world.says(&["accept", &suggestion]);
        let branches = greeter.fix_branches();
        assert_eq!(branches.len(), 1, "{blow:?}: {branches:?}");
        assert_eq!(greeter.state(), before, "{blow:?}");

        let undoing = world.perch_struck(blow, &["undo", &suggestion]);
        world.says(&["undo", &suggestion]);
        assert_eq!(greeter.fix_branches(), Vec::<String>::new(), "{blow:?}");
        assert_eq!(greeter.state(), before, "{blow:?}");
        !accepting.status.success() || !undoing.status.success()
    });
}

#[test]
fn a_commit_that_was_kept_stands_after_a_blow_and_one_that_was_lost_does_not() {
    let struck_at_the_dismissal = (1..10).any(|number| {
        let (world, greeter) = watched();
        assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));
        let suggestion = world.inbox().pop().expect("the command took it up");
        let at = At::Commit;
        let ended = world.perch_struck(Blow { at, number }, &["dismiss", &suggestion]);
        assert!(!ended.status.success(), "it was killed");
        let kept = world.folder().join("kept");
        let copied = Command::new("cp")
            .arg("-a")
            .args([&world.home(), &kept])
            .status();
        assert!(copied.is_ok_and(|status| status.success()));
        let kept = World::new().with("PERCH_HOME", &kept.display().to_string());
        let dismissed = kept.inbox().is_empty();
        if dismissed {
            let at = At::LostCommit;
            world.lose(Blow { at, number });
            assert_eq!(world.inbox(), [suggestion]);
        }
        dismissed
    });
    assert!(struck_at_the_dismissal);
}

#[test]
fn a_run_is_recorded_whole_or_not_at_all_wherever_its_recorder_is_killed() {
    let recorder = [(At::Commit, 3), (At::Rename, 1)];
    strike_everywhere(&recorder, |blow| {
        let (world, greeter) = watched();
        let fell = greeter.fail_struck(&world, blow).status.code() != Some(101);
        let builds = || {
            let events = world.json(&["events"]);
            let events = events["events"].as_array().expect("events").iter();
            let failed = events.filter(|event| event["event_type"] == "repo.build.failed");
            failed.count()
        };
        let recorded = builds();
        assert!(recorded <= 1, "{blow:?}: {recorded} runs");
        assert!(fell || recorded == 1, "{blow:?}: what ended is recorded");
        assert_eq!(world.inbox().len(), recorded, "{blow:?}");

        assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));
        assert_eq!(builds(), recorded + 1, "{blow:?}");
        assert_eq!(world.inbox().len(), 1, "{blow:?}");
        fell
    });
}
