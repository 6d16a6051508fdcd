//! Filters from the command line: added, tried, moved and taken out, and what they make of a real build.

use crate::world::World;
use crate::world::greeter::Greeter;

#[test]
fn filters_are_tried_before_they_are_in_force_and_why_says_which_one_decided() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    assert!(greeter.build(&world).status.success());
    greeter.break_it();
    greeter.commit("Make room for a name");
    greeter.build(&world);
    assert_eq!(world.inbox().len(), 1);

    let adding = [
        "filters",
        "add",
        "done",
        "--type",
        "repo.build",
        "--path",
        "src/**",
    ];
    let tried = world.says(&[&adding[..], &["--dry-run"]].concat());
    let lines: Vec<&str> = tried.lines().collect();
    assert_eq!(
        lines[0],
        "1 of 2 events of the last 30 days would have fared otherwise. Nothing was changed."
    );
    assert!(
        lines[1].ends_with("repo.build.failed  greeter  Unused `mut` denied in src/main.rs"),
        "{tried}"
    );
    assert_eq!(lines[2].trim(), "inbox → history");
    assert!(world.says(&["filters"]).starts_with("No filters."));

    assert_eq!(
        world.says(&adding).trim(),
        "1  done    event type `repo.build`, path `src/**`"
    );
    world.says(&["filters", "add", "never", "--job", "make *", "--place", "1"]);
    assert_eq!(
        world
            .says(&["filters", "move", "2", "1"])
            .lines()
            .map(str::trim)
            .collect::<Vec<_>>(),
        [
            "1  done    event type `repo.build`, path `src/**`",
            "2  never   job `make *`"
        ]
    );

    let suggestion = world.inbox().remove(0);
    world.says(&["dismiss", &suggestion]);
    greeter.build(&world);
    assert!(world.inbox().is_empty(), "the filter filed it");
    let history = world.json(&["suggestions", "--all"]);
    let filed = &history["suggestions"][0];
    assert_eq!(filed["state"], "done");
    let id = filed["id"].as_str().expect("an id");
    let why = world.says(&["why", id]);
    assert!(
        why.contains("your filter event type `repo.build`, path `src/**` says `done`, and it went straight into the history"),
        "{why}"
    );
    world.says(&["restore", id]);
    assert_eq!(world.inbox(), [id]);

    world.says(&["filters", "remove", "1"]);
    assert_eq!(world.says(&["filters"]).trim(), "1  never   job `make *`");
    let refused = world.perch(&["filters", "remove", "7"]);
    assert!(!refused.status.success());
    let empty = world.perch(&["filters", "add", "silent"]);
    assert!(
        String::from_utf8_lossy(&empty.stderr)
            .contains("a filter without a field would fit everything")
    );
}
