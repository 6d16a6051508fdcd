//! The leash: starts a program so that it ends when the process that asked for it does, even by `kill -9`.
//!
//! On Linux the kernel sees to it and nothing stays in between. Elsewhere this process stays, and ends the program
//! when its own input ends.

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::cli::Output;

/// The program's first argument that asks for a leash.
pub const LEASH: &str = "leash";

/// What shells answer for a command that is not there, and for one that cannot be run.
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;

/// This very program, also when an update has replaced its file.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    if cfg!(target_os = "linux") && !program.exists() {
        return Ok("/proc/self/exe".into());
    }
    Ok(program)
}

/// The words to put before a program's own; none if this program cannot be found.
pub(crate) fn words() -> Vec<String> {
    let own = own_program()
        .ok()
        .and_then(|own| own.to_str().map(str::to_owned));
    own.map_or_else(Vec::new, |own| {
        vec![own, LEASH.into(), std::process::id().to_string()]
    })
}

/// Runs `perch leash HOLDER PROGRAM ARGUMENT…`; to be called, and nothing else, when the first argument is [`LEASH`].
pub fn run() -> ExitCode {
    let mut arguments = std::env::args_os().skip(2);
    let holder = arguments
        .next()
        .and_then(|holder| holder.to_str()?.parse().ok());
    let (Some(holder), Some(program)) = (holder, arguments.next()) else {
        Output::new(false).error(&anyhow::anyhow!(
            "`perch {LEASH}` is started by Perch itself"
        ));
        return ExitCode::from(2);
    };
    let mut command = Command::new(&program);
    command.args(arguments);
    match hold(holder, command) {
        Ok(code) => code,
        Err(error) => {
            let missing = error.kind() == io::ErrorKind::NotFound;
            Output::new(false).error(&anyhow::anyhow!(
                "{} cannot be run: {error}",
                program.display()
            ));
            ExitCode::from(if missing { NOT_FOUND } else { NOT_RUN })
        }
    }
}

/// Becomes the program, to be killed when the thread that started this process ends.
#[cfg(target_os = "linux")]
fn hold(holder: i32, mut command: Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    // It may have ended before that was said.
    if nix::unistd::getppid().as_raw() != holder {
        return Ok(ExitCode::FAILURE);
    }
    Err(command.exec())
}

/// Runs the program until it ends, or until standard input does.
#[cfg(not(target_os = "linux"))]
fn hold(_holder: i32, mut command: Command) -> io::Result<ExitCode> {
    use std::sync::atomic::{AtomicBool, Ordering};
    static GONE: AtomicBool = AtomicBool::new(false);
    let mut child = command.stdin(std::process::Stdio::null()).spawn()?;
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        GONE.store(true, Ordering::Relaxed);
    });
    loop {
        if let Some(status) = child.try_wait()? {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return Ok(ExitCode::from(code.unwrap_or(1)));
        }
        if GONE.load(Ordering::Relaxed) {
            child.kill()?;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}
