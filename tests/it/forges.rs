//! A forge of one's own connected by the command line: what `connect` keeps, what `doctor` finds, and that the loop
//! sees it.

use std::path::{Path, PathBuf};

use perch_testkit::forge::{Forge, Speaks};

use crate::world::{World, wait_for};

const REPO: &str = "acme/api";

#[test]
fn a_gitea_is_connected_checked_and_watched_by_command() {
    is_connected_checked_and_watched(Speaks::Gitea, "gitea", &["Gitea 1.25.2"]);
}

#[test]
fn a_gitlab_is_connected_checked_and_watched_by_command() {
    let scopes = [
        "a token with the scopes api",
        "the token ends on 2025-06-20",
    ];
    is_connected_checked_and_watched(Speaks::GitLab, "gitlab", &scopes);
}

#[test]
fn a_bitbucket_is_connected_checked_and_watched_by_command() {
    let found = ["a token with the scopes account, issue:write"];
    is_connected_checked_and_watched(Speaks::Bitbucket, "bitbucket", &found);
}

#[test]
fn a_bitbucket_data_center_is_connected_checked_and_watched_by_command() {
    let found = ["Bitbucket Data Center 8.19.1"];
    is_connected_checked_and_watched(Speaks::DataCenter, "bitbucket-dc", &found);
}

fn is_connected_checked_and_watched(speaks: Speaks, provider: &str, found: &[&str]) {
    let runtime = tokio::runtime::Runtime::new().expect("threads can be had");
    let forge = runtime.block_on(Forge::start_as(speaks));
    // Assembled here, so that nothing in the source looks like a token.
    let token = ["stub", "token"].join("-");
    forge.with(|far| {
        far.create(REPO);
        if speaks == Speaks::DataCenter {
            far.push(REPO, "fix", &[("fix.txt", "1\n")], "It breaks");
            far.open_pull(REPO, "fix", "It breaks", "grace");
        } else {
            far.open_issue(REPO, "It breaks", "Always", "grace");
        }
        far.token = Some(token.clone());
    });
    let world = World::new();
    let served = world.serve(None).expect("it starts");
    let base = forge.base_url();
    let arguments = [
        "connect",
        provider,
        REPO,
        "--base-url",
        &base,
        "--me",
        "ada",
    ];
    let connected = world.json_of_input(&arguments, &format!("{token}\n"));
    let name = format!("{provider}-acme");
    assert_eq!(connected["name"], name);
    assert_eq!(connected["webhook_path"], format!("/webhooks/{name}"));

    let said = world.perch(&["doctor"]).stdout;
    let said = String::from_utf8(said).expect("text");
    let always = ["signed in as ada", "acme/api: readable and writable"];
    for expected in found.iter().chain(&always) {
        assert!(said.contains(expected), "{expected}: {said}");
    }

    // The first poll takes what is there as its baseline.
    wait_for("what is open", || {
        let events = world.says(&["events", "--json"]);
        events.contains("It breaks").then_some(())
    });
    assert!(served.quit().success());
    let files = files_below(world.folder());
    assert!(files.iter().any(|file| file.ends_with("config.toml")));
    for file in files {
        let bytes = std::fs::read(&file).expect("a file of the test's own");
        let kept = bytes
            .windows(token.len())
            .any(|part| part == token.as_bytes());
        assert!(!kept, "the token lies in {}", file.display());
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .flat_map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(&entry.path()),
            Ok(kind) if kind.is_file() => vec![entry.path()],
            _ => Vec::new(),
        })
        .collect()
}
