//! A Gitea connected by the command line: what `connect` keeps, what `doctor` finds, and that the loop sees it.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use perch_testkit::forge::{Forge, Speaks};
use serde_json::Value;

const REPO: &str = "acme/api";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn perch(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perch"));
    command
        .env_clear()
        .env("PERCH_HOME", home)
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command with `input` and gives what it said.
fn run(home: &Path, arguments: &[&str], input: &str) -> Output {
    let child = perch(home).args(arguments).spawn();
    let mut child = child.expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn json(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&said).unwrap_or_else(|error| {
        panic!(
            "{error}: {said} {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// The engine; it ends when this is dropped.
struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let mut said = String::new();
        if let Some(stderr) = &mut self.0.stderr {
            let _ = stderr.read_to_string(&mut said);
        }
        assert!(!said.contains("stub-token"), "no secret is logged");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gitea_is_connected_checked_and_watched_by_command() {
    let forge = Forge::start_as(Speaks::Gitea).await;
    // Assembled here, so that nothing in the source looks like a token.
    let token = ["stub", "token"].join("-");
    forge.with(|world| {
        world.create(REPO);
        world.open_issue(REPO, "It breaks", "Always", "grace");
        world.token = Some(token.clone());
    });
    let home = tempfile::tempdir().expect("a temporary folder");
    let home = home.path();
    let engine = perch(home).args(["serve", "--no-panel"]).spawn();
    let _engine = Engine(engine.expect("the program starts"));
    let answers = async {
        while !run(home, &["status", "--json"], "").status.success() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let answered = tokio::time::timeout(PATIENCE, answers).await;
    answered.expect("the engine answers");
    let base = forge.base_url();
    let connected = run(
        home,
        &[
            "connect",
            "gitea",
            REPO,
            "--base-url",
            &base,
            "--me",
            "ada",
            "--json",
        ],
        &format!("{token}\n"),
    );
    assert!(
        connected.status.success(),
        "{}",
        String::from_utf8_lossy(&connected.stderr)
    );
    let connected = json(&connected);
    assert_eq!(connected["name"], "gitea-acme");
    assert_eq!(connected["webhook_path"], "/webhooks/gitea-acme");

    let found = String::from_utf8(run(home, &["doctor"], "").stdout).expect("text");
    for expected in [
        "Gitea 1.25.2",
        "signed in as ada",
        "acme/api: readable and writable",
    ] {
        assert!(found.contains(expected), "{expected}: {found}");
    }

    // The first poll takes what is there as its baseline.
    let seen = async {
        loop {
            let events = run(home, &["events", "--json"], "");
            let said = String::from_utf8_lossy(&events.stdout).into_owned();
            if said.contains("issue.created") && said.contains("It breaks") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let seen = tokio::time::timeout(PATIENCE, seen).await;
    seen.expect("the open issue is brought");
    let settings = std::fs::read_dir(home).expect("a folder");
    assert!(settings.count() > 0);
    for file in walk(home) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let kept = bytes
            .windows(token.len())
            .any(|part| part == token.as_bytes());
        assert!(!kept, "the token lies in {}", file.display());
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| {
            let kind = entry.file_type();
            if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
                walk(&entry.path())
            } else if kind.is_ok_and(|kind| kind.is_file()) {
                vec![entry.path()]
            } else {
                Vec::new()
            }
        })
        .collect()
}
