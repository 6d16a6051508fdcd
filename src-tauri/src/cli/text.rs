//! `redact`, `completions`, `man`: text in, text out.

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;

use super::Cli;

/// Copies standard input to standard output, secrets replaced by marks that stay the same throughout.
pub(super) fn redact() -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    let mut input = io::stdin().lock();
    let mut output = io::BufWriter::new(io::stdout().lock());
    loop {
        let chunk = input
            .fill_buf()
            .context("standard input could not be read")?;
        if chunk.is_empty() {
            break;
        }
        text.extend_from_slice(chunk);
        let read = chunk.len();
        input.consume(read);
    }
    let text = String::from_utf8_lossy(&text);
    output.write_all(perch_core::redact::redact(&text).as_bytes())?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    clap_complete::generate(
        shell,
        &mut Cli::command(),
        "perch",
        &mut io::stdout().lock(),
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) fn manual() -> anyhow::Result<ExitCode> {
    clap_mangen::Man::new(Cli::command())
        .render(&mut io::stdout().lock())
        .context("the manual page could not be written")?;
    Ok(ExitCode::SUCCESS)
}
