//! `uninstall`: takes away what Perch left on this machine, after naming it.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use perch_integrations::providers;
use perch_store::lock::{EngineKind, EngineLock};
use perch_store::secrets::open_keychain;
use perch_store::settings::SettingsFile;
use serde::Serialize;

use super::output::Output;
use crate::wire::{self, Places};

/// Options of `perch uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// Do it; without this only what would go is listed.
    #[arg(long)]
    yes: bool,
}

/// What goes, or went.
#[derive(Serialize)]
struct Removal {
    /// True once it is gone.
    removed: bool,
    /// Names of keychain entries.
    secrets: Vec<String>,
    /// Folders and files.
    paths: Vec<String>,
}

pub(super) async fn run(args: UninstallArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let places = Places::find()?;
    let folders = places.folders;
    let note = wire::note(EngineKind::Command, &folders);
    // A running engine would write everything anew.
    let lock = EngineLock::acquire(&folders.data, &note)?;
    let login = places.environment.login();
    let mut secrets = Vec::new();
    if let Ok(file) = SettingsFile::open(&folders.config_file, wire::rules(login)) {
        for connection in &file.settings().connections {
            let provider = providers::ALL
                .iter()
                .find(|one| one.id() == connection.provider);
            for field in provider
                .iter()
                .flat_map(|provider| provider.about().secrets)
            {
                secrets.push(format!("{}/{}", connection.id, field.key));
            }
        }
    }
    let autostart = autostart_entry(&places.environment);
    let mut paths = vec![folders.data.clone(), folders.config_file.clone()];
    paths.extend(autostart.filter(|entry| entry.exists()));
    if args.yes {
        let keychain = open_keychain(&folders.keychain_service);
        for secret in &secrets {
            if let Err(error) = keychain.delete(secret) {
                bail!(
                    "{error}; nothing else was removed, so run this again when the keychain is unlocked"
                );
            }
        }
        drop(lock);
        for path in &paths {
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
            if let Err(error) = removed
                && path.exists()
            {
                bail!("{} could not be removed: {error}", path.display());
            }
        }
    }
    let removal = Removal {
        removed: args.yes,
        secrets,
        paths: paths
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    };
    output.print(&removal, |removal| {
        let mut text = String::from(if removal.removed {
            "Removed:\n"
        } else {
            "This would go:\n"
        });
        for secret in &removal.secrets {
            text.push_str(&format!("  keychain entry {secret}\n"));
        }
        for path in &removal.paths {
            text.push_str(&format!("  {path}\n"));
        }
        if !removal.removed {
            text.push_str(
                "`perch uninstall --yes` removes it. Webhooks you set up at a forge stay there.\n",
            );
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The autostart entry the tray's switch writes on Linux.
fn autostart_entry(
    environment: &perch_store::environment::Environment,
) -> Option<std::path::PathBuf> {
    let config = environment
        .get("XDG_CONFIG_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(environment.home()?.join(".config")))?;
    cfg!(target_os = "linux").then(|| config.join("autostart").join("perch.desktop"))
}
