//! What the whole program says to input it cannot use: what it was doing and what to do next, with nothing lost.

mod full_disk;
mod hostile;
mod large_log;

use std::fs;

use perch_store::db::Connection;
use perch_testkit::forge::Refusal;
use perch_testkit::repository::Repository;

use crate::crash::forge::Scene;
use crate::world::{World, wait_for};

/// What a refused command says on its standard error.
fn refused(world: &World, arguments: &[&std::ffi::OsStr]) -> String {
    let output = world.perch(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

#[test]
fn a_folder_that_is_no_repository_is_refused_with_the_way_out() {
    let world = World::new();
    let plain = world.folder().join("plain");
    fs::create_dir(&plain).expect("a folder");
    let said = refused(&world, &["watch".as_ref(), plain.as_os_str()]);
    assert!(
        said.contains("plain") && said.contains("git init"),
        "{said}"
    );
}

#[test]
fn a_bare_repository_is_refused_with_the_way_out() {
    let world = World::new();
    let bare = Repository::bare();
    let said = refused(&world, &["watch".as_ref(), bare.path().as_os_str()]);
    assert!(
        said.contains("bare repository") && said.contains("clone"),
        "{said}"
    );
}

#[test]
fn unusual_repositories_are_watched() {
    let detached = Repository::with_readme();
    detached.git(&["checkout", "--detach"]);
    let shallow = Repository::clone_of(&Repository::with_commits(5), &["--depth=1"]);
    for (what, repository) in [
        ("empty", Repository::new()),
        ("detached", detached),
        ("shallow", shallow),
    ] {
        let world = World::new();
        world.says(&["watch".as_ref(), repository.path().as_os_str()]);
        world.says(&["check"]);
        let connection = &world.json(&["status"])["connections"][0];
        assert_eq!(connection["state"]["state"], "well", "{what}: {connection}");
    }
}

#[test]
fn a_token_without_rights_is_told_with_what_to_do() {
    for (status, step) in [
        (401, "make a new one"),
        (403, "give the token the permissions"),
    ] {
        let scene = Scene::within(World::new());
        scene.forge.with(|far| {
            far.refusals.push(Refusal {
                method: http::Method::GET,
                path: String::new(),
                status,
                message: "Not for you".into(),
                headers: Vec::new(),
            });
        });
        let _serve = scene.world.serve(None).expect("it starts");
        scene.world.says(&["check"]);
        wait_for("the refusal to be told", || {
            scene.world.says(&["status"]).contains(step).then_some(())
        });
        let doctor = scene.world.perch(&["doctor"]);
        let said = String::from_utf8_lossy(&doctor.stdout);
        assert!(said.contains(step), "{status}: {said}");
        assert!(!doctor.status.success(), "{status}: {said}");
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let world = World::new();
    world.says(&["status"]);
    let folder = world.home().join("data");
    let file = folder.join("perch.db");
    let db = Connection::open(&file).expect("a database");
    // As a newer version may have chosen, which must not be changed either.
    db.pragma_update(None, "journal_mode", "delete")
        .expect("nobody else has it open");
    db.pragma_update(None, "user_version", 1000)
        .expect("it can be written");
    drop(db);
    let before = fs::read(&file).expect("the database");
    for command in ["status", "serve"] {
        let said = refused(&world, &[command.as_ref()]);
        assert!(
            said.contains("perch.db")
                && said.contains("newer Perch")
                && said.contains("start that version"),
            "{said}"
        );
    }
    assert!(fs::read(&file).expect("the database") == before, "changed");
}
