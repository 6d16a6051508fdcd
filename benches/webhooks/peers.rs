//! The servers under load, each a process with folders of its own that ends with its [`Peer`].

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::load::Address;
use crate::{SECRET, bare, stored};

/// A server under load.
pub(crate) struct Peer {
    child: Child,
    address: Address,
    _folder: tempfile::TempDir,
}

impl Peer {
    /// The bare route.
    pub(crate) fn bare() -> Self {
        let this = std::env::current_exe().expect("the benchmark's own file");
        let mut command = Command::new(this);
        command.arg(bare::ARGUMENT);
        Self::that_prints_its_port(command, folder())
    }

    /// The Node server.
    pub(crate) fn node() -> Self {
        let folder = folder();
        let mut command = Command::new("node");
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/node/server.mjs"))
            .arg(folder.path().join("node.db"))
            .arg(SECRET);
        Self::that_prints_its_port(command, folder)
    }

    /// `perch serve`, watching `repository` at a GitHub that cannot be reached, with `events` stored.
    pub(crate) fn perch(repository: &str, events: u64) -> Self {
        let folder = folder();
        let home = folder.path().join("perch");
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_perch"));
            for variable in ["DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_HOME"] {
                command.env_remove(variable);
            }
            command
                .env("HOME", folder.path())
                .env("USER", stored::USER)
                .env("PERCH_HOME", &home)
                .env("PERCH_LISTEN", "127.0.0.1:0")
                .env("CODE_REPO_PROVIDER", "github")
                .env("CODE_REPO_URL", format!("http://127.0.0.1:9/{repository}"))
                .env("CODE_REPO_WEBHOOK_SECRET", SECRET)
                .stderr(Stdio::null());
            command
        };
        if events > 0 {
            // Creates folders and database.
            let status = command().arg("status").stdout(Stdio::null()).status();
            assert!(status.expect("perch runs").success(), "perch status works");
            stored::fill(&home, repository, events);
        }
        let mut child = command()
            .args(["serve", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("perch starts");
        first_line(&mut child, |line| line.starts_with("http://"));
        let status = command()
            .args(["status", "--json"])
            .output()
            .expect("perch runs");
        let status: Value = serde_json::from_slice(&status.stdout).expect("status prints JSON");
        let listener = status["listener"].as_str().expect("it listens");
        Self {
            child,
            address: Address {
                socket: listener.parse().expect("an address"),
                path: "/webhooks/code-repo",
            },
            _folder: folder,
        }
    }

    fn that_prints_its_port(mut command: Command, folder: tempfile::TempDir) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts; `make bench` installs what it needs");
        let port = first_line(&mut child, |_| true);
        Self {
            child,
            address: Address {
                socket: SocketAddr::from((
                    Ipv4Addr::LOCALHOST,
                    port.trim().parse().expect("a port"),
                )),
                path: "/",
            },
            _folder: folder,
        }
    }

    /// Where it takes deliveries.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// On the disk of the build, since the machine's temporary folder may be memory.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder can be made")
}

fn first_line(child: &mut Child, is_it: impl Fn(&str) -> bool) -> String {
    let output = child.stdout.take().expect("its output is piped");
    BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .find(|line| is_it(line))
        .expect("it says where it listens")
}
