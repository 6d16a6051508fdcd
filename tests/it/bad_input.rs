//! What the whole program says to input it cannot use: what it was doing and what to do next, with nothing lost.

use std::fs;

use perch_testkit::repository::Repository;

use crate::world::World;

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
fn a_detached_head_is_watched() {
    let world = World::new();
    let repository = Repository::with_readme();
    repository.git(&["checkout", "--detach"]);
    world.says(&["watch".as_ref(), repository.path().as_os_str()]);
}
