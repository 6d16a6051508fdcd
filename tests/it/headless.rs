//! The main job without a display: a build fails, the suggestion comes, one command makes the fix and one takes it
//! back, with a running `perch serve` and without.

use insta::{Settings, assert_json_snapshot, assert_snapshot};

use crate::world::greeter::{FileState, Greeter, SOUND};
use crate::world::{PERCH, World, ids, wait_for};

/// What differs from run to run.
fn redacted() -> Settings {
    let mut settings = Settings::clone_current();
    for (pattern, mark) in [
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
            "<id>",
        ),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
        (r"/[^\x22 ]*/greeter", "<greeter>"),
        (r"/[^\x22 ]*/perch/(data|config)", "<$1>"),
        (r"[0-9a-f]{40}", "<commit>"),
        (r"main@[0-9a-f]{7}", "main@<commit>"),
        (r"commit [0-9a-f]{7}", "commit <commit>"),
        (r"mut-[0-9a-f]{6}", "mut-<hash>"),
        (
            r"local/[0-9a-f]{16}/exec/\d+-\d+",
            "local/<repository>/exec/<run>",
        ),
        (r"process \d+", "process <id>"),
    ] {
        settings.add_filter(pattern, mark);
    }
    settings
}

#[test]
fn without_the_desktop_no_library_of_one_is_linked() {
    if cfg!(feature = "desktop") {
        return;
    }
    let linked = std::process::Command::new("ldd")
        .arg(PERCH)
        .output()
        .expect("ldd runs");
    let linked = String::from_utf8_lossy(&linked.stdout).to_lowercase();
    assert!(linked.contains("libc.so"), "{linked}");
    for library in ["gtk", "gdk", "webkit", "x11", "wayland", "appindicator"] {
        assert!(!linked.contains(library), "{library} in {linked}");
    }
}

#[test]
fn a_failed_build_is_mended_by_one_command_while_perch_serves() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    let served = world.serve(None).expect("it starts");
    assert!(greeter.build(&world).status.success());
    greeter.break_it();
    greeter.commit("Make room for a name");

    let failed = greeter.build(&world);
    assert_eq!(failed.status.code(), Some(101), "cargo's own code");
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        said.contains("variable does not need to be mutable"),
        "{said}"
    );
    let suggestion = wait_for("the suggestion", || world.inbox().pop());
    wait_for("the notice", || (world.toasts() == 1).then_some(()));
    assert_eq!(greeter.fix_branches(), Vec::<String>::new());

    let before = greeter.state();
    // The second time finds what the first one did, and does not go on to what else is on offer.
    let accepted = world.says(&["accept", &suggestion]);
    assert_eq!(world.says(&["accept", &suggestion]), accepted);
    let branches = greeter.fix_branches();
    assert_eq!(branches.len(), 1, "{branches:?}");
    assert!(greeter.builds(&branches[0], &world));
    assert_eq!(greeter.state(), before, "nothing of the user's changed");

    world.says(&["undo", &suggestion]);
    assert_eq!(greeter.fix_branches(), Vec::<String>::new());
    assert_eq!(greeter.state(), before);
    assert_eq!(world.toasts(), 1);
    assert!(served.quit().success());
}

#[test]
fn what_perch_answers_to_programs_keeps_its_shape() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    greeter.break_it();
    greeter.commit("Make room for a name");
    assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));

    redacted().bind(|| {
        let inbox = world.json(&["suggestions"]);
        let suggestion = ids(&inbox["suggestions"]).remove(0);
        assert_json_snapshot!("suggestions", inbox);
        assert_json_snapshot!("show", world.json(&["show", &suggestion]));
        let mut events = world.json(&["events"]);
        let event = ids(&events["events"]).remove(0);
        // What the machine has installed is no part of the shape.
        if let Some(first) = events["events"].get_mut(0) {
            first["data"].take();
        }
        assert_json_snapshot!("events", events);
        assert_json_snapshot!("why", world.json(&["why", &event]), { ".event.data" => "<data>" });
        assert_json_snapshot!("accept", world.json(&["accept", &suggestion]));
        assert_json_snapshot!("undo", world.json(&["undo", &suggestion]));
        assert_json_snapshot!("status", world.json(&["status"]), {
            ".user" => "<login>",
            ".secrets_note" => "<why there is no keychain>",
            ".offer_folder" => "<folder>",
        });
    });
}

#[test]
fn a_failure_while_perch_does_not_run_is_taken_up_at_the_next_start() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    greeter.break_it();
    assert_eq!(greeter.build(&world).status.code(), Some(101));

    let served = world.serve(None).expect("it starts");
    let suggestion = wait_for("the suggestion", || world.inbox().pop());
    // The code was never committed, so the working tree leads and a branch is refused with its reason.
    let shown = world.json(&["show", &suggestion]);
    let kinds: Vec<_> = shown["actions"]
        .as_array()
        .expect("actions")
        .iter()
        .map(|action| (action["kind"].as_str(), action["refused"].is_null()))
        .collect();
    assert_eq!(kinds, [(Some("tree"), true), (Some("branch"), false)]);
    let broken = greeter.state();
    world.says(&["accept", &suggestion]);
    let mended = std::fs::read_to_string(greeter.folder.join("src/main.rs")).expect("readable");
    assert_eq!(mended, SOUND);
    assert!(greeter.build(&world).status.success());

    world.says(&["undo", &suggestion]);
    let contents = |state: &[FileState]| -> Vec<_> {
        state.iter().map(|file| (file.name, file.content)).collect()
    };
    assert_eq!(contents(&greeter.state()), contents(&broken));
    assert!(served.quit().success());
}

#[test]
fn a_second_engine_says_where_the_first_is() {
    let world = World::new();
    let served = world.serve(None).expect("it starts");
    let second = world.perch(&["serve"]);
    assert_eq!(second.status.code(), Some(1));
    redacted().bind(|| {
        assert_snapshot!(
            "second_engine",
            String::from_utf8_lossy(&second.stderr).replace(&served.panel, "<panel>")
        );
    });
    assert!(served.quit().success());
}

#[test]
fn a_pause_lasts_until_somebody_ends_it() {
    let world = World::new();
    let paused = world.json(&["pause", "resumed"]);
    assert_eq!(paused["paused_until"], "resumed");
    assert_eq!(world.json(&["status"])["paused_until"], "resumed");
    assert!(world.json(&["pause", "off"])["paused_until"].is_null());
}

#[test]
fn without_auto_suggest_why_says_so() {
    let world = World::new();
    let greeter = Greeter::new(world.folder());
    world.says(&["watch".as_ref(), greeter.folder.as_os_str()]);
    world.says(&["settings", "auto_suggest", "false"]);
    greeter.break_it();
    assert_eq!(greeter.fail_quickly(&world).status.code(), Some(101));
    assert_eq!(world.inbox(), Vec::<String>::new());
    let event = ids(&world.json(&["events"])["events"]).remove(0);
    let why = world.says(&["why", &event]);
    assert!(why.contains("auto_suggest is off"), "{why}");
}
