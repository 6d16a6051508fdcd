//! What commands print: text for people or JSON for programs on standard output, errors on standard error.

use std::io::{self, Write as _};

use serde::Serialize;

/// Where a command prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Prints JSON if `json`.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// True if it prints JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints `value` as JSON, or the text `say` makes of it.
    pub fn print<T: Serialize>(
        &self,
        value: &T,
        say: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        let text = if self.json {
            serde_json::to_string_pretty(value)?
        } else {
            say(value)
        };
        line(&text)
    }

    /// Prints `value` as one line of JSON, or the text `say` makes of it: one of many.
    pub fn print_line<T: Serialize>(
        &self,
        value: &T,
        say: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        let text = if self.json {
            serde_json::to_string(value)?
        } else {
            say(value)
        };
        line(&text)
    }

    /// Says something beside the answer.
    pub fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "perch: {text}");
    }

    /// Prints an error with all its causes.
    pub fn error(&self, error: &anyhow::Error) {
        let _ = writeln!(io::stderr(), "perch: {error:#}");
    }
}

/// One text and a line end; a reader that went away (`| head`) is no failure.
pub fn line(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout().lock(), "{}", text.trim_end()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Text from outside without what would move the cursor or reorder the line.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|&c| c == '\n' || c == '\t' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')))
        .collect()
}

/// The last eight digits of an id: enough to name it, and they differ where the first are the time.
pub(crate) fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id)
}
