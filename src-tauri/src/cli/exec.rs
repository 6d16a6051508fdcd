//! `perch exec -- CMD`: runs a command as if Perch were not there, and records the run.
//!
//! Output, input, signals, terminal and exit code pass through untouched; nothing that goes wrong with
//! the recording reaches the command. What becomes of a run is decided by the engine.

#[cfg(unix)]
mod child;
mod machine;
mod recording;
#[cfg(unix)]
mod relay;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod terminal;
#[cfg(not(unix))]
mod threads;

#[cfg(all(test, unix))]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use perch_core::run::ExecRun;
use perch_integrations::providers::local::snapshot::{self, Limits};

use self::recording::Recording;

/// Where a run is recorded.
#[derive(Debug, Clone)]
pub struct Places {
    /// The spool the engine empties.
    pub spool: PathBuf,
    /// Where snapshots of working trees are kept.
    pub snapshots: PathBuf,
    /// The engine's socket.
    pub socket: PathBuf,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

impl Ended {
    /// The exit code as a shell tells it: 128 + number for a signal.
    pub fn code(self) -> i32 {
        match self {
            Self::Exited(code) => code,
            Self::Killed(signal) => 128 + signal,
        }
    }

    /// Ends Perch the same way: with that exit code, or by that signal.
    pub fn leave(self) -> ExitCode {
        #[cfg(unix)]
        if let Self::Killed(signal) = self {
            signals::die_of(signal);
        }
        ExitCode::from(u8::try_from(self.code() & 0xff).unwrap_or(1))
    }
}

/// Why a command did not start, as shells tell it.
#[derive(Debug)]
struct NotStarted {
    code: i32,
    message: String,
}

impl NotStarted {
    fn new(program: &std::ffi::OsStr, error: &std::io::Error) -> Self {
        let program = program.to_string_lossy();
        if error.kind() == std::io::ErrorKind::NotFound {
            Self {
                code: 127,
                message: format!("{program}: command not found"),
            }
        } else {
            Self {
                code: 126,
                message: format!("{program}: {error}"),
            }
        }
    }
}

/// Runs `command` in the present folder and records it at `places`, or nowhere for the given reason.
///
/// `clock` tells the time; it is asked when the command starts and when it has ended. A command that does
/// not start is told on standard error and not recorded.
pub fn run(
    places: Result<&Places, &str>,
    command: &[OsString],
    clock: &dyn Fn() -> Timestamp,
) -> Ended {
    if command.is_empty() {
        say("no command given; write it after `--`");
        return Ended::Exited(2);
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let base = places
        .ok()
        .and_then(|places| snapshot::take(&folder, &places.snapshots, Limits::default()));
    let started_at = clock();
    let id = format!("{}-{}", started_at.as_millisecond(), std::process::id());
    let environment = machine::look(&folder);
    let mut recording = Recording::begin(places.map(|places| places.spool.as_path()), &id);
    let ended = match relayed(command, &mut recording) {
        Ok(ended) => ended,
        Err(not_started) => {
            // Dropping the recording leaves nothing behind.
            say(&not_started.message);
            return Ended::Exited(not_started.code);
        }
    };
    let run = ExecRun {
        id,
        command: command.iter().map(|part| text(part.as_ref())).collect(),
        folder: text(&folder.canonicalize().unwrap_or_else(|_| folder.clone())),
        repository: snapshot::root(&folder).map(|root| text(&root)),
        base,
        exit_code: ended.code(),
        started_at,
        finished_at: clock(),
        log_bytes: recording.bytes(),
        environment: environment.take(),
    };
    match (recording.finish(&run), places) {
        (Ok(()), Ok(places)) => recording::poke(&places.socket),
        (Ok(()), Err(_)) => {}
        (Err(reason), _) => say(&format!("this run was not recorded: {reason}")),
    }
    ended
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(unix)]
fn relayed(command: &[OsString], recording: &mut Recording) -> Result<Ended, NotStarted> {
    let signals = signals::Signals::take_over();
    let started = child::start(command)?;
    Ok(relay::relay(started, signals, recording))
}

#[cfg(not(unix))]
fn relayed(command: &[OsString], recording: &mut Recording) -> Result<Ended, NotStarted> {
    threads::relay(command, recording)
}

#[expect(
    clippy::print_stderr,
    reason = "the recorder's one line beside the command's own output"
)]
fn say(message: &str) {
    eprintln!("perch: {message}");
}
