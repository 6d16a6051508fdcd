//! Carries bytes between Perch's streams and the command's until the command has ended.

use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use pty_process::blocking::Pty;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getppid, getsid, kill_current_process_group,
    kill_process_group, waitpid,
};
use rustix::stdio;
use signal_hook::consts::signal::SIGTSTP;

use super::Ended;
use super::child::Started;
use super::recording::Recording;
use super::signals::{self, CONTINUED, Receiver, STOP, Signals};
use super::terminal::{self, Raw};

/// How long to listen on after the command has ended, each time something came: processes it left behind
/// may hold its streams open for ever.
const QUIET: Duration = Duration::from_millis(250);

/// How often to listen on: a full pipe is emptied, a process that prints for ever is left behind.
const ROUNDS_AFTERWARDS: u32 = 64;

/// How often a Perch in the background looks whether it came to the foreground.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How long a command may take to stop by itself when it is asked to.
const STOPPING: Duration = Duration::from_millis(100);

/// Bytes carried at a time.
const CHUNK: usize = 64 << 10;

/// Relays until the command has ended, and says how.
pub(super) fn relay(started: Started, signals: Signals, recording: &mut Recording) -> Ended {
    let receiver = Receiver {
        pid: started.pid,
        pty: started.pty.clone(),
    };
    let shares_terminal = started.pty.is_none() || started.reads_pty;
    let mut relay = Relay {
        told: signals.pass_on(receiver, !shares_terminal).ok(),
        started,
        raw: None,
        typed: Vec::new(),
        input_open: true,
        ended: None,
        buffer: vec![0; CHUNK],
    };
    // Dropping the relay gives the terminal back before anything else is said.
    relay.run(recording)
}

struct Relay {
    started: Started,
    /// Where the signals thread tells what to look at.
    told: Option<UnixStream>,
    raw: Option<Raw>,
    /// What was typed and not taken by the command yet.
    typed: Vec<u8>,
    input_open: bool,
    ended: Option<Ended>,
    buffer: Vec<u8>,
}

/// What one wait brought.
struct Ready {
    told: bool,
    typed: bool,
    takes: bool,
    outputs: Vec<bool>,
}

impl Relay {
    fn run(&mut self, recording: &mut Recording) -> Ended {
        let mut rounds = ROUNDS_AFTERWARDS;
        loop {
            self.take_terminal();
            let ready = self.wait();
            // Whatever the command printed before it ended is there once its end is known.
            let had_ended = self.ended.is_some();
            if ready.told {
                self.hear();
            }
            self.look_at_command();
            if ready.takes {
                self.hand_over();
            }
            if ready.typed {
                self.read_keys();
            }
            let came = self.carry(&ready.outputs, recording);
            if let Some(ended) = self.ended {
                rounds -= 1;
                let quiet = had_ended && !came;
                if self.started.outputs.is_empty() || quiet || rounds == 0 {
                    return ended;
                }
            }
        }
    }

    /// Goes into raw mode once Perch is in the foreground of its terminal.
    fn take_terminal(&mut self) {
        let wanted = self.started.reads_pty && self.ended.is_none();
        if wanted && self.raw.is_none() && terminal::in_foreground() {
            self.raw = Raw::enter().ok();
            terminal::copy_size(self.started.pty.as_deref());
        }
    }

    /// Waits until something can be done, or until it is time to look again.
    fn wait(&self) -> Ready {
        let running = self.ended.is_none();
        let in_front = self.raw.is_some() && terminal::in_foreground();
        let reads = running && in_front && self.input_open && self.typed.is_empty();
        let waits_for_front = self.started.reads_pty && self.input_open && !in_front;
        let timeout = if !running {
            Some(QUIET)
        } else if self.told.is_none() || waits_for_front {
            Some(LOOK_AGAIN)
        } else {
            None
        };
        let takes = running && !self.typed.is_empty();
        let pty = self.started.pty.as_deref();
        let mut polled: Vec<PollFd<'_>> = Vec::new();
        let mut places = [None; 3];
        let keys = stdio::stdin();
        let others: [(Option<BorrowedFd<'_>>, PollFlags); 3] = [
            (self.told.as_ref().map(AsFd::as_fd), PollFlags::IN),
            (reads.then_some(keys), PollFlags::IN),
            (pty.filter(|_| takes).map(AsFd::as_fd), PollFlags::OUT),
        ];
        for output in &self.started.outputs {
            polled.push(PollFd::new(&output.from, PollFlags::IN));
        }
        for (place, (fd, flags)) in places.iter_mut().zip(others) {
            *place = fd.map(|fd| {
                polled.push(PollFd::from_borrowed_fd(fd, flags));
                polled.len() - 1
            });
        }
        let timeout = timeout.map(|time| Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(time.subsec_nanos()),
        });
        // An interrupted wait finds nothing and is begun again.
        let found = poll(&mut polled, timeout.as_ref()).is_ok();
        let is_ready = |index: usize| found && !polled[index].revents().is_empty();
        Ready {
            told: places[0].is_some_and(is_ready),
            typed: places[1].is_some_and(is_ready),
            takes: places[2].is_some_and(is_ready),
            outputs: (0..self.started.outputs.len()).map(is_ready).collect(),
        }
    }

    /// Hears what the signals thread tells.
    fn hear(&mut self) {
        let mut notes = [0; 64];
        let Some(told) = &mut self.told else { return };
        let count = match told.read(&mut notes) {
            Ok(0) => {
                self.told = None;
                return;
            }
            Ok(count) => count,
            Err(_) => return,
        };
        if notes[..count].contains(&STOP) {
            self.stop_with_command();
        } else if notes[..count].contains(&CONTINUED) && self.raw.is_some() {
            // The shell may have changed the modes meanwhile.
            self.raw = None;
        }
    }

    /// Sees whether the command has ended or was stopped.
    fn look_at_command(&mut self) {
        if self.ended.is_some() {
            return;
        }
        // A command that shares Perch's terminal is stopped together with Perch.
        let options = if self.started.pty.is_some() {
            WaitOptions::NOHANG | WaitOptions::UNTRACED
        } else {
            WaitOptions::NOHANG
        };
        match waitpid(Some(self.started.pid), options) {
            Ok(Some((_, status))) if status.stopped() => self.suspend(),
            Ok(Some((_, status))) => self.ended = Some(ended(status)),
            Ok(None) | Err(Errno::INTR) => {}
            // Someone else has taken the end away; how it was cannot be known.
            Err(_) => self.ended = Some(Ended::Exited(1)),
        }
    }

    /// Reads what was typed.
    fn read_keys(&mut self) {
        let Some(pty) = self.started.pty.clone() else {
            return;
        };
        let count = match rustix::io::read(stdio::stdin(), &mut self.buffer) {
            Ok(0) => {
                self.input_open = false;
                return;
            }
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return,
            Err(_) => {
                self.input_open = false;
                return;
            }
        };
        let keys = &self.buffer[..count];
        // The kernel lets nothing stop a session whose leader's parent is elsewhere, so Perch does it. A shell
        // with jobs of its own in there stops them itself.
        let stops = signals::foreground(&pty, self.started.pid) == self.started.pid;
        let at = terminal::suspend_key(&pty)
            .filter(|_| stops)
            .and_then(|key| keys.iter().position(|&typed| typed == key));
        match at {
            Some(at) => {
                self.typed.extend_from_slice(&keys[..at]);
                let rest = keys[at + 1..].to_vec();
                self.hand_over();
                self.stop_command(&pty);
                self.suspend();
                self.typed.extend(rest);
            }
            None => self.typed.extend_from_slice(keys),
        }
        self.hand_over();
    }

    /// Hands over as much of what was typed as the command's terminal takes.
    fn hand_over(&mut self) {
        let Some(pty) = &self.started.pty else { return };
        while !self.typed.is_empty() {
            match rustix::io::write(pty, &self.typed) {
                Ok(count) => drop(self.typed.drain(..count)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.typed.clear(),
            }
        }
    }

    /// Carries what the command printed. True when there was something.
    fn carry(&mut self, ready: &[bool], recording: &mut Recording) -> bool {
        let mut came = false;
        let mut open = Vec::with_capacity(ready.len());
        for (output, _) in self
            .started
            .outputs
            .iter()
            .zip(ready)
            .filter(|(_, ready)| **ready)
        {
            let keep = match rustix::io::read(&output.from, &mut self.buffer) {
                Ok(0) => false,
                Ok(count) => {
                    came = true;
                    let printed = &self.buffer[..count];
                    recording.add(printed);
                    // When nobody reads any more the command has to learn it as it would without Perch.
                    write_out(output.to.fd(), printed).is_ok()
                }
                Err(Errno::INTR | Errno::AGAIN) => true,
                // A terminal whose other side is closed.
                Err(_) => false,
            };
            open.push(keep);
        }
        let mut open = open.into_iter();
        let mut ready = ready.iter();
        self.started
            .outputs
            .retain(|_| !ready.next().copied().unwrap_or(false) || open.next().unwrap_or(true));
        came
    }

    /// Stops the command's processes, first politely.
    fn stop_command(&mut self, pty: &Arc<Pty>) {
        let group = signals::foreground(pty, self.started.pid);
        let _ = kill_process_group(group, Signal::TSTP);
        std::thread::sleep(STOPPING);
        let _ = kill_process_group(group, Signal::STOP);
    }

    /// Stops Perch with everyone in its foreground, as Ctrl-Z would, and goes on with the command after that.
    fn suspend(&mut self) {
        self.raw = None;
        let _ = kill_current_process_group(Signal::TSTP);
        self.go_on();
    }

    /// The terminal asked Perch to stop while the command has another: both stop.
    fn stop_with_command(&mut self) {
        let Some(pty) = self.started.pty.clone() else {
            return;
        };
        // Without a shell that could continue it, Perch does not stop.
        let session = |pid: Option<Pid>| getsid(pid).ok();
        if getppid().is_none_or(|parent| session(Some(parent)) != session(None)) {
            return;
        }
        self.stop_command(&pty);
        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
        self.go_on();
    }

    fn go_on(&mut self) {
        self.take_terminal();
        if let Some(pty) = &self.started.pty {
            terminal::copy_size(Some(pty));
            let group = signals::foreground(pty, self.started.pid);
            let _ = kill_process_group(group, Signal::CONT);
        }
    }
}

fn ended(status: WaitStatus) -> Ended {
    match status.terminating_signal() {
        Some(signal) => Ended::Killed(signal),
        None => Ended::Exited(status.exit_status().unwrap_or(1)),
    }
}

/// Writes all of `bytes`, also where writing must not wait.
fn write_out(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut polled = [PollFd::from_borrowed_fd(fd, PollFlags::OUT)];
                let _ = poll(&mut polled, None);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
