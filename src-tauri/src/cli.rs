//! The command line: `perch` and its subcommands, a file each.
//!
//! Commands ask the running engine through its socket; without one they take the data folder themselves.

mod access;
mod backtest;
mod changepoints;
mod connect;
mod documents;
pub mod exec;
mod explain;
mod filters;
mod lists;
mod models;
mod output;
mod replay;
mod review;
mod setup;
mod terminal;
mod text;
mod triage;
mod uninstall;
mod vibes;
mod webhook;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use access::Access;
pub use output::{Output, line};

use crate::wire;

/// Watches your repositories, CI and issues, and brings finished suggestions that one click carries out.
#[derive(Debug, Parser)]
#[command(name = "perch", version, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; without a command Perch starts in the tray.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Start in the tray without opening anything.
    #[arg(long)]
    pub hidden: bool,
    /// Open the panel of the running Perch, or close it.
    #[arg(long)]
    pub toggle: bool,
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// Print JSON of a stable shape instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// For which user of this machine; the first one when absent.
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run without a tray and show the panel in a browser.
    Serve(ServeArgs),
    /// Watch a git folder.
    Watch {
        /// The folder, or one inside it.
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Connect a forge, a database, metrics or what sends alerts. A forge's token is typed, had from gh or glab, or by
    /// signing in.
    Connect(connect::ConnectArgs),
    /// Remove a connection and its secrets; what it brought stays.
    Disconnect {
        /// Its name.
        name: String,
    },
    /// The webhooks of a connection at its forge: list, create, remove, replace their secret.
    Webhook(webhook::WebhookArgs),
    /// How Perch is doing.
    Status,
    /// What happened, newest first.
    Events(lists::ListArgs),
    /// Why an event did or did not become a suggestion.
    Why {
        /// The event's or suggestion's id, an unambiguous part of it, or the event's key.
        event: String,
    },
    /// The inbox.
    Suggestions(lists::SuggestionArgs),
    /// Everything about one suggestion.
    Show {
        /// Its id or an unambiguous part of it.
        id: String,
        /// Show what was sent to a model for it instead: to whom, the prompt, what was held back, tokens, cost, time.
        #[arg(long)]
        sent: bool,
    },
    /// Carry out what a suggestion offers.
    Accept(review::AcceptArgs),
    /// Take an accepted action back.
    Undo {
        /// The suggestion.
        id: String,
        /// The action's id or kind; the one done last when absent.
        #[arg(long)]
        action: Option<String>,
    },
    /// Put a suggestion out of the inbox for good.
    Dismiss {
        /// The suggestion.
        id: String,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
        /// Mute its rule in its repository as well.
        #[arg(long)]
        never_again: bool,
    },
    /// Put a suggestion out of the inbox for a while.
    Snooze {
        /// The suggestion.
        id: String,
        /// Until when: a time, or a span such as 2h or 1d.
        #[arg(default_value = "1h")]
        until: String,
    },
    /// Put what was dismissed, or filed by a filter, back into the inbox.
    Restore {
        /// The suggestion.
        id: String,
    },
    /// Language models that may write suggestions: list, add, remove, check, find servers on this machine.
    Models(models::ModelsArgs),
    /// Who you are, as far as words written for others depend on it.
    Profile(vibes::ProfileArgs),
    /// How suggestions are written at present: sliders, instructions, atoms; several by name.
    Vibe(vibes::VibeArgs),
    /// The pieces a model's instructions are put together from, and what each was worth.
    Atoms(vibes::AtomsArgs),
    /// Have a model write a suggestion anew as you ask.
    Rewrite {
        /// The suggestion.
        id: String,
        /// What is to be changed.
        instruction: String,
    },
    /// The versions of a suggestion's words.
    Versions {
        /// The suggestion.
        id: String,
    },
    /// How events are treated: filters with a dry run over past events.
    Filters(filters::FiltersArgs),
    /// Run a command and treat its failure as a failed build.
    Exec {
        /// The command and its arguments, after `--`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<OsString>,
    },
    /// Find the lines of a log that say why it failed.
    Explain(explain::ExplainArgs),
    /// Find where the level of a series moved for good.
    Changepoints(changepoints::ChangePointsArgs),
    /// Tell bugs, features and questions apart.
    Triage(triage::TriageArgs),
    /// Replace secrets in standard input by marks.
    Redact,
    /// Send a recorded delivery down the road.
    Replay(replay::ReplayArgs),
    /// How builds stand: of a branch or commit, or of all that is yours, recorded runs too.
    Builds {
        /// A branch, or a beginning of a commit hash; your own branches and pull requests when absent.
        reference: Option<String>,
        /// At most this many.
        #[arg(long)]
        limit: Option<u32>,
    },
    /// What Perch would have said of a repository's past, and how often that was right.
    Backtest(backtest::BacktestArgs),
    /// Write release notes for a version, or for what came since the last one.
    Notes(documents::RangeArgs),
    /// Write changelog entries for what came since the last version, or a version's section.
    Changelog(documents::RangeArgs),
    /// Write a request for comments from an issue and what was said about it.
    Rfc {
        /// The issue's number, address or event, or a title.
        issue: String,
        /// How it is given out.
        #[command(flatten)]
        how: documents::DocumentArgs,
    },
    /// Write an architecture decision record.
    Adr {
        /// Its title.
        title: String,
        /// How it is given out.
        #[command(flatten)]
        how: documents::DocumentArgs,
    },
    /// Write a postmortem with the timeline around an event.
    Postmortem {
        /// The event's or suggestion's id, an unambiguous part of it, or the event's key.
        event: String,
        /// How it is given out.
        #[command(flatten)]
        how: documents::DocumentArgs,
    },
    /// Look at everything that is watched now.
    Check,
    /// Pause suggestions, or go on.
    Pause {
        /// Until when: a time, a span such as 1h, or `resumed`; `off` ends the pause.
        #[arg(default_value = "1h")]
        until: String,
    },
    /// Check everything end to end and say what is wrong in words.
    Doctor,
    /// The users of this machine; add one, start or stop their loops.
    Users(setup::UsersArgs),
    /// Show or change a setting.
    Settings(setup::SettingsArgs),
    /// Print the settings, without secrets.
    Export,
    /// Put exported settings in force.
    Import {
        /// The file; `-` is standard input.
        file: PathBuf,
    },
    /// Remove Perch's keychain entries and data.
    Uninstall(uninstall::UninstallArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// Options of `perch serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// The panel's port; a free one when absent.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Do not serve the panel.
    #[arg(long)]
    pub no_panel: bool,
}

/// Runs `command` and records it; ends as the command did.
pub fn record(command: &[OsString]) -> ExitCode {
    let places = wire::Places::find().map(|places| exec::Places {
        spool: places.folders.spool,
        snapshots: places.folders.snapshots,
        socket: places.folders.socket,
    });
    let reason = places.as_ref().err().map(|error| format!("{error:#}"));
    let places = places
        .as_ref()
        .map_err(|_| reason.as_deref().unwrap_or_default());
    exec::run(places, command, &wire::now).leave()
}

/// Runs a command that is over when it has answered.
pub async fn run(command: Command, common: Common) -> ExitCode {
    let output = Output::new(common.json);
    match dispatch(command, &common, &output).await {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command, common: &Common, output: &Output) -> anyhow::Result<ExitCode> {
    // What needs no data folder comes first.
    match command {
        Command::Explain(args) => return explain::run(&args, *output),
        Command::Changepoints(args) => return changepoints::run(&args, *output),
        Command::Triage(args) => return triage::run(&args, *output),
        Command::Redact => return text::redact(),
        Command::Completions { shell } => return text::completions(shell),
        Command::Man => return text::manual(),
        Command::Uninstall(args) => return uninstall::run(args, output).await,
        _ => {}
    }
    let access = Access::open(common.user.clone()).await?;
    match command {
        Command::Watch { path } => connect::watch(&access, &path, output).await?,
        Command::Connect(args) => connect::run(&access, args, output).await?,
        Command::Disconnect { name } => connect::disconnect(&access, &name, output).await?,
        Command::Webhook(args) => return webhook::run(&access, args, output).await,
        Command::Status => setup::status(&access, output).await?,
        Command::Events(args) => lists::events(&access, args, output).await?,
        Command::Why { event } => lists::why(&access, &event, output).await?,
        Command::Builds { reference, limit } => {
            lists::builds(&access, reference, limit, output).await?;
        }
        Command::Suggestions(args) => lists::suggestions(&access, args, output).await?,
        Command::Show { id, sent } => review::show(&access, &id, sent, output).await?,
        Command::Accept(args) => return review::accept(&access, args, output).await,
        Command::Undo { id, action } => return review::undo(&access, &id, action, output).await,
        Command::Dismiss {
            id,
            reason,
            never_again,
        } => {
            review::dismiss(&access, &id, reason, never_again, output).await?;
        }
        Command::Snooze { id, until } => review::snooze(&access, &id, &until, output).await?,
        Command::Restore { id } => review::restore(&access, &id, output).await?,
        Command::Filters(args) => filters::run(&access, args, output).await?,
        Command::Models(args) => return models::run(&access, args, output).await,
        Command::Profile(args) => vibes::profile(&access, args, output).await?,
        Command::Vibe(args) => vibes::vibe(&access, args, output).await?,
        Command::Atoms(args) => vibes::atoms(&access, args, output).await?,
        Command::Rewrite { id, instruction } => {
            vibes::rewrite(&access, id, instruction, output).await?;
        }
        Command::Versions { id } => vibes::versions(&access, id, output).await?,
        Command::Backtest(args) => backtest::run(&access, args, output).await?,
        Command::Replay(args) => replay::run(&access, args, output).await?,
        Command::Notes(args) => documents::of_range(&access, "notes", args, output).await?,
        Command::Changelog(args) => documents::of_range(&access, "changelog", args, output).await?,
        Command::Rfc { issue, how } => documents::run(&access, "rfc", issue, how, output).await?,
        Command::Adr { title, how } => documents::run(&access, "adr", title, how, output).await?,
        Command::Postmortem { event, how } => {
            documents::run(&access, "postmortem", event, how, output).await?;
        }
        Command::Check => setup::check(&access, output).await?,
        Command::Pause { until } => setup::pause(&access, &until, output).await?,
        Command::Doctor => return setup::doctor(&access, output).await,
        Command::Users(args) => setup::users(&access, args, output).await?,
        Command::Settings(args) => setup::settings(&access, args, output).await?,
        Command::Export => setup::export(&access, output).await?,
        Command::Import { file } => setup::import(&access, &file, output).await?,
        Command::Serve(_)
        | Command::Exec { .. }
        | Command::Explain(_)
        | Command::Changepoints(_)
        | Command::Triage(_)
        | Command::Redact
        | Command::Completions { .. }
        | Command::Man
        | Command::Uninstall(_) => unreachable!("answered before the data folder was opened"),
    }
    Ok(ExitCode::SUCCESS)
}
