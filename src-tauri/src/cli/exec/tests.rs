//! The recorder as a process of its own, on real terminals and pipes.
//!
//! The test program starts itself again as the recorder (see [`the_recorder`]), so that what is tested has
//! its own streams, signals and process group.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use jiff::Timestamp;
use perch_core::run::ExecRun;
use perch_testkit::repository::Repository;
use pty_process::Size;
use pty_process::blocking::Pty;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal, kill_process};

use super::{Places, run};

/// Where the recorder finds its places; set only for the process that is to be it.
const HOME: &str = "PERCH_EXEC_TEST_HOME";

/// What the recorder runs, as JSON.
const COMMAND: &str = "PERCH_EXEC_TEST_COMMAND";

/// Printed by the recorder after what the test program says of itself, and before all else.
const BEGIN: &str = "<<begin>>";

/// How long anything may hang.
const PATIENCE: Duration = Duration::from_mins(1);

/// Not a test: what `Recorder` starts.
#[test]
#[ignore = "started by the other tests as a process of its own"]
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "it stands in for the program's main"
)]
fn the_recorder() {
    let Ok(home) = std::env::var(HOME) else {
        return;
    };
    let command: Vec<String> =
        serde_json::from_str(&std::env::var(COMMAND).expect("set along with the home"))
            .expect("written by the test");
    let command: Vec<OsString> = command.into_iter().map(Into::into).collect();
    let home = PathBuf::from(home);
    let places = Places {
        spool: home.join("spool"),
        snapshots: home.join("snapshots"),
        socket: home.join("socket"),
    };
    let mut stdout = std::io::stdout();
    stdout.write_all(BEGIN.as_bytes()).expect("stdout is open");
    stdout.flush().expect("stdout is open");
    if home.join("panic").exists() {
        let _raw = super::terminal::Raw::enter().expect("there is a terminal");
        panic!("on purpose");
    }
    let nowhere = home.join("nowhere").exists();
    let places = if nowhere {
        Err("there is no data folder")
    } else {
        Ok(&places)
    };
    let ended = run(places, &command, &Timestamp::now);
    // `leave` ends this process by a signal; for exit codes its answer would need a `main`.
    let _ = ended.leave();
    std::process::exit(ended.code());
}

/// A recorder to be started.
struct Recorder {
    home: tempfile::TempDir,
    folder: PathBuf,
}

impl Recorder {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let folder = home.path().join("work");
        std::fs::create_dir(&folder).expect("a folder can be made");
        Self { home, folder }
    }

    fn command(&self, command: &[&str]) -> Command {
        let module = module_path!();
        let (_, path) = module.split_once("::").expect("the crate comes first");
        let mut recorder = Command::new(std::env::current_exe().expect("this program"));
        recorder
            .args(["--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .arg(format!("{path}::the_recorder"))
            .env(HOME, self.home.path())
            .env(COMMAND, serde_json::to_string(command).expect("strings"))
            .env_remove("RUST_BACKTRACE")
            .current_dir(&self.folder);
        recorder
    }

    fn sh(&self, script: &str) -> Command {
        self.command(&["sh", "-c", script])
    }

    /// Runs on pipes without input.
    fn output(&self, script: &str) -> Output {
        finished(self.sh(script).stdin(Stdio::null()))
    }

    /// The recorded run and its log.
    fn recorded(&self) -> Option<(ExecRun, Vec<u8>)> {
        recorded(&self.home.path().join("spool"))
    }
}

/// Runs it to its end and takes the test program's own words off its output.
fn finished(command: &mut Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the recorder starts");
    let mut output = waited(child);
    output.stdout = begun(&output.stdout).to_vec();
    output
}

fn waited(child: Child) -> Output {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    receive
        .recv_timeout(PATIENCE)
        .expect("the recorder ends")
        .expect("the recorder can be waited for")
}

fn begun(printed: &[u8]) -> &[u8] {
    let at = printed
        .windows(BEGIN.len())
        .position(|window| window == BEGIN.as_bytes())
        .expect("the recorder has begun");
    &printed[at + BEGIN.len()..]
}

fn recorded(spool: &Path) -> Option<(ExecRun, Vec<u8>)> {
    let now = Timestamp::from_second(4_000_000_000).expect("in range");
    let mut waiting = perch_store::spool::waiting(spool, now).ok()?;
    let spooled = waiting.pop()?;
    let log = spooled.folder.join("log.gz");
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(log).ok()?)
        .read_to_end(&mut bytes)
        .ok()?;
    Some((spooled.run, bytes))
}

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
fn streams_stay_apart_for_the_caller_and_meet_in_the_log() {
    let recorder = Recorder::new();
    let output =
        recorder.output("echo out; sleep 0.2; echo err >&2; sleep 0.2; printf end; exit 7");
    assert_eq!(output.stdout, b"out\nend");
    assert_eq!(output.stderr, b"err\n");
    assert_eq!(output.status.code(), Some(7));
    let (run, log) = recorder.recorded().expect("it was recorded");
    assert_eq!(log, b"out\nerr\nend");
    assert_eq!(run.exit_code, 7);
    assert_eq!(run.log_bytes, 11);
    assert_eq!(run.command[0], "sh");
    assert_eq!(run.base, None);
    assert!(run.started_at <= run.finished_at);
}

#[test]
fn exit_codes_and_signals_are_the_commands() {
    use std::os::unix::process::ExitStatusExt as _;
    let recorder = Recorder::new();
    assert_eq!(recorder.output("exit 255").status.code(), Some(255));
    for signal in [2, 9, 11, 13, 15] {
        let output = recorder.output(&format!("kill -{signal} $$"));
        assert_eq!(output.status.signal(), Some(signal));
    }
    let missing = finished(
        recorder
            .command(&["perch-no-such-command"])
            .stdin(Stdio::null()),
    );
    assert_eq!(missing.status.code(), Some(127));
    assert_eq!(
        String::from_utf8_lossy(&missing.stderr),
        "perch: perch-no-such-command: command not found\n"
    );
    std::fs::write(recorder.folder.join("plain"), "echo").expect("writable");
    let plain = finished(recorder.command(&["./plain"]).stdin(Stdio::null()));
    assert_eq!(plain.status.code(), Some(126));
}

#[test]
fn a_command_that_did_not_start_is_not_recorded() {
    let recorder = Recorder::new();
    finished(
        recorder
            .command(&["perch-no-such-command"])
            .stdin(Stdio::null()),
    );
    assert!(recorder.recorded().is_none());
}

#[test]
fn input_reaches_the_command_through_a_pipe() {
    let recorder = Recorder::new();
    let mut child = recorder
        .sh("tr a-z A-Z; test -t 0 || echo no terminal")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the recorder starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(b"hello\n").expect("it reads");
    drop(stdin);
    assert_eq!(begun(&waited(child).stdout), b"HELLO\nno terminal\n");
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
fn signals_to_the_recorder_reach_the_command() {
    let recorder = Recorder::new();
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::INT, "INT"),
        (Signal::HUP, "HUP"),
    ] {
        let script = format!(
            "trap 'echo caught; exit 5' {name}; echo ready >&2; while :; do sleep 0.05; done"
        );
        let mut child = recorder
            .sh(&script)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the recorder starts");
        let mut stderr = child.stderr.take().expect("it was asked for");
        let mut ready = [0; 6];
        stderr.read_exact(&mut ready).expect("the command is ready");
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let output = waited(child);
        assert_eq!(begun(&output.stdout), b"caught\n", "{name}");
        assert_eq!(output.status.code(), Some(5), "{name}");
    }
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

#[test]
fn a_reader_that_goes_away_ends_the_command() {
    use std::os::unix::process::ExitStatusExt as _;
    let recorder = Recorder::new();
    let mut child = recorder
        .sh("exec yes")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the recorder starts");
    let mut stdout = child.stdout.take().expect("it was asked for");
    let mut some = [0; 4096];
    stdout.read_exact(&mut some).expect("it prints");
    drop(stdout);
    assert_eq!(waited(child).status.signal(), Some(13));
}

#[test]
fn what_a_command_leaves_running_does_not_hold_the_recorder() {
    let recorder = Recorder::new();
    let output = recorder.output("sleep 300 & echo $!");
    let left = String::from_utf8_lossy(&output.stdout);
    let left: i32 = left.trim().parse().expect("a process id");
    kill_process(Pid::from_raw(left).expect("above 0"), Signal::KILL).expect("it still runs");
}

#[test]
fn a_log_of_200_megabytes_with_any_bytes_passes_through() {
    let recorder = Recorder::new();
    // Half of it cannot be compressed.
    let script =
        "head -c 100000000 /dev/urandom; head -c 100000000 /dev/zero; printf '\\377\\000end'";
    let output = recorder.output(script);
    assert_eq!(output.stdout.len(), 200_000_005);
    let (run, log) = recorder.recorded().expect("it was recorded");
    assert_eq!(run.log_bytes, 200_000_005);
    assert!(log == output.stdout, "the log is what was printed");
    assert!(log.ends_with(b"\xff\0end"));
}

#[test]
fn the_tree_is_kept_as_it_was_before_the_command() {
    let repository = Repository::with_readme();
    repository.write("README.md", "# Changed\n");
    repository.write("inner/new", "new\n");
    let mut recorder = Recorder::new();
    recorder.folder = repository.path().join("inner");
    recorder.output("echo later > ../README.md");
    let (run, _) = recorder.recorded().expect("it was recorded");
    assert_eq!(run.repository, Some(repository.key()));
    assert_eq!(
        run.folder,
        repository.path().join("inner").to_string_lossy()
    );
    let base = run.base.expect("a repository");
    assert_eq!(base.commit, repository.head());
    assert_eq!(base.branch.as_deref(), Some("main"));
    assert_eq!(base.dirty, ["README.md", "inner/new"]);
    let snapshot = PathBuf::from(base.snapshot.expect("the tree differs"));
    assert_eq!(
        super::snapshot::read(&snapshot, "README.md").as_deref(),
        Some(&b"# Changed\n"[..])
    );
}

#[test]
fn without_a_place_to_record_the_command_still_runs() {
    let recorder = Recorder::new();
    std::fs::write(recorder.home.path().join("nowhere"), "").expect("writable");
    let output = recorder.output("echo out; exit 3");
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "perch: this run was not recorded: there is no data folder\n"
    );
    std::fs::remove_file(recorder.home.path().join("nowhere")).expect("just written");
    // A spool that cannot be: a file is in its place.
    std::fs::write(recorder.home.path().join("spool"), "").expect("writable");
    let output = recorder.output("echo out; exit 3");
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("perch: this run was not recorded: "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn the_engine_is_poked_after_the_run() {
    let recorder = Recorder::new();
    let engine = std::os::unix::net::UnixListener::bind(recorder.home.path().join("socket"))
        .expect("a socket can be made");
    recorder.output("true");
    let (mut poke, _) = engine.accept().expect("it was poked");
    let mut said = String::new();
    poke.read_to_string(&mut said).expect("a line");
    assert_eq!(said, "{\"cmd\":\"poke\"}\n");
    assert!(recorder.recorded().is_some());
}
