//! Tunnels of the whole program: what comes by them, what status and doctor say of them, and that their programs end
//! with Perch however it ends.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use perch_testkit::forge::{Forge, Speaks};
use perch_testkit::smee::{Dialect, Smee};
use serde_json::Value;
use sha2::Sha256;
use tokio::runtime::Runtime;

use crate::webhooks::client;
use crate::world::serve::Serve;
use crate::world::{World, wait_for};

/// The repository of GitHub's own examples.
const REPO: &str = "Codertocat/Hello-World";
const NAME: &str = "github-codertocat";
const SECRET: &str = "a secret of this test";

/// A world whose Perch watches a forge, with nothing due for an hour.
struct Watched {
    world: World,
    forge: Forge,
    runtime: Runtime,
}

impl Watched {
    fn new() -> Self {
        let runtime = Runtime::new().expect("threads can be had");
        let forge = runtime.block_on(Forge::start_as(Speaks::GitHub));
        forge.with(|far| {
            far.create(REPO);
            far.token = Some(token());
        });
        Self {
            world: World::new(),
            forge,
            runtime,
        }
    }

    /// Starts Perch, connects the forge with this webhook secret, and waits for its baseline.
    fn serve(&self, secret: &str) -> Serve {
        let served = self.world.serve(None).expect("it starts");
        for setting in [
            ["settings", "tunnel_listen", "127.0.0.1:0"],
            ["settings", "poll_seconds", "3600"],
        ] {
            self.world.says(&setting);
        }
        let base = self.forge.base_url();
        let mut arguments = vec!["connect", "github", REPO, "--base-url", &base];
        arguments.extend(["--me", "ada", "--secret", "token"]);
        let mut input = format!("{}\n", token());
        if !secret.is_empty() {
            arguments.extend(["--secret", "webhook_secret"]);
            input.push_str(&format!("{secret}\n"));
        }
        let connected = self.world.json_of_input(&arguments, &input);
        assert_eq!(connected["name"], NAME);
        wait_for("the baseline", || {
            (self.connection()["state"]["state"] == "well").then_some(())
        });
        served
    }

    /// Adds a section to the settings file, below the connection.
    fn choose(&self, tunnel: &str) {
        let status = self.world.json(&["status"]);
        let file = status["config_file"].as_str().expect("a path");
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(file)
            .expect("the settings can be written");
        writeln!(file, "\n[connection.tunnel]\n{tunnel}").expect("written");
    }

    fn connection(&self) -> Value {
        self.world.json(&["status"])["connections"][0].clone()
    }

    fn open(&self) -> Value {
        wait_for("the tunnel to open", || {
            let tunnel = self.connection()["tunnel"].clone();
            (tunnel["state"]["state"] == "open").then_some(tunnel)
        })
    }

    /// Posts a signed issue to `url` as GitHub does, and tells the answer.
    fn post(&self, url: &str, id: &str, body: &str) -> u16 {
        let request = client()
            .post(url)
            .header("content-type", "application/json")
            .header("x-github-event", "issues")
            .header("x-github-delivery", id)
            .header("x-hub-signature-256", sign(body.as_bytes()))
            .body(body.to_owned());
        let sent = self.runtime.block_on(request.send());
        sent.expect("it is answered").status().as_u16()
    }
}

// Assembled here, so that nothing in the source looks like a token.
fn token() -> String {
    ["stub", "token"].join("-")
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key fits");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn node(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/node")
        .join(path)
}

/// An opened issue of GitHub's own examples.
fn issue() -> Value {
    let file = node("node_modules/@octokit/webhooks-examples/api.github.com/index.json");
    let text = std::fs::read_to_string(file).expect("`npm ci` in tests/node brings it");
    let all: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let issues = all.iter().find(|family| family["name"] == "issues");
    let examples = issues.expect("issues")["examples"].as_array().cloned();
    examples
        .expect("a list")
        .into_iter()
        .find(|one| one["action"] == "opened")
        .expect("one was opened")
}

/// A child that ends with this.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a listener of the test's own was sent: signature and body.
type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

async fn receiver() -> (String, Received) {
    let received = Received::default();
    let app = Router::new()
        .fallback(
            async |State(received): State<Received>, headers: HeaderMap, body: Bytes| {
                let signature = headers.get("x-hub-signature-256");
                let signature = signature.and_then(|value| value.to_str().ok());
                let entry = (signature.unwrap_or_default().to_owned(), body.to_vec());
                received.lock().expect("no panic").push(entry);
            },
        )
        .with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    (format!("http://{address}"), received)
}

#[test]
fn by_a_smee_channel_perch_gets_what_the_real_smee_client_gets_and_what_breaks_is_asked_for() {
    let watched = Watched::new();
    let served = watched.serve(SECRET);
    let beat = Duration::from_secs(5);
    let smee = watched.runtime.block_on(Smee::start(Dialect::Smee, beat));
    watched.choose(&format!("kind = \"smee\"\nurl = \"{}\"", smee.url()));
    let tunnel = watched.open();
    assert_eq!(tunnel["address"], smee.url());
    assert_eq!(tunnel["last_delivery"], Value::Null);

    let (target, received) = watched.runtime.block_on(receiver());
    let client = Command::new("node")
        .arg(node("node_modules/smee-client/bin/smee.js"))
        .args(["--url", &smee.url(), "--target", &target])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _client = Peer(client.expect("node is part of the set-up"));
    wait_for("both to listen", || (smee.readers() == 2).then_some(()));

    let issue = issue();
    let compact = issue.to_string();
    watched.post(&smee.url(), "compact", &compact);
    wait_for("the issue to come by the channel", || {
        let events = watched.world.says(&["events"]);
        events.contains("issue.created").then_some(())
    });
    let first = wait_for("the client to hand it on", || {
        received.lock().expect("no panic").first().cloned()
    });
    assert_eq!(first, (sign(compact.as_bytes()), compact.into_bytes()));
    assert_eq!(watched.connection()["tunnel"]["deliveries"], 1);

    // The relay writes this one anew: its signature cannot hold, so the forge is asked what happened.
    watched
        .forge
        .with(|far| far.open_issue(REPO, "Told by the forge", "Only", "grace"));
    let spaced = serde_json::to_string_pretty(&issue).expect("JSON");
    watched.post(&smee.url(), "spaced", &spaced);
    wait_for("the forge to tell", || {
        let events = watched.world.says(&["events"]);
        events.contains("Told by the forge").then_some(())
    });
    let second = wait_for("the client to hand it on", || {
        received.lock().expect("no panic").get(1).cloned()
    });
    assert_ne!(
        second.0,
        sign(&second.1),
        "no other client could verify it either"
    );
    assert_eq!(watched.connection()["tunnel"]["deliveries"], 1);

    let said = watched.world.says(&["status"]);
    let open = format!("tunnel smee: open at {}", smee.url());
    assert!(
        said.contains(&open) && said.contains("last delivery 20"),
        "{said}"
    );
    let said = watched.world.perch(&["doctor"]).stdout;
    let said = String::from_utf8(said).expect("text");
    let expected = format!(
        "ok   connection {NAME}: the smee tunnel is open at {}; 1 came",
        smee.url()
    );
    assert!(said.contains(&expected), "{said}");

    // A section taken out closes the tunnel.
    let file = watched.world.json(&["status"])["config_file"].clone();
    let file = file.as_str().expect("a path");
    let text = std::fs::read_to_string(file).expect("readable");
    let end = text
        .find("[connection.tunnel]\nkind = \"smee\"")
        .expect("it is there");
    std::fs::write(file, &text[..end]).expect("written");
    wait_for("the channel to be left", || {
        (smee.readers() == 1).then_some(())
    });
    assert_eq!(watched.connection()["tunnel"], Value::Null);
    assert!(served.quit().success());
}

#[test]
fn a_mistyped_tunnel_is_told_and_the_settings_before_stay_in_force() {
    let watched = Watched::new();
    let served = watched.serve(SECRET);
    watched.choose("kind = \"smee\"\nulr = \"https://smee.example/abc\"");
    let told = wait_for("the problem", || {
        let status = watched.world.json(&["status"]);
        status["problems"][0].as_str().map(str::to_owned)
    });
    assert!(
        told.contains("unknown key `ulr`; did you mean `url`?"),
        "{told}"
    );
    assert!(served.quit().success());
}

/// A program that behaves as `kind` does, and tells about itself in its folder.
#[cfg(unix)]
fn program(folder: &Path, kind: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let program = folder.join(kind);
    let text = format!(
        "#!/bin/sh\nexec node '{}' {kind} '{}' \"$@\"\n",
        node("tunnel-program.mjs").display(),
        folder.display()
    );
    std::fs::write(&program, text).expect("written");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&program, mode).expect("set");
    program
}

/// True while a process of that id runs. A zombie does not.
#[cfg(unix)]
fn runs(pid: &str) -> bool {
    let shown = Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .expect("ps is everywhere");
    let state = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

#[cfg(unix)]
#[test]
fn a_tunnels_program_ends_with_perch_however_perch_ends() {
    for kind in ["cloudflared", "ngrok"] {
        let watched = Watched::new();
        let folder = tempfile::tempdir().expect("a folder");
        let program = program(folder.path(), kind);
        let pid = || std::fs::read_to_string(folder.path().join("pid")).unwrap_or_default();
        let mut served = watched.serve("");
        watched.choose(&format!(
            "kind = \"{kind}\"\nprogram = \"{}\"",
            program.display()
        ));
        let tunnel = watched.open();
        let secrets = watched.connection()["secrets"].clone();
        assert_eq!(
            secrets["webhook_secret"], true,
            "Perch makes the webhook, so it chose a secret"
        );

        // What reaches the world is this port, and it serves nothing else.
        let address = tunnel["address"].as_str().expect("an address");
        let address = address.replace("https://", "http://");
        assert_eq!(watched.post(&address, "forged", &issue().to_string()), 401);
        let health = address.replace(&format!("/webhooks/{NAME}"), "/healthz");
        assert_eq!(watched.post(&health, "none", "{}"), 404);

        for strike in [true, false] {
            let was = pid();
            assert!(runs(&was), "{kind} runs");
            if strike {
                served.strike();
            } else {
                assert!(served.quit().success());
                wait_for("the program to end", || (!runs(&was)).then_some(()));
                break;
            }
            wait_for("the program to end with Perch", || {
                (!runs(&was)).then_some(())
            });
            served = watched.world.serve(None).expect("it starts again");
            wait_for("another program", || {
                (pid() != was && runs(&pid())).then_some(())
            });
        }
    }
}
