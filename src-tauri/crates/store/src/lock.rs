//! The engine's lock: one engine to a data folder.
//!
//! The lock is on `engine.lock`, which the system releases however the engine ends. What the engine says of itself is
//! in `engine.json` beside it, because on Windows nobody can read a file that is locked.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What runs as the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineKind {
    /// The tray app.
    Tray,
    /// `perch serve`.
    Serve,
    /// A command that found no engine and does the work itself.
    Command,
}

/// What an engine says of itself to those who come second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineNote {
    /// Its process id.
    pub pid: u32,
    /// What it is.
    pub kind: EngineKind,
    /// The socket on which it answers.
    pub socket: PathBuf,
    /// Where its panel is in a browser, without the token; absent for the tray.
    pub panel: Option<String>,
    /// When it started.
    pub started_at: Timestamp,
}

impl EngineNote {
    /// What the engine of `data` last said of itself. It may have ended since.
    pub fn read(data: &Path) -> Option<Self> {
        let bytes = fs::read(data.join(NOTE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// Why the lock could not be had.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another engine has it.
    #[error("{}", held(note.as_ref()))]
    Held {
        /// What it says of itself, unless it has only just begun.
        note: Option<EngineNote>,
    },
    /// The data folder allows no lock.
    #[error(
        "the data folder {} cannot be locked: {source}; make it writable, or set PERCH_HOME to a local folder",
        data.display()
    )]
    Unusable {
        /// The data folder.
        data: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn held(note: Option<&EngineNote>) -> String {
    let Some(note) = note else {
        return "Perch is already starting on this data folder; try again in a moment".into();
    };
    let what = match note.kind {
        EngineKind::Tray => "in the tray",
        EngineKind::Serve => "as `perch serve`",
        EngineKind::Command => "as a command",
    };
    let panel = note.panel.as_ref();
    let panel = panel.map_or(String::new(), |panel| format!("; its panel is at {panel}"));
    format!(
        "Perch already runs {what} on this data folder (process {}){panel}",
        note.pid
    )
}

/// The lock on a data folder, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct EngineLock {
    data: PathBuf,
    _file: File,
}

const LOCK: &str = "engine.lock";
const NOTE: &str = "engine.json";

impl EngineLock {
    /// Takes the lock on the existing folder `data` and leaves `note` for others.
    pub fn acquire(data: &Path, note: &EngineNote) -> Result<Self, LockError> {
        let unusable = |source| LockError::Unusable {
            data: data.to_owned(),
            source,
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data.join(LOCK))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held {
                    note: EngineNote::read(data),
                });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        let lock = Self {
            data: data.to_owned(),
            _file: file,
        };
        lock.tell(note).map_err(unusable)?;
        Ok(lock)
    }

    /// Leaves another note, for example once the panel's address is known.
    pub fn tell(&self, note: &EngineNote) -> io::Result<()> {
        let beside = self.data.join(format!("{NOTE}.new"));
        fs::write(&beside, serde_json::to_vec(note)?)?;
        fs::rename(&beside, self.data.join(NOTE))
    }
}

impl Drop for EngineLock {
    fn drop(&mut self) {
        // Left behind after a crash it does no harm: it is only believed while the lock is held.
        let _ = fs::remove_file(self.data.join(NOTE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(panel: Option<&str>) -> EngineNote {
        EngineNote {
            pid: std::process::id(),
            kind: EngineKind::Serve,
            socket: "/data/engine.sock".into(),
            panel: panel.map(str::to_owned),
            started_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_second_engine_is_told_where_the_first_is_until_that_ends() {
        let data = tempfile::tempdir().expect("a folder");
        let first = EngineLock::acquire(data.path(), &note(None)).expect("free");
        first
            .tell(&note(Some("http://127.0.0.1:7421")))
            .expect("told");
        let error = EngineLock::acquire(data.path(), &note(None)).expect_err("held");
        assert_eq!(
            error.to_string(),
            format!(
                "Perch already runs as `perch serve` on this data folder (process {}); \
                 its panel is at http://127.0.0.1:7421",
                std::process::id()
            )
        );
        let LockError::Held { note: Some(seen) } = error else {
            panic!("no note: {error}");
        };
        assert_eq!(seen, note(Some("http://127.0.0.1:7421")));
        drop(first);
        assert_eq!(EngineNote::read(data.path()), None);
        EngineLock::acquire(data.path(), &note(None)).expect("free again");
    }

    #[test]
    fn a_note_left_behind_by_a_crash_does_not_hold_the_folder() {
        let data = tempfile::tempdir().expect("a folder");
        let left = serde_json::to_vec(&note(None)).expect("a note");
        fs::write(data.path().join(NOTE), left).expect("written");
        fs::write(data.path().join(LOCK), "").expect("written");
        let lock = EngineLock::acquire(data.path(), &note(Some("p"))).expect("free");
        assert_eq!(EngineNote::read(data.path()), Some(note(Some("p"))));
        drop(lock);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let data = tempfile::tempdir().expect("a folder");
        let missing = data.path().join("missing");
        let error = EngineLock::acquire(&missing, &note(None)).expect_err("no folder");
        assert!(error.to_string().contains("missing"), "{error}");
    }
}
