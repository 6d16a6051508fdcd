//! The program under test in a world of its own: its folders, no display, no bus, no keychain.

pub(crate) mod blow;
pub(crate) mod greeter;
pub(crate) mod monitors;
pub(crate) mod rounds;
pub(crate) mod serve;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The program under test.
pub(crate) const PERCH: &str = env!("CARGO_BIN_EXE_perch");

/// Everything one user of a machine has.
pub(crate) struct World {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            environment: Vec::new(),
        };
        std::fs::create_dir(world.home()).expect("a folder can be made");
        world
    }

    /// The same with a variable set in all that is run.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A folder for whatever a test needs beside Perch's own.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder Perch has for itself, unless the environment says another.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("perch")
    }

    /// `program ARGUMENTS` in this world, not started yet.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("PERCH_HOME", self.home())
            .env("PERCH_LISTEN", "127.0.0.1:0")
            .env("HOME", self.folder.path())
            .env("CARGO_HOME", tool_home("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", tool_home("RUSTUP_HOME", ".rustup"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        for name in [
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "DBUS_SESSION_BUS_ADDRESS",
            "XDG_RUNTIME_DIR",
            "CARGO_TARGET_DIR",
            "PERCH_LOG",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// `perch ARGUMENTS` in this world, not started yet.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = self.program(PERCH);
        command.args(arguments);
        command
    }

    /// Runs `perch ARGUMENTS` to its end.
    pub(crate) fn perch<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        self.command(arguments).output().expect("perch runs")
    }

    /// What `perch ARGUMENTS` prints; it must succeed.
    pub(crate) fn says<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        let output = self.perch(arguments);
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        let shown: Vec<_> = arguments.iter().map(|one| one.as_ref().display()).collect();
        let shown: Vec<String> = shown.iter().map(ToString::to_string).collect();
        assert!(
            output.status.success(),
            "perch {}: {words}{}",
            shown.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        words
    }

    /// What `perch ARGUMENTS --json` answers.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let words = self.says(&[arguments, &["--json"]].concat());
        serde_json::from_str(&words).expect("`--json` prints JSON")
    }

    /// What `perch ARGUMENTS --json` answers when it is given `input`.
    pub(crate) fn json_of_input(&self, arguments: &[&str], input: &str) -> Value {
        let mut child = self
            .command(&[arguments, &["--json"]].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("perch runs");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "perch {arguments:?}");
        serde_json::from_slice(&output.stdout).expect("`--json` prints JSON")
    }

    /// The ids of what is in the inbox, newest first.
    pub(crate) fn inbox(&self) -> Vec<String> {
        ids(&self.json(&["suggestions"])["suggestions"])
    }
}

/// The ids of a list of things.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    let id = |one: &Value| one["id"].as_str().expect("an id").to_owned();
    list.as_array().expect("a list").iter().map(id).collect()
}

/// Where a tool of the machine keeps what it needs, though the test's home is another.
#[expect(
    clippy::disallowed_methods,
    reason = "a test of real tools runs those of this machine"
)]
fn tool_home(variable: &str, usual: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(usual),
        PathBuf::from,
    )
}

/// Asks until there is an answer; fails after a minute, saying what was awaited.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "waited a minute for {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test of a real process waits for real time"
)]
fn now() -> Instant {
    Instant::now()
}
