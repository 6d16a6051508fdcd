//! `status`, `pause`, `doctor`, `users`, `settings`, `export`, `import`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use perch_api::wire::Nothing;
use perch_api::wire::connections::{Diagnosis, TunnelView};
use perch_api::wire::settings::{Exported, Set, SettingsView};
use perch_api::wire::status::{ChangeUsers, Pause, Status, UserChange, Users};
use perch_core::connection::ConnectionState;
use perch_core::seam::tunnel::TunnelState;

use super::Access;
use super::output::{Output, plain};

/// Options of `perch users`.
#[derive(Debug, Args)]
pub struct UsersArgs {
    /// What to do; lists them when absent.
    #[arg(value_enum)]
    change: Option<Change>,
    /// Whom; everybody when absent.
    name: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Change {
    /// Add a user and start their loop.
    Add,
    /// Start loops.
    Start,
    /// Stop loops.
    Stop,
}

/// Options of `perch settings`.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// The setting to change.
    key: Option<String>,
    /// Its value as JSON, or a plain word: true, 6, 22:00-07:00.
    #[arg(requires = "key", allow_hyphen_values = true)]
    value: Option<String>,
}

pub(super) async fn status(access: &Access, output: &Output) -> anyhow::Result<()> {
    let status: Status = access.call("status", Nothing {}).await?;
    let engine = access.has_engine();
    output.print(&status, |status| plain(&in_words(status, engine)))
}

fn in_words(status: &Status, engine: bool) -> String {
    let mut text = format!("Perch {} for {}\n", status.version, status.user);
    text.push_str(if engine {
        "running"
    } else {
        "not running; `perch` starts it in the tray, `perch serve` without one"
    });
    if let Some(until) = &status.paused_until {
        text.push_str(&format!(", paused until {until}"));
    }
    text.push_str(&format!(
        "\n{} in the inbox, {} events today\n",
        status.open, status.events_today
    ));
    for connection in &status.connections {
        let state = match &connection.state {
            ConnectionState::Starting => "not asked yet".to_owned(),
            ConnectionState::Well => "well".to_owned(),
            ConnectionState::Waiting { until, reason } => format!("waits until {until}: {reason}"),
            ConnectionState::Broken { problem, next_step } => format!("{problem}; {next_step}"),
            ConnectionState::Unreachable { problem } => format!("cannot be reached: {problem}"),
        };
        text.push_str(&format!(
            "\n{} ({}): {state}\n  watches {}\n",
            connection.name,
            connection.provider,
            connection.watch.join(", ")
        ));
        if let Some(tunnel) = &connection.tunnel {
            text.push_str(&format!("  {}\n", tunnel_in_words(tunnel)));
        }
        let standing = &connection.standing;
        if let Some(quota) = &standing.quota {
            let used = quota
                .used
                .map_or_else(String::new, |used| format!("{used} requests used, "));
            text.push_str(&format!(
                "  {used}{} left until {}\n",
                quota.left, quota.resets
            ));
        }
        if let Some(ends) = standing.token_ends {
            text.push_str(&format!(
                "  its token ends on {}\n",
                ends.strftime("%Y-%m-%d")
            ));
        }
        for hurdle in &standing.hurdles {
            text.push_str(&format!("  ! {}; {}\n", hurdle.problem, hurdle.next_step));
        }
    }
    if status.connections.is_empty() {
        text.push_str("\nNothing is watched. `perch watch FOLDER` watches a git folder.\n");
        if let Some(folder) = &status.offer_folder {
            text.push_str(&format!("For example: perch watch {folder}\n"));
        }
    }
    for problem in status.problems.iter().chain(&status.secrets_note) {
        text.push_str(&format!("\n! {problem}\n"));
    }
    text.push_str(&format!(
        "\ndata {}\nsettings {}\n",
        status.data_folder, status.config_file
    ));
    text
}

fn tunnel_in_words(tunnel: &TunnelView) -> String {
    let state = match &tunnel.state {
        TunnelState::Closed => "closed".to_owned(),
        TunnelState::Opening => "being opened".to_owned(),
        TunnelState::Open => format!("open at {}", tunnel.address.as_deref().unwrap_or_default()),
        TunnelState::Retrying { problem, until } => format!("{problem}; tried again at {until}"),
        TunnelState::Broken { problem, next_step } => format!("{problem}; {next_step}"),
    };
    let mut text = format!("tunnel {}: {state}", tunnel.kind);
    if let Some(at) = &tunnel.last_delivery {
        text.push_str(&format!("\n  last delivery {at}"));
    }
    if let Some(note) = &tunnel.note {
        text.push_str(&format!("\n  ! {note}"));
    }
    text
}

pub(super) async fn check(access: &Access, output: &Output) -> anyhow::Result<()> {
    let status: Status = access.call("check", Nothing {}).await?;
    let engine = access.has_engine();
    output.print(&status, |_| {
        if engine {
            "looking; `perch events` shows what is new".into()
        } else {
            "looked at what is on this machine; forges are asked once `perch` or `perch serve` runs"
                .into()
        }
    })
}

pub(super) async fn pause(access: &Access, until: &str, output: &Output) -> anyhow::Result<()> {
    let until = (until != "off").then(|| until.to_owned());
    let status: Status = access.call("pause", Pause { until }).await?;
    output.print(&status, |status| match &status.paused_until {
        Some(until) => {
            format!("paused until {until}; events are still stored, `perch pause off` goes on")
        }
        None => "no longer paused".into(),
    })
}

pub(super) async fn doctor(access: &Access, output: &Output) -> anyhow::Result<ExitCode> {
    let diagnosis: Diagnosis = access.call("doctor", Nothing {}).await?;
    output.print(&diagnosis, |diagnosis| {
        let lines: Vec<String> = diagnosis
            .checks
            .iter()
            .map(|check| {
                format!(
                    "{} {}: {}",
                    if check.well { "ok  " } else { "FAIL" },
                    check.what,
                    check.found
                )
            })
            .collect();
        plain(&lines.join("\n"))
    })?;
    let well = diagnosis.checks.iter().all(|check| check.well);
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(super) async fn users(access: &Access, args: UsersArgs, output: &Output) -> anyhow::Result<()> {
    let users: Users = match args.change {
        None => access.call("users", Nothing {}).await?,
        Some(change) => {
            let change = match change {
                Change::Add => UserChange::Add,
                Change::Start => UserChange::Start,
                Change::Stop => UserChange::Stop,
            };
            access
                .call(
                    "change_users",
                    ChangeUsers {
                        name: args.name,
                        change,
                    },
                )
                .await?
        }
    };
    output.print(&users, |users| {
        let lines: Vec<String> = users
            .users
            .iter()
            .map(|user| {
                format!(
                    "{}  {}",
                    user.name,
                    if user.running { "running" } else { "stopped" }
                )
            })
            .collect();
        lines.join("\n")
    })
}

pub(super) async fn settings(
    access: &Access,
    args: SettingsArgs,
    output: &Output,
) -> anyhow::Result<()> {
    let settings: SettingsView = match (args.key, args.value) {
        (Some(key), Some(value)) => {
            // What is no JSON is a plain word.
            let value = serde_json::from_str(&value).unwrap_or(serde_json::Value::String(value));
            access.call("set", Set { key, value }).await?
        }
        _ => access.call("settings", Nothing {}).await?,
    };
    output.print(&settings, |settings| {
        serde_json::to_string_pretty(settings).unwrap_or_else(|error| error.to_string())
    })
}

pub(super) async fn export(access: &Access, output: &Output) -> anyhow::Result<()> {
    let exported: Exported = access.call("export", Nothing {}).await?;
    output.print(&exported, |exported| exported.text.clone())
}

pub(super) async fn import(access: &Access, file: &Path, output: &Output) -> anyhow::Result<()> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).context("standard input could not be read")?
    } else {
        std::fs::read_to_string(file)
            .with_context(|| format!("{} could not be read", file.display()))?
    };
    let settings: SettingsView = access.call("import", Exported { text }).await?;
    output.print(&settings, |_| "the settings are in force".into())
}
