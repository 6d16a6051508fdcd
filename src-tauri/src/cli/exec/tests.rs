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
use rustix::process::{Pid, Signal, kill_process};

use super::{Places, run};

mod terminal;

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
