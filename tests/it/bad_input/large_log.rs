//! A log of 200 MB with every byte there is, through `perch exec` and `perch explain`.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, ExitStatus};

use crate::world::{World, wait_for};

/// Bytes of one piece of the log, and how many pieces it has.
const PIECE: usize = 1 << 20;
const PIECES: usize = 200;

/// Memory beyond what a log of one line takes: far more than either needs, and far less than the log. KiB.
const MOST_MORE: u64 = 32 << 10;

/// Waits for `child` and tells how it ended and the most memory it had, in KiB.
fn end_and_peak(mut child: Child) -> (ExitStatus, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = wait_for("perch to end", || {
        let now = fs::read_to_string(&status).unwrap_or_default();
        let high = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let high = high.and_then(|size| size.trim().strip_suffix(" kB"));
        peak = high
            .and_then(|size| size.parse().ok())
            .unwrap_or(0)
            .max(peak);
        child.try_wait().expect("a child can be waited for")
    });
    (ended, peak)
}

/// Passes on and keeps what `script` prints, which ends with 3. Returns the most memory that took.
fn exec(world: &World, script: &str, log: &Path) -> u64 {
    let child = world
        .command(&["exec", "--", "sh", "-c", script])
        .stdout(File::create(log).expect("it can be written"))
        .spawn()
        .expect("perch runs");
    let (ended, peak) = end_and_peak(child);
    assert_eq!(ended.code(), Some(3));
    peak
}

/// Explains `log`, which says that nothing works. Returns the most memory that took.
fn explain(world: &World, log: &Path) -> u64 {
    let told = world.folder().join("told");
    let child = world
        .command(&["explain".as_ref(), log.as_os_str()])
        .stdout(File::create(&told).expect("it can be written"))
        .spawn()
        .expect("perch runs");
    let (ended, peak) = end_and_peak(child);
    let told = fs::read_to_string(told).expect("what is told is text");
    assert!(ended.success(), "{told}");
    assert!(told.contains("nothing works"), "{told}");
    peak
}

#[test]
fn a_log_of_200_megabytes_with_binary_bytes_is_passed_through_and_explained_in_bounded_memory() {
    let world = World::new();
    let piece: Vec<u8> = (0..=u8::MAX).cycle().take(PIECE).collect();
    fs::write(world.folder().join("piece"), piece).expect("it can be written");
    let log = world.folder().join("log");
    let end = "echo; echo 'error: nothing works'; exit 3";
    let little = (exec(&world, end, &log), explain(&world, &log));
    let script = format!("for i in $(seq {PIECES}); do cat piece; done; {end}");
    let much = (exec(&world, &script, &log), explain(&world, &log));
    let size = fs::metadata(&log).expect("the log").len();
    assert_eq!(
        size,
        (PIECE * PIECES + "\nerror: nothing works\n".len()) as u64
    );
    assert!(little.0 > 0 && little.1 > 0, "no memory was measured");
    let more = (
        much.0.saturating_sub(little.0),
        much.1.saturating_sub(little.1),
    );
    assert!(more.0 < MOST_MORE, "exec had {} KiB more", more.0);
    assert!(more.1 < MOST_MORE, "explain had {} KiB more", more.1);
}
