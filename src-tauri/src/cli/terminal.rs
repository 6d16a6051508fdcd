//! Questions on a terminal: secrets that are not shown, and choices.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;

/// True when somebody sits there.
pub(super) fn is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks and reads a line; what is asked goes to standard error, so that standard output stays an answer.
pub(super) fn ask(question: &str) -> anyhow::Result<String> {
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} ")?;
    stderr.flush()?;
    read_line(&std::io::stdin())
}

/// One line of standard input. Never an argument, which others could read in the list of processes.
pub(super) fn read_secret(name: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let mut stderr = std::io::stderr();
        write!(stderr, "{name} (not shown; empty leaves it as it is): ")?;
        stderr.flush()?;
        #[cfg(unix)]
        let _quiet = Quiet::begin()?;
        let line = read_line(&stdin)?;
        writeln!(stderr)?;
        return Ok(line);
    }
    read_line(&stdin)
}

fn read_line(stdin: &std::io::Stdin) -> anyhow::Result<String> {
    let mut line = String::new();
    stdin
        .read_line(&mut line)
        .context("standard input could not be read")?;
    Ok(line.trim().to_owned())
}

/// While it lives, the terminal does not show what is typed.
#[cfg(unix)]
struct Quiet(nix::sys::termios::Termios);

#[cfg(unix)]
impl Quiet {
    fn begin() -> anyhow::Result<Self> {
        use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).context("the terminal could not be read")?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(std::io::stdin(), SetArg::TCSAFLUSH, &quiet)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        use nix::sys::termios::{SetArg, tcsetattr};
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSAFLUSH, &self.0);
    }
}
