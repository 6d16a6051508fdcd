//! The recorder between a terminal and a command: keys, sizes, modes and stopping.

use pty_process::Size;
use pty_process::blocking::Pty;
use rustix::event::{PollFd, PollFlags, Timespec};

use super::*;

/// A recorder on a terminal.
struct OnTerminal {
    pty: Pty,
    child: Child,
    shown: Vec<u8>,
    /// How much of that was waited for already.
    seen: usize,
}

impl OnTerminal {
    fn start(command: Command) -> Self {
        Self::start_with(command, |command| command)
    }

    /// Starts it with some of its streams elsewhere.
    fn start_with(
        command: Command,
        redirect: impl FnOnce(pty_process::blocking::Command) -> pty_process::blocking::Command,
    ) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("there are pseudo-terminals");
        pty.resize(Size::new(33, 101)).expect("it can be resized");
        let child = redirect(pty_process::blocking::Command::from(command))
            .spawn(pts)
            .expect("the recorder starts");
        Self {
            pty,
            child,
            shown: Vec::new(),
            seen: 0,
        }
    }

    fn type_in(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).expect("it takes keys");
    }

    /// Reads until `text` was shown after what was waited for before.
    fn until(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        loop {
            let fresh = &self.shown[self.seen..];
            let found = fresh
                .windows(text.len())
                .position(|window| window == text.as_bytes());
            if let Some(at) = found {
                self.seen += at + text.len();
                return;
            }
            let ready = rustix::event::poll(
                &mut [PollFd::new(&self.pty, PollFlags::IN)],
                Some(&Timespec {
                    tv_sec: 60,
                    tv_nsec: 0,
                }),
            );
            assert_eq!(ready, Ok(1), "waiting for {text}: {}", self.text());
            match self.pty.read(&mut buffer) {
                Ok(count @ 1..) => self.shown.extend_from_slice(&buffer[..count]),
                _ => panic!("it ended before {text}: {}", self.text()),
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    /// Reads to the end and gives what the command showed and how the recorder ended.
    fn end(mut self) -> (String, std::process::ExitStatus) {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = self.pty.read(&mut buffer) {
            self.shown.extend_from_slice(&buffer[..count]);
        }
        let status = self.child.wait().expect("the recorder can be waited for");
        let shown = String::from_utf8_lossy(begun(&self.shown)).into_owned();
        (shown, status)
    }
}

#[test]
fn a_command_on_a_terminal_sees_a_terminal_of_the_same_size() {
    let recorder = Recorder::new();
    let terminal =
        OnTerminal::start(recorder.sh(
            "test -t 0 && test -t 1 && test -t 2 && stty size; printf '\\033[31mred\\033[0m\\n'",
        ));
    let (shown, status) = terminal.end();
    assert_eq!(shown, "33 101\r\n\u{1b}[31mred\u{1b}[0m\r\n");
    assert_eq!(status.code(), Some(0));
    let (_, log) = recorder.recorded().expect("it was recorded");
    assert_eq!(log, b"33 101\r\n\x1b[31mred\x1b[0m\r\n");
}

#[test]
fn each_stream_is_what_it_was_to_the_caller() {
    let recorder = Recorder::new();
    let errors = recorder.folder.join("errors");
    let script = "for fd in 0 1 2; do test -t $fd && echo $fd; done; echo error >&2";
    let to_file = std::fs::File::create(&errors).expect("writable");
    let terminal = OnTerminal::start_with(recorder.sh(script), |command| command.stderr(to_file));
    assert_eq!(terminal.end().0, "0\r\n1\r\n");
    assert_eq!(
        std::fs::read_to_string(&errors).expect("readable"),
        "error\n"
    );
    let terminal =
        OnTerminal::start_with(recorder.sh(script), |command| command.stdin(Stdio::null()));
    assert_eq!(terminal.end().0, "1\r\n2\r\nerror\r\n");
}

#[test]
fn ctrl_c_reaches_a_command_whose_input_is_elsewhere() {
    use std::os::unix::process::ExitStatusExt as _;
    let recorder = Recorder::new();
    let mut terminal =
        OnTerminal::start_with(recorder.sh("echo ready; exec sleep 100"), |command| {
            command.stdin(Stdio::null())
        });
    terminal.until("ready");
    terminal.type_in("\u{3}");
    assert_eq!(terminal.end().1.signal(), Some(2));
}

#[test]
fn a_new_size_reaches_the_command() {
    let recorder = Recorder::new();
    let mut terminal = OnTerminal::start(
        recorder.sh("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"),
    );
    terminal.until("ready");
    terminal
        .pty
        .resize(Size::new(40, 120))
        .expect("it can be resized");
    let (shown, _) = terminal.end();
    assert!(shown.ends_with("40 120\r\n"), "{shown:?}");
}

#[test]
fn keys_reach_the_command_and_ctrl_c_ends_it() {
    use std::os::unix::process::ExitStatusExt as _;
    let recorder = Recorder::new();
    let mut terminal = OnTerminal::start(recorder.sh("read line; echo got $line; exec sleep 100"));
    terminal.until(BEGIN);
    terminal.type_in("keys\r");
    terminal.until("got keys");
    terminal.type_in("\u{3}");
    let (_, status) = terminal.end();
    assert_eq!(status.signal(), Some(2));
    assert_eq!(recorder.recorded().expect("recorded").0.exit_code, 130);
}

#[test]
fn the_terminal_is_as_before_afterwards() {
    let recorder = Recorder::new();
    assert_modes_are_kept(&recorder);
    // Even when Perch itself fails with the terminal in raw mode.
    std::fs::write(recorder.home.path().join("panic"), "").expect("writable");
    let shown = assert_modes_are_kept(&recorder);
    assert!(shown.contains("on purpose"), "{shown}");
}

/// Runs the recorder in a shell on a terminal whose modes are the same before and after; gives what was shown.
fn assert_modes_are_kept(recorder: &Recorder) -> String {
    let mut command = Command::new("sh");
    // The shell around the recorder shares the terminal and looks at it before and after.
    let inner = recorder.sh("stty -echo; sleep 0.3");
    command.args(["-c", "stty -g; \"$@\"; stty -g", "sh"]);
    command.arg(inner.get_program()).args(inner.get_args());
    for (key, value) in inner.get_envs() {
        if let Some(value) = value {
            command.env(key, value);
        }
    }
    let (pty, pts) = pty_process::blocking::open().expect("there are pseudo-terminals");
    let mut child = pty_process::blocking::Command::from(command)
        .spawn(pts)
        .expect("the shell starts");
    let mut terminal = Vec::new();
    let mut buffer = [0; 4096];
    let mut reader = &pty;
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        terminal.extend_from_slice(&buffer[..count]);
    }
    child.wait().expect("the shell ends");
    let shown = String::from_utf8_lossy(&terminal).into_owned();
    let modes: Vec<&str> = shown
        .lines()
        .filter(|line| line.matches(':').count() > 20)
        .map(|line| line.rsplit(BEGIN).next().expect("at least one part"))
        .collect();
    assert_eq!(modes.len(), 2, "{shown}");
    assert_eq!(modes[0], modes[1]);
    shown
}

#[test]
fn ctrl_z_stops_both_and_the_shell_continues_them() {
    let recorder = Recorder::new();
    let inner = recorder.sh("echo one; sleep 1; echo two; read line; echo got $line");
    let mut shell = Command::new("bash");
    shell.args(["--norc", "--noprofile", "-i"]);
    shell.env("PS1", "prompt> ").current_dir(&recorder.folder);
    let mut line = String::new();
    for (key, value) in inner.get_envs() {
        if let Some(value) = value {
            line.push_str(&format!(
                "{}={} ",
                key.display(),
                quoted(&value.to_string_lossy())
            ));
        }
    }
    line.push_str(&quoted(&inner.get_program().to_string_lossy()));
    for argument in inner.get_args() {
        let _ = write!(line, " {}", quoted(&argument.to_string_lossy()));
    }
    let script = recorder.folder.join("start");
    std::fs::write(&script, line).expect("writable");
    let mut terminal = OnTerminal::start(shell);
    terminal.until("prompt> ");
    terminal.type_in(". ./start\r");
    terminal.until("one\r\n");
    terminal.type_in("\u{1a}");
    terminal.until("Stopped");
    terminal.type_in("echo in shell; fg\r");
    terminal.until("in shell\r\n");
    terminal.until("two\r\n");
    terminal.type_in("keys\r");
    terminal.until("got keys");
    // What is typed before the command has ended is the command's.
    terminal.until("prompt> ");
    terminal.type_in("exit\r");
    terminal.end();
    let (_, log) = recorder.recorded().expect("it was recorded");
    assert!(!String::from_utf8_lossy(&log).contains("in shell"));
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
