//! Where Perch's own log goes: standard error, or a file when nobody watches.

use std::fs::OpenOptions;
use std::path::Path;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// A log file beyond this size begins anew; the one before is kept beside it.
const ROLL: u64 = 4 << 20;

/// Who reads the log.
#[derive(Debug, Clone, Copy)]
pub enum Audience<'a> {
    /// Whoever runs a command: what goes wrong is in its answer already.
    Command,
    /// Whoever keeps an engine running in a terminal.
    Terminal,
    /// Nobody at present; it goes to this file.
    File(&'a Path),
}

/// Starts logging for `audience`. `PERCH_LOG` sets how much.
pub fn start(audience: Audience<'_>) {
    let usual = match audience {
        Audience::Command => "error",
        Audience::Terminal | Audience::File(_) => "warn,perch=info",
    };
    let filter = EnvFilter::try_from_env("PERCH_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let writer = match audience {
        Audience::File(path) => open(path).map_or_else(
            |_| BoxMakeWriter::new(std::io::stderr),
            |file| BoxMakeWriter::new(std::sync::Mutex::new(file)),
        ),
        Audience::Command | Audience::Terminal => BoxMakeWriter::new(std::io::stderr),
    };
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

fn open(path: &Path) -> std::io::Result<std::fs::File> {
    if std::fs::metadata(path).is_ok_and(|found| found.len() > ROLL) {
        std::fs::rename(path, path.with_extension("log.1"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}
