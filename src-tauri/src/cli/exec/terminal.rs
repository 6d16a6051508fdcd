//! The terminal Perch itself runs in.

use std::io::{self, IsTerminal as _};
use std::os::fd::BorrowedFd;

use pty_process::Size;
use pty_process::blocking::Pty;
use rustix::process::getpgrp;
use rustix::stdio;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcgetwinsize,
    tcsetattr,
};

/// Which of Perch's streams are terminals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminals {
    pub(super) stdin: bool,
    pub(super) stdout: bool,
    pub(super) stderr: bool,
}

impl Terminals {
    /// As they are.
    pub(super) fn look() -> Self {
        Self {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
        }
    }

    /// The one whose size and modes the command's terminal takes over.
    pub(super) fn model(self) -> Option<BorrowedFd<'static>> {
        if self.stdin {
            Some(stdio::stdin())
        } else if self.stdout {
            Some(stdio::stdout())
        } else {
            self.stderr.then(stdio::stderr)
        }
    }
}

/// Gives the command's terminal the size of Perch's own.
pub(super) fn copy_size(pty: Option<&Pty>) {
    if let (Some(pty), Some(model)) = (pty, Terminals::look().model())
        && let Ok(size) = tcgetwinsize(model)
    {
        let _ = pty.resize(Size::new_with_pixel(
            size.ws_row,
            size.ws_col,
            size.ws_xpixel,
            size.ws_ypixel,
        ));
    }
}

/// True when Perch may read from its terminal and change it.
pub(super) fn in_foreground() -> bool {
    tcgetpgrp(stdio::stdin()).is_ok_and(|group| group == getpgrp())
}

/// Perch's terminal in raw mode, as it was before once this is dropped, also by a panic.
pub(super) struct Raw {
    before: Termios,
}

impl Raw {
    /// Makes every key go to the command unread; the command's terminal reads it.
    pub(super) fn enter() -> io::Result<Self> {
        let before = tcgetattr(stdio::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdio::stdin(), OptionalActions::Now, &raw)?;
        Ok(Self { before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Changing it from the background would stop Perch.
        if in_foreground() {
            let _ = tcsetattr(stdio::stdin(), OptionalActions::Now, &self.before);
        }
    }
}

/// The byte that suspends what runs in the command's terminal, unless the command reads keys itself.
pub(super) fn suspend_key(pty: &Pty) -> Option<u8> {
    let modes = tcgetattr(pty).ok()?;
    let key = modes.special_codes[SpecialCodeIndex::VSUSP];
    (modes.local_modes.contains(LocalModes::ISIG) && key != 0).then_some(key)
}
