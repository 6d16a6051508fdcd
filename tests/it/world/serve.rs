//! A running `perch serve`, and its end.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::blow::Blow;
use super::{World, wait_for};

/// A running `perch serve`. It ends with this.
pub(crate) struct Serve {
    child: Child,
    /// The program itself, which is a child of strace's where a blow is planned.
    program: u32,
    /// Where the panel is.
    pub(crate) panel: String,
}

impl World {
    /// Starts `perch serve` and waits until it says where its panel is; nothing if it was struck before.
    pub(crate) fn serve(&self, blow: Option<Blow>) -> Option<Serve> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder().join("serve.log"))
            .expect("a log can be written");
        let mut child = self
            .struck(blow)
            .args(["serve", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("perch starts; strace is part of the set-up");
        let output = child.stdout.take().expect("its output is piped");
        let panel = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find(|line| line.starts_with("http://"));
        let Some(panel) = panel else {
            child.wait().expect("a child can be waited for");
            return None;
        };
        let program = match blow {
            None => child.id(),
            Some(_) => child_of(child.id())?,
        };
        Some(Serve {
            child,
            program,
            panel,
        })
    }

    /// How often a toast about anything was shown by any `perch serve` of this world: where there is no desktop a
    /// notice is a line of the log.
    pub(crate) fn toasts(&self) -> usize {
        let log = std::fs::read_to_string(self.folder().join("serve.log")).unwrap_or_default();
        log.lines().filter(|line| line.contains(" offer=")).count()
    }
}

/// The only child of a process.
fn child_of(parent: u32) -> Option<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    listed.split_whitespace().next()?.parse().ok()
}

impl Serve {
    /// True while it runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// `kill -9`.
    pub(crate) fn strike(mut self) {
        self.signal("-KILL");
        self.child.wait().expect("a child can be waited for");
    }

    /// Asks it to end, as a service is, and tells how it ended.
    pub(crate) fn quit(mut self) -> ExitStatus {
        self.signal("-TERM");
        wait_for("perch serve to end", || {
            self.child.try_wait().expect("a child can be waited for")
        })
    }

    fn signal(&self, signal: &str) {
        let _ = Command::new("kill")
            .args([signal, &self.program.to_string()])
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        if self.runs() {
            self.signal("-KILL");
            let _ = self.child.wait();
        }
    }
}
