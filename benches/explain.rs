//! How fast `perch explain` reads a failing log of a gigabyte, and how much memory it takes at most.
//!
//! It does not judge what is found.

use std::io::{BufWriter, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A gigabyte, a megabyte being a million bytes.
const BYTES: usize = 1_000_000_000;

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time and says what it measured"
)]
fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let log = folder.path().join("build.log");
    let file = std::fs::File::create(&log).expect("a log can be written");
    let mut file = BufWriter::new(file);
    let mut written = 0;
    for number in 0_u32.. {
        if written >= BYTES {
            break;
        }
        let line = format!(
            "2026-11-25T09:00:00.{:07}Z    Compiling part-{number} v0.{}.0 (registry)\n",
            number % 10_000_000,
            number % 97
        );
        file.write_all(line.as_bytes()).expect("written");
        written += line.len();
    }
    file.write_all(
        b"error[E0308]: mismatched types\n  --> src/main.rs:4:5\nerror: could not compile `demo`\n",
    )
    .and_then(|()| file.flush())
    .expect("written");

    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_perch"))
        .arg("explain")
        .arg(&log)
        .env("PERCH_HOME", folder.path().join("perch"))
        .stdout(Stdio::null())
        .spawn()
        .expect("perch starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().expect("a child can be waited for") {
            break ended;
        }
        let now = std::fs::read_to_string(&status).unwrap_or_default();
        let high = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        peak = peak.max(high.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = began.elapsed().as_secs_f64();
    assert!(ended.success(), "perch explain: {ended}");
    let rate = 1000.0 / seconds;
    println!("explain: {rate:.0} MB/s (budget 100), {seconds:.2} s, peak {peak} KiB");
}
