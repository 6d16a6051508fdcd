//! `cloudflared` and `ngrok`: programs that behave as they do are started, asked, watched and ended.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use perch_core::seam::tunnel::TunnelState;
use serde_json::{Value, json};

use super::{Forge, SECRET, Stand, kept};
use crate::support::{Request, talk, until};

/// Where a program's stub stands and what it is told.
struct Stub {
    folder: tempfile::TempDir,
    kind: &'static str,
}

impl Stub {
    fn new(kind: &'static str) -> Self {
        let stub = Self {
            folder: tempfile::tempdir().expect("a folder"),
            kind,
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../tests/node/tunnel-program.mjs")
            .canonicalize()
            .expect("the script is there");
        let text = format!(
            "#!/bin/sh\nexec node '{}' {kind} '{}' \"$@\"\n",
            script.display(),
            stub.folder.path().display()
        );
        fs::write(stub.program(), text).expect("written");
        fs::set_permissions(stub.program(), fs::Permissions::from_mode(0o755)).expect("set");
        stub
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    fn settings(&self) -> Value {
        json!({ "program": self.program().to_str().expect("text") })
    }

    fn tell(&self, name: &str, word: &str) {
        fs::write(self.folder.path().join(name), word).expect("written");
    }

    fn said(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn starts(&self) -> usize {
        self.said("starts").lines().count()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.said("pid").parse().expect("a number"))
    }

    async fn open(&self) -> Stand {
        let stand = Stand::new();
        stand
            .tunnels
            .settle(vec![kept(self.kind, self.settings())])
            .await;
        stand.is_open().await;
        stand
    }
}

/// True while a process of that id runs. A zombie does not.
fn runs(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

const KINDS: [&str; 2] = ["cloudflared", "ngrok"];

#[tokio::test]
async fn what_comes_at_the_programs_address_arrives_with_its_signature() {
    for kind in KINDS {
        let stub = Stub::new(kind);
        let stand = stub.open().await;
        let address = stand.standing().address.expect("an address");
        let public = address
            .strip_prefix("https://")
            .and_then(|rest| rest.strip_suffix("/webhooks/forge"))
            .expect("an address with the webhook's path");
        let public = public.parse().expect("the stub's own port");
        let spaced = Request::unsigned("forge", r#"{"repository": "acme/api", "u": "\u0026"}"#);
        assert_eq!(
            talk(public, &spaced.signed(SECRET).bytes()).await.status,
            202,
            "{kind}"
        );
        assert_eq!(
            talk(public, &Request::push("forge", "other").bytes())
                .await
                .status,
            401
        );
        assert_eq!(
            talk(public, &Request::get("/healthz").bytes()).await.status,
            404
        );
        assert_eq!(stand.standing().deliveries, 1);
        assert!(
            stub.said("starts")
                .contains(&stand.port.address.to_string())
        );
        let pid = stub.pid();
        stand.tunnels.end().await;
        until(async || !runs(pid)).await;
    }
}

#[tokio::test]
async fn a_program_that_is_killed_or_stalls_or_loses_its_tunnel_is_started_again() {
    for kind in KINDS {
        let stub = Stub::new(kind);
        let stand = stub.open().await;
        for (number, what) in ["killed", "stopped", "gone", "mute"]
            .into_iter()
            .enumerate()
        {
            let (pid, looks) = (stub.pid(), stand.looks());
            match what {
                "killed" => kill(pid, Signal::SIGKILL).expect("it runs"),
                "stopped" => kill(pid, Signal::SIGSTOP).expect("it runs"),
                mode => stub.tell("mode", mode),
            }
            stand.is_not_open().await;
            stub.tell("mode", "");
            stand.is_open().await;
            until(async || !runs(pid) && stand.looks() > looks).await;
            assert!(stub.starts() > number + 1, "{kind} {what}");
        }
        let pid = stub.pid();
        drop(stand);
        until(async || !runs(pid)).await;
    }
}

#[tokio::test]
async fn a_program_that_ends_at_once_or_is_not_there_is_told_in_its_own_words() {
    for kind in KINDS {
        let stub = Stub::new(kind);
        stub.tell("mode", "early");
        let stand = Stand::new();
        stand
            .tunnels
            .settle(vec![kept(kind, stub.settings())])
            .await;
        until(async || {
            matches!(&stand.standing().state, TunnelState::Retrying { problem, .. }
                if problem.contains("ERR the account is suspended"))
        })
        .await;
        // It is tried again, ever more slowly.
        until(async || stub.starts() >= 3).await;

        let nowhere = json!({ "program": "/nowhere/program" });
        stand.tunnels.settle(vec![kept(kind, nowhere)]).await;
        until(async || {
            matches!(&stand.standing().state, TunnelState::Broken { problem, next_step }
                if problem == "there is no program `/nowhere/program`"
                    && next_step.contains("set `program`"))
        })
        .await;
    }
}

#[tokio::test]
async fn the_forges_webhook_follows_the_programs_address() {
    for kind in KINDS {
        let stub = Stub::new(kind);
        stub.tell("host", "one.example");
        let forge = Forge::leaked();
        *forge.hooks.lock().expect("no panic") =
            vec![Forge::hook("1", "https://ci.example/hook", "web", true)];
        let stand = Stand::new();
        let mut tunnel = kept(kind, stub.settings());
        tunnel.hooks = Some(forge);
        stand.tunnels.settle(vec![tunnel.clone()]).await;
        let at = |host: &str| format!("https://{host}/webhooks/forge");
        let ci = "https://ci.example/hook".to_owned();
        until(async || forge.urls() == [ci.clone(), at("one.example")]).await;
        assert_eq!(forge.done(), ["create 101"]);

        stub.tell("host", "two.example");
        until(async || forge.urls() == [ci.clone(), at("two.example")]).await;
        // A new start has a new address.
        stub.tell("host", "three.example");
        kill(stub.pid(), Signal::SIGKILL).expect("it runs");
        until(async || forge.urls() == [ci.clone(), at("three.example")]).await;
        until(async || stand.made.of("acme/api") == [at("three.example")]).await;
        assert!(forge.done()[1..].iter().all(|done| done == "update 101"));

        // Ending leaves it, so that the forge keeps what it cannot deliver; no longer wanting it does not.
        stand.tunnels.end().await;
        assert_eq!(forge.urls(), [ci.clone(), at("three.example")]);
        stand.tunnels.settle(vec![tunnel]).await;
        stand.is_open().await;
        stand.tunnels.settle(Vec::new()).await;
        assert_eq!(forge.urls(), [ci]);
        assert_eq!(stand.made.of("acme/api"), Vec::<String>::new());
    }
}
