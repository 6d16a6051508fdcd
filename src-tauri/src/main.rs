//! `perch`: the tray without a command, else what the command says.

use std::process::ExitCode;

use clap::Parser as _;
use perch::Audience;
use perch::cli::{self, Cli, Command, Output};

fn main() -> ExitCode {
    #[cfg(feature = "desktop")]
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == perch::desktop::PANEL)
    {
        return finish(perch::desktop::run_panel());
    }
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == perch::leash::LEASH)
    {
        return perch::leash::run();
    }
    let Cli {
        command,
        hidden,
        toggle,
        common,
    } = Cli::parse();
    match command {
        Some(Command::Exec { command }) => cli::record(&command),
        Some(Command::Serve(args)) => {
            perch::start_logging(Audience::Terminal);
            finish(
                start_runtime()
                    .and_then(|runtime| runtime.block_on(perch::serve::run(args, common))),
            )
        }
        Some(command) => {
            perch::start_logging(Audience::Command);
            match start_runtime() {
                Ok(runtime) => runtime.block_on(cli::run(command, common)),
                Err(error) => finish(Err(error)),
            }
        }
        None => finish(tray(hidden, toggle, &common)),
    }
}

#[cfg(feature = "desktop")]
fn tray(hidden: bool, _toggle: bool, common: &cli::Common) -> anyhow::Result<()> {
    let places = perch::wire::Places::find()?;
    anyhow::ensure!(
        places.environment.has_display(),
        "there is no display to show a tray on; `perch serve` runs without one"
    );
    perch::start_logging(Audience::File(&places.folders.own_log));
    let runtime = start_runtime()?;
    perch::run_tray(&runtime, common, hidden)
}

#[cfg(not(feature = "desktop"))]
fn tray(_hidden: bool, _toggle: bool, _common: &cli::Common) -> anyhow::Result<()> {
    anyhow::bail!(
        "this build has no tray; `perch serve` runs without one, `perch --help` lists the commands"
    )
}

fn start_runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}

fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Output::new(false).error(&error);
            ExitCode::FAILURE
        }
    }
}
