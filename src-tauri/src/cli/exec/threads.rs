//! Carries the command's output where there are no pseudo-terminals: through pipes, a thread each.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use super::recording::Recording;
use super::{Ended, NotStarted};

/// Bytes carried at a time.
const CHUNK: usize = 64 << 10;

/// Starts `command`, whose first part is the program, and relays until it has ended.
pub(super) fn relay(command: &[OsString], recording: &mut Recording) -> Result<Ended, NotStarted> {
    let (program, arguments) = command
        .split_first()
        .expect("the caller saw that it is not empty");
    let failed = |error: std::io::Error| NotStarted::new(program, &error);
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let recording = Mutex::new(recording);
    let status = thread::scope(|scope| {
        scope.spawn(|| stdout.map(|from| carry(from, std::io::stdout(), &recording)));
        scope.spawn(|| stderr.map(|from| carry(from, std::io::stderr(), &recording)));
        child.wait()
    });
    Ok(Ended::Exited(status.map_err(failed)?.code().unwrap_or(1)))
}

fn carry(mut from: impl Read, mut to: impl Write, recording: &Mutex<&mut Recording>) {
    let mut buffer = vec![0; CHUNK];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let printed = &buffer[..count];
        recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(printed);
        if to.write_all(printed).and_then(|()| to.flush()).is_err() {
            break;
        }
    }
}
