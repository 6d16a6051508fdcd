//! What an idle `perch serve` costs: its memory after five seconds, and its processor time over ten more.
//!
//! It watches nothing and has stored nothing; the tray is not part of it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut child = Command::new(env!("CARGO_BIN_EXE_perch"))
        .args(["serve", "--port", "0"])
        .env("PERCH_HOME", folder.path().join("perch"))
        .env("PERCH_LISTEN", "127.0.0.1:0")
        .env("HOME", folder.path())
        .env_remove("DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("perch starts");
    let output = child.stdout.take().expect("its output is piped");
    let up = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .any(|line| line.starts_with("http://"));
    std::thread::sleep(Duration::from_secs(5));
    let memory = pss(child.id());
    let before = ticks(child.id());
    std::thread::sleep(Duration::from_secs(10));
    let after = ticks(child.id());
    child.kill().expect("it can be ended");
    child.wait().expect("a child can be waited for");
    assert!(up, "perch serve says where its panel is");
    let memory = memory.expect("Linux tells the memory of a process");
    let spent = after.expect("it still runs") - before.expect("it runs");
    println!("idle: PSS {memory} KiB, {spent} ticks of 10 ms in 10 s");
}

/// The proportional set size of a process, in KiB.
fn pss(process: u32) -> Option<u64> {
    let all = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = all.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time of a process, in clock ticks.
fn ticks(process: u32) -> Option<u64> {
    let all = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th fields after it.
    let fields: Vec<&str> = all.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}
