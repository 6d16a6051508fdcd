//! A violent end of Perch at a chosen system call, and what the disk has kept of it then.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use super::{PERCH, World};

/// Where Perch is killed: at its n-th system call of a kind, before the call has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blow {
    /// What the calls do.
    pub(crate) at: At,
    /// Which of them, counted from 1 in each thread.
    pub(crate) number: u32,
}

/// Ways of reaching the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// A commit that the disk has kept although nobody waited for it: it is there, and nothing after it.
    Commit,
    /// A commit that the disk has lost, as when the power fails: everything before it is there.
    LostCommit,
    /// A file put in its place.
    Rename,
    /// Bytes leaving over a socket: answers to senders and to the command line, requests.
    Send,
}

impl At {
    /// The system calls, as strace lists them.
    fn calls(self) -> &'static str {
        match self {
            Self::Commit | Self::LostCommit => "fsync,fdatasync",
            Self::Rename => "rename,renameat,renameat2",
            Self::Send => "sendto,sendmsg,writev",
        }
    }
}

impl World {
    /// `perch`, to be killed where `blow` says.
    pub(crate) fn struck(&self, blow: Option<Blow>) -> Command {
        let Some(Blow { at, number }) = blow else {
            return self.program(PERCH);
        };
        let calls = at.calls();
        let mut command = self.program("strace");
        command
            .args(["-f", "-qq", "-y", "-o"])
            .arg(self.folder().join(TRACE))
            .arg(format!("--trace={calls}"))
            .arg(format!("--inject={calls}:signal=KILL:when={number}"))
            .arg(PERCH);
        command
    }

    /// Runs `perch ARGUMENTS` to its end, or until `blow` falls.
    pub(crate) fn perch_struck(&self, blow: Blow, arguments: &[&str]) -> Output {
        let mut command = self.struck(Some(blow));
        let output = command
            .args(arguments)
            .output()
            .expect("strace is part of the set-up");
        self.lose(blow);
        output
    }

    /// Takes from the disk what was not yet safe there when `blow` fell.
    ///
    /// SQLite appends a transaction to its log and then has the log flushed, so of a process killed at the flush
    /// the transaction stands in the log, and of a machine without power it may not. The log is gone if another
    /// process had the database meanwhile; then nothing is taken.
    pub(crate) fn lose(&self, blow: Blow) {
        let trace = std::fs::read_to_string(self.folder().join(TRACE)).unwrap_or_default();
        let last = trace.lines().rfind(|line| line.contains("sync("));
        if blow.at == At::LostCommit && last.is_some_and(|line| line.contains(LOG)) {
            lose_last_transaction(&self.home().join("data").join(LOG));
        }
    }

    /// True if nothing that could be struck was done for a while.
    pub(crate) fn is_quiet(&self) -> bool {
        let seen = || std::fs::metadata(self.folder().join(TRACE)).map_or(0, |trace| trace.len());
        let before = seen();
        std::thread::sleep(Duration::from_millis(300));
        seen() == before
    }
}

/// Where strace writes what it saw.
const TRACE: &str = "trace";

/// SQLite's write-ahead log.
const LOG: &str = "perch.db-wal";

/// Cuts the last transaction off a write-ahead log. Layout: <https://sqlite.org/fileformat2.html#walformat>.
fn lose_last_transaction(log: &Path) {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let Ok(bytes) = std::fs::read(log) else {
        return;
    };
    let number = |at: usize| {
        bytes.get(at..at + 4).map_or(0, |digits| {
            u32::from_be_bytes(digits.try_into().expect("four bytes"))
        })
    };
    let page = usize::try_from(number(8)).expect("a page fits into memory");
    let salt = bytes.get(16..24);
    let mut ends = vec![HEADER];
    let mut at = HEADER;
    // Frames with another salt are left from before the log was begun anew.
    while salt.is_some() && bytes.get(at + 8..at + 16) == salt {
        let ends_transaction = number(at + 4) != 0;
        at += FRAME_HEADER + page;
        if ends_transaction {
            ends.push(at);
        }
    }
    assert!(
        at < 1000 * page,
        "a log this long is copied back now and then, and flushed for that without a transaction"
    );
    ends.pop();
    if let Some(end) = ends.pop() {
        OpenOptions::new()
            .write(true)
            .open(log)
            .and_then(|file| file.set_len(end as u64))
            .expect("the log can be cut");
    }
}
