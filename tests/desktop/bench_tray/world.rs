//! A Perch that has been in use for long: many repositories watched, many events and suggestions stored.

use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use crate::LIMIT;
use crate::session::greeter::{Greeter, said};
use crate::session::{Session, wait_for};

/// Fills the database; `ui/bench` does the same.
const USED_FOR_LONG: &str = include_str!("../../../src-tauri/crates/testkit/sql/used_for_long.sql");

/// Watches `repositories` git folders, in one of which a build fails, and stores `events` more events.
pub(crate) fn build(session: &Session, repositories: usize, events: usize) {
    let greeter = Greeter::new(session.home());
    watch(session, &greeter.folder);
    for number in 1..repositories {
        let folder = session.home().join(format!("part-{number}"));
        std::fs::create_dir(&folder).expect("an empty folder can be filled");
        std::fs::write(folder.join("README.md"), format!("# Part {number}\n"))
            .expect("a file of the benchmark's own is written");
        git(&folder, &["init", "--quiet", "--initial-branch", "main"]);
        git(&folder, &["add", "."]);
        git(
            &folder,
            &[
                "-c",
                "user.name=Ada",
                "-c",
                "user.email=ada@example.com",
                "commit",
                "--quiet",
                "--message",
                "Begin",
            ],
        );
        watch(session, &folder);
    }
    greeter.fail(session);
    wait_for("the suggestion", LIMIT, || {
        let list = session.perch(&["suggestions"]);
        let words = String::from_utf8_lossy(&list.stdout).to_lowercase();
        words.contains("mut").then_some(())
    });
    let sql = USED_FOR_LONG
        .replace(":events", &events.to_string())
        .replace(":suggestions", &events.min(50_000).to_string());
    Connection::open(session.home().join("data/perch.db"))
        .and_then(|database| database.execute_batch(&sql))
        .expect("the database can be filled");
}

/// Waits until the tray's engine answers.
pub(crate) fn wait_for_engine(session: &Session) {
    let socket = session.home().join("data/engine.sock");
    wait_for("perch to run", LIMIT, || socket.exists().then_some(()));
}

fn watch(session: &Session, folder: &Path) {
    let watched = session.perch(&["watch".as_ref(), folder.as_os_str()]);
    assert!(watched.status.success(), "{}", said(&watched));
}

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
}
