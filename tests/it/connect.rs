//! A forge connected by command: whose token is taken and whose is not, what it may do, and what is chosen.

use std::os::unix::fs::PermissionsExt as _;

use perch_core::seam::account::Grant;
use perch_testkit::forge::{Forge, Speaks};
use perch_testkit::watch::connection;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::world::World;
use crate::world::rounds::Rounds;

const REPO: &str = "acme/api";

fn runtime() -> Runtime {
    Runtime::new().expect("threads can be had")
}

fn forge(runtime: &Runtime, speaks: Speaks, token: &str) -> Forge {
    let forge = runtime.block_on(Forge::start_as(speaks));
    forge.with(|far| {
        far.create(REPO);
        far.create_like(REPO, "acme/web");
        far.token = Some(token.to_owned());
    });
    forge
}

/// A world where `gh` prints a token and writes down what it was told.
fn with_gh(token: &str) -> World {
    let world = World::new();
    let folder = world.folder().join("bin");
    std::fs::create_dir(&folder).expect("a folder");
    let told = world.folder().join("gh-was-told");
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {}\necho {token}\n",
        told.display()
    );
    let program = folder.join("gh");
    std::fs::write(&program, script).expect("written");
    let executable = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&program, executable).expect("changed");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    world.with("PATH", &path)
}

#[test]
fn the_token_of_gh_is_taken_when_asked_for_and_never_otherwise() {
    let runtime = runtime();
    let token = ["gh", "token"].join("-");
    let forge = forge(&runtime, Speaks::GitHub, &token);
    let base = forge.base_url();
    let world = with_gh(&token);
    let told = world.folder().join("gh-was-told");
    let served = world.serve(None).expect("it starts");

    let arguments = [
        "connect",
        "github",
        REPO,
        "--base-url",
        &base,
        "--name",
        "typed",
    ];
    world.json_of_input(&arguments, "another\n");
    assert!(!told.exists(), "nobody asked for it");

    let arguments = ["connect", "github", REPO, "--base-url", &base, "--from-cli"];
    let connected = world.json(&arguments);
    assert_eq!(connected["name"], "github-acme");
    assert_eq!(connected["identities"], json!(["ada"]), "as the token says");
    let host = base.trim_start_matches("http://");
    let said = std::fs::read_to_string(&told).expect("it was run");
    assert_eq!(said, format!("auth token --hostname {host}\n"));
    let doctor = world.perch(&["doctor"]).stdout;
    let doctor = String::from_utf8(doctor).expect("text");
    assert!(
        doctor.contains("connection github-acme: signed in as ada"),
        "{doctor}"
    );
    assert!(served.quit().success());
}

#[test]
fn who_changes_only_the_token_keeps_what_is_watched_and_where() {
    let runtime = runtime();
    let token = ["first", "token"].join("-");
    let forge = forge(&runtime, Speaks::GitHub, &token);
    let world = World::new();
    let served = world.serve(None).expect("it starts");
    let base = forge.base_url();
    let arguments = [
        "connect",
        "github",
        REPO,
        "acme/web",
        "--base-url",
        &base,
        "--me",
        "grace",
    ];
    let before = world.json_of_input(&arguments, &format!("{token}\n"));
    let second = ["second", "token"].join("-");
    forge.with(|far| far.token = Some(second.clone()));
    let arguments = ["connect", "github", "--name", "github-acme"];
    let after = world.json_of_input(&arguments, &format!("{second}\n"));
    for field in ["name", "watch", "base_url", "identities"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let doctor = world.perch(&["doctor"]).stdout;
    let doctor = String::from_utf8(doctor).expect("text");
    assert!(doctor.contains("signed in as ada"), "{doctor}");
    assert!(served.quit().success());
}

#[test]
fn without_gh_its_token_cannot_be_taken_and_the_way_out_is_said() {
    let runtime = runtime();
    let forge = forge(&runtime, Speaks::GitHub, "any");
    let world = World::new().with("PATH", "/nowhere");
    let base = forge.base_url();
    let arguments = ["connect", "github", REPO, "--base-url", &base, "--from-cli"];
    let output = world.perch(&arguments);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("`gh` is not on this machine"), "{said}");
}

#[test]
fn a_device_signs_in_and_what_its_token_may_do_is_shown() {
    let runtime = runtime();
    let token = ["device", "token"].join("-");
    for (speaks, provider) in [(Speaks::GitHub, "github"), (Speaks::GitLab, "gitlab")] {
        let forge = forge(&runtime, speaks, &token);
        forge.with(|far| {
            far.device_interval = 1;
            far.classic = Some("repo".into());
            far.grants = vec![
                json!({"error": "authorization_pending"}),
                json!({"access_token": token}),
            ];
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
            "--device",
            "app",
        ];
        let output = world.perch(&arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.success(), "{said}");
        let expected = "open https://forge.example.org/device and enter the code WDJB-MJHT";
        assert!(said.contains(expected), "{said}");
        assert!(said.contains("token of ada"), "{said}");
        let doctor = world.perch(&["doctor"]).stdout;
        let doctor = String::from_utf8(doctor).expect("text");
        assert!(doctor.contains("signed in as ada"), "{doctor}");
        assert!(served.quit().success());
    }
}

#[test]
fn a_device_that_is_refused_or_late_connects_nothing() {
    let runtime = runtime();
    let forge = forge(&runtime, Speaks::GitHub, "any");
    let world = World::new();
    let base = forge.base_url();
    for (error, words) in [
        ("access_denied", "refused in the browser"),
        ("expired_token", "begin again"),
    ] {
        forge.with(|far| {
            far.device_interval = 1;
            far.grants = vec![json!({"error": error})];
        });
        let arguments = [
            "connect",
            "github",
            REPO,
            "--base-url",
            &base,
            "--device",
            "app",
        ];
        let output = world.perch(&arguments);
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(world.json(&["status"])["connections"], json!([]));
}

#[test]
fn who_names_nothing_to_watch_is_told_what_the_token_sees() {
    let runtime = runtime();
    let token = ["stub", "token"].join("-");
    let forge = forge(&runtime, Speaks::Gitea, &token);
    let world = World::new();
    let base = forge.base_url();
    let mut child = world
        .command(&["connect", "gitea", "--base-url", &base])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("perch runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    std::io::Write::write_all(&mut stdin, token.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("the token sees acme/api, acme/web"), "{said}");
}

#[tokio::test]
async fn a_grant_is_renewed_once_shortly_before_it_ends() {
    let forge = Forge::start_as(Speaks::GitLab).await;
    let now = forge.with(|far| {
        far.create(REPO);
        far.grants = vec![
            json!({"access_token": "second", "expires_in": 7200, "refresh_token": "more"}),
            json!({"error": "invalid_grant"}),
        ];
        far.now
    });
    let grant = Grant {
        access: "first".into(),
        ends: Some(now + jiff::SignedDuration::from_hours(1)),
        refresh: Some("again".into()),
        client_id: "app".into(),
    };
    let secret = grant.to_secret();
    let watched = connection("gitlab", &forge.base_url(), &[REPO]);
    let rounds = Rounds::begin(watched, secret.expose_secret(), now).await;
    let id = &rounds.connection.id;
    let token = async |minutes: i64| {
        let at = now + jiff::SignedDuration::from_mins(minutes);
        let token = rounds.engine.token(id, at).await?;
        Ok::<_, String>(token.expect("there is one").expose_secret().to_owned())
    };
    assert_eq!(token(54).await.as_deref(), Ok("first"));
    let (one, other) = tokio::join!(token(56), token(56));
    assert_eq!(
        (one.as_deref(), other.as_deref()),
        (Ok("second"), Ok("second"))
    );
    assert_eq!(forge.with(|far| far.asked_grants.len()), 1);
    let ended = token(180).await.expect_err("it was not renewed");
    assert!(ended.contains("sign in again"), "{ended}");
}
