//! Starts the command: on a terminal of its own where Perch has one, on pipes where it has none.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;

use pty_process::blocking::{Pts, Pty};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::Pid;
use rustix::stdio;
use rustix::termios::{OptionalActions, OutputModes, tcgetattr, tcsetattr};

use super::NotStarted;
use super::terminal::{self, Terminals};

/// A running command.
pub(super) struct Started {
    pub(super) pid: Pid,
    /// Its terminal, when it has one of its own.
    pub(super) pty: Option<Arc<Pty>>,
    /// True when that is its input as well.
    pub(super) reads_pty: bool,
    /// What it prints, and where that goes.
    pub(super) outputs: Vec<Output>,
}

/// One stream of a command.
pub(super) struct Output {
    pub(super) from: Source,
    pub(super) to: Target,
}

/// Where output comes from.
pub(super) enum Source {
    Pty(Arc<Pty>),
    Pipe(OwnedFd),
}

/// Where output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Stdout,
    Stderr,
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Pty(pty) => pty.as_fd(),
            Self::Pipe(pipe) => pipe.as_fd(),
        }
    }
}

impl Target {
    pub(super) fn fd(self) -> BorrowedFd<'static> {
        match self {
            Self::Stdout => stdio::stdout(),
            Self::Stderr => stdio::stderr(),
        }
    }
}

/// Starts `command`, whose first part is the program.
pub(super) fn start(command: &[OsString]) -> Result<Started, NotStarted> {
    let (program, arguments) = command
        .split_first()
        .expect("the caller saw that it is not empty");
    let failed = |error: &io::Error| NotStarted::new(program, error);
    let terminals = Terminals::look();
    let mut prepared = Command::new(program);
    prepared.args(arguments);
    if terminals.stdout || terminals.stderr {
        // A machine without pseudo-terminals still runs commands, only on pipes.
        if let Ok((pty, pts)) = pair(terminals) {
            return on_terminal(prepared, terminals, pty, pts).map_err(|error| failed(&error));
        }
    }
    prepared.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = prepared.spawn().map_err(|error| failed(&error))?;
    let outputs = piped(child.stdout.take(), child.stderr.take());
    Ok(Started {
        pid: Pid::from_child(&child),
        pty: None,
        reads_pty: false,
        outputs: outputs.map_err(|error| failed(&error))?,
    })
}

/// A terminal with the size and the modes of Perch's own.
fn pair(terminals: Terminals) -> io::Result<(Pty, Pts)> {
    let (pty, pts) = pty_process::blocking::open().map_err(io::Error::other)?;
    if let Some(model) = terminals.model() {
        terminal::copy_size(Some(&pty));
        if let Ok(mut modes) = tcgetattr(model) {
            // Perch's own terminal stays as it is without input from it, and treats line ends itself.
            if !terminals.stdin {
                modes.output_modes.remove(OutputModes::OPOST);
            }
            tcsetattr(&pts, OptionalActions::Now, &modes)?;
        }
    }
    without_waiting(&pty)?;
    Ok((pty, pts))
}

fn on_terminal(command: Command, terminals: Terminals, pty: Pty, pts: Pts) -> io::Result<Started> {
    let mut command = pty_process::blocking::Command::from(command);
    if !terminals.stdin {
        command = command.stdin(Stdio::inherit());
    }
    if !terminals.stdout {
        command = command.stdout(Stdio::piped());
    }
    if !terminals.stderr {
        command = command.stderr(Stdio::piped());
    }
    let mut child = command.spawn(pts).map_err(|error| match error {
        pty_process::Error::Io(error) => error,
        error @ pty_process::Error::Rustix(_) => io::Error::other(error),
    })?;
    let pty = Arc::new(pty);
    let mut outputs = piped(child.stdout.take(), child.stderr.take())?;
    outputs.push(Output {
        from: Source::Pty(Arc::clone(&pty)),
        to: if terminals.stdout {
            Target::Stdout
        } else {
            Target::Stderr
        },
    });
    Ok(Started {
        pid: Pid::from_child(&child),
        pty: Some(pty),
        reads_pty: terminals.stdin,
        outputs,
    })
}

fn piped(stdout: Option<ChildStdout>, stderr: Option<ChildStderr>) -> io::Result<Vec<Output>> {
    let stdout = stdout.map(|pipe| (OwnedFd::from(pipe), Target::Stdout));
    let stderr = stderr.map(|pipe| (OwnedFd::from(pipe), Target::Stderr));
    stdout
        .into_iter()
        .chain(stderr)
        .map(|(pipe, to)| {
            without_waiting(&pipe)?;
            Ok(Output {
                from: Source::Pipe(pipe),
                to,
            })
        })
        .collect()
}

fn without_waiting(fd: impl AsFd) -> io::Result<()> {
    let flags = fcntl_getfl(&fd)?;
    Ok(fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?)
}
