//! A build that fails in a git folder, its fix accepted and taken back.

use super::{Minder, strike_everywhere};
use crate::world::World;
use crate::world::greeter::Greeter;
use crate::world::serve::Blow;

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
    strike_everywhere(|blow| {
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
    strike_everywhere(|blow: Blow| {
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
