//! Perch itself as a test runs it: in the tray, or once for a command.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::processes::started_by;
use super::{Session, wait_for};

/// The program under test.
pub(crate) const PERCH: &str = env!("CARGO_BIN_EXE_perch");

impl Session {
    /// What keeps a test's Perch apart from every other one: its folders and a listener of its own.
    pub(crate) fn world(&self) -> [(&'static str, String); 2] {
        [
            ("PERCH_HOME", self.home().display().to_string()),
            ("PERCH_LISTEN", "127.0.0.1:0".to_owned()),
        ]
    }

    /// `perch ARGUMENTS` in this test's world, not started yet.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = self.program(PERCH);
        command.args(arguments);
        command
    }

    /// Any program in this test's world, not started yet.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.world());
        command
    }

    /// Runs `perch ARGUMENTS` to its end.
    pub(crate) fn perch<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        self.command(arguments).output().expect("perch runs")
    }

    /// Starts Perch in the tray; it is ended with the answer.
    pub(crate) fn start<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Tray {
        self.start_with(&[], arguments)
    }

    /// The same with more in its environment.
    pub(crate) fn start_with<A: AsRef<OsStr>>(
        &self,
        environment: &[(&str, &OsStr)],
        arguments: &[A],
    ) -> Tray {
        let child = self
            .command(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .spawn()
            .expect("perch starts");
        Tray { child }
    }
}

/// A session bus with nobody on it: no tray, no toasts, no keyring.
pub(crate) struct BareBus {
    child: Child,
    /// Where it is.
    pub(crate) address: String,
}

impl BareBus {
    /// One on which programs that are installed are started when somebody asks for them.
    pub(crate) fn start() -> Self {
        Self::with(OsStr::new("--session"))
    }

    /// One on which nothing is started by itself. Its configuration is kept in `folder`.
    pub(crate) fn without_services(folder: &Path) -> Self {
        let file = folder.join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            folder.display()
        );
        std::fs::write(&file, text).expect("a file of the test's own is written");
        let mut argument = std::ffi::OsString::from("--config-file=");
        argument.push(file);
        Self::with(&argument)
    }

    fn with(kind: &OsStr) -> Self {
        let mut child = Command::new("dbus-daemon")
            .arg(kind)
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon starts");
        let output = child.stdout.take().expect("its output is piped");
        let mut address = String::new();
        BufReader::new(output)
            .read_line(&mut address)
            .expect("the bus says where it is");
        Self {
            child,
            address: address.trim().to_owned(),
        }
    }
}

impl Drop for BareBus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Perch in the tray.
pub(crate) struct Tray {
    child: Child,
}

impl Tray {
    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it started and what that started, by name.
    pub(crate) fn descendants(&self) -> Vec<String> {
        let started = started_by(self.id());
        started.into_iter().map(|process| process.name).collect()
    }

    /// Its exit code, once it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<Option<i32>> {
        let status = self.child.try_wait().expect("a child can be waited for")?;
        Some(status.code())
    }

    /// Asks it to end, as a desktop does at log-out, and tells its exit code.
    pub(crate) fn quit(mut self) -> Option<i32> {
        self.end()
    }

    fn end(&mut self) -> Option<i32> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return status.code();
        }
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(
            asked.is_ok_and(|status| status.success()),
            "a signal is sent"
        );
        let status = wait_for("perch to end", Duration::from_secs(20), || {
            self.child.try_wait().expect("a child can be waited for")
        });
        status.code()
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
            return;
        }
        // The failure that is under way must be the one that is told.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
