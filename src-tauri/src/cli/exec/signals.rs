//! Signals that reach Perch while the command runs: forwarded, or told to the relay.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

use pty_process::blocking::Pty;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, getrlimit, kill_process, kill_process_group, setrlimit,
};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::signal::{
    SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH,
};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};

use super::terminal;

/// Signals that are passed on to the command.
const FORWARDED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// The command told the relay: something about it changed.
pub(super) const CHILD: u8 = b'c';
/// Perch was continued.
pub(super) const CONTINUED: u8 = b'g';
/// Perch was asked to stop for a while.
pub(super) const STOP: u8 = b'z';

/// Signals that wait until the command runs.
pub(super) struct Signals(Option<SignalsInfo<WithOrigin>>);

/// The process signals are passed on to.
#[derive(Clone)]
pub(super) struct Receiver {
    /// The command.
    pub(super) pid: Pid,
    /// Its terminal when it has one of its own, and with that a session of its own.
    pub(super) pty: Option<Arc<Pty>>,
}

impl Signals {
    /// Takes the signals over from their default actions. Those Perch was started to ignore (`nohup`, a
    /// shell's background job) stay ignored, for the command too.
    pub(super) fn take_over() -> Self {
        let ignored = ignored();
        let mut taken: Vec<i32> = FORWARDED
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
            .collect();
        taken.extend([SIGCHLD, SIGCONT, SIGWINCH]);
        Self(SignalsInfo::<WithOrigin>::new(taken).ok())
    }

    /// Passes signals on to `receiver` from now on. What comes out of the answer tells what the relay has
    /// to look at: [`CHILD`], [`CONTINUED`], [`STOP`].
    ///
    /// `stop_too` takes over Ctrl-Z as well: for a command that does not share Perch's terminal.
    pub(super) fn pass_on(self, receiver: Receiver, stop_too: bool) -> std::io::Result<UnixStream> {
        let (mut tell, told) = UnixStream::pair()?;
        let Some(mut signals) = self.0 else {
            // Nothing can be watched: the relay looks at its own pace when the other end is closed.
            return Ok(told);
        };
        if stop_too {
            signals.add_signal(SIGTSTP)?;
        }
        // A signal may have come before anyone could be told.
        tell.write_all(&[CHILD])?;
        thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                for origin in &mut signals {
                    let note = match origin.signal {
                        SIGCHLD => CHILD,
                        SIGCONT => CONTINUED,
                        SIGTSTP => STOP,
                        SIGWINCH => {
                            terminal::copy_size(receiver.pty.as_deref());
                            continue;
                        }
                        _ => {
                            forward(&receiver, &origin);
                            continue;
                        }
                    };
                    if tell.write_all(&[note]).is_err() {
                        break;
                    }
                }
            })?;
        Ok(told)
    }
}

/// What came from a process goes to the command. What a terminal sent went to everyone in its foreground:
/// a command that shares Perch's terminal has it already.
fn forward(receiver: &Receiver, origin: &Origin) {
    let Some(signal) = Signal::from_named_raw(origin.signal) else {
        return;
    };
    let by_process = match origin.cause {
        Cause::Sent(_) => true,
        Cause::Unknown => origin.process.is_some_and(|process| process.pid > 0),
        _ => false,
    };
    let _ = match &receiver.pty {
        _ if by_process => kill_process(receiver.pid, signal),
        Some(pty) => kill_process_group(foreground(pty, receiver.pid), signal),
        None => Ok(()),
    };
}

/// The process group in the foreground of the command's terminal.
pub(super) fn foreground(pty: &Pty, command: Pid) -> Pid {
    tcgetpgrp(pty).unwrap_or(command)
}

/// The signals this process ignores, as a bit mask; where the system does not tell, none.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .map(str::trim);
    mask.and_then(|mask| u64::from_str_radix(mask, 16).ok())
        .unwrap_or(0)
}

/// Ends this process by `signal`, as the command was. The command has left its core dump, if any; Perch
/// adds none.
pub(super) fn die_of(signal: i32) {
    let limit = getrlimit(Resource::Core);
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: limit.maximum,
        },
    );
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
