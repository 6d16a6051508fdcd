//! Documents on demand through the program: real repositories in, whole texts out.

mod bad_input;
mod notes;
mod written;

use std::process::Output;

use perch_testkit::repository::Repository;

use crate::world::World;

/// `perch ARGUMENTS` within the repository.
fn perch(world: &World, repository: &Repository, arguments: &[&str]) -> Output {
    world
        .command(arguments)
        .current_dir(repository.path())
        .output()
        .expect("perch runs")
}

/// What it prints; it must succeed.
fn says(world: &World, repository: &Repository, arguments: &[&str]) -> String {
    let output = perch(world, repository, arguments);
    assert!(
        output.status.success(),
        "perch {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("documents are UTF-8")
}

/// The reason it gives for refusing.
fn refuses(world: &World, repository: &Repository, arguments: &[&str]) -> String {
    let output = perch(world, repository, arguments);
    assert!(!output.status.success(), "perch {arguments:?} succeeded");
    assert!(
        output.stdout.is_empty(),
        "perch {arguments:?} printed something"
    );
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
