//! `uninstall`: takes away what Perch left on this machine and at forges, after naming it.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use perch_core::connection::Connection;
use perch_core::seam::account::Grant;
use perch_core::seam::http_cache::Forgetful;
use perch_core::seam::model::ModelChoice;
use perch_core::seam::provider::Context;
use perch_core::seam::secrets::Secrets;
use perch_integrations::providers;
use perch_store::db::Db;
use perch_store::lock::{EngineKind, EngineLock};
use perch_store::secrets::open_keychain;
use perch_store::settings::SettingsFile;
use perch_store::table::webhooks::{self, WebhookRow};
use serde::Serialize;

use super::output::Output;
use crate::wire::{self, Places};

/// Options of `perch uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// Do it; without this only what would go is listed.
    #[arg(long)]
    yes: bool,
    /// Leave the webhooks Perch made where they are, for a forge that cannot be reached any more.
    #[arg(long)]
    leave_webhooks: bool,
}

/// What goes, or went.
#[derive(Serialize)]
struct Removal {
    /// True once it is gone.
    removed: bool,
    /// Webhooks Perch made, as `repository address`.
    webhooks: Vec<String>,
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
    let mut connections = Vec::new();
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
        let models = file.settings().models.iter();
        secrets.extend(models.map(ModelChoice::secret));
        connections.clone_from(&file.settings().connections);
    }
    let webhooks = if folders.database.exists() && !args.leave_webhooks {
        made_webhooks(&folders.database).await?
    } else {
        Vec::new()
    };
    let autostart = autostart_entry(&places.environment);
    let mut paths = vec![folders.data.clone(), folders.config_file.clone()];
    paths.extend(autostart.filter(|entry| entry.exists()));
    if args.yes {
        let keychain = open_keychain(&folders.keychain_service);
        // First, while the tokens are still there.
        for hook in &webhooks {
            if let Err(problem) = take_away(hook, &connections, keychain.as_ref()).await {
                bail!(
                    "the webhook of {} is still there: {problem}; nothing on this machine was removed, so run this \
                     again, or with --leave-webhooks",
                    hook.repository
                );
            }
        }
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
        webhooks: webhooks
            .iter()
            .map(|hook| format!("{} {}", hook.repository, hook.url))
            .collect(),
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
        for webhook in &removal.webhooks {
            text.push_str(&format!("  webhook of {webhook}\n"));
        }
        for secret in &removal.secrets {
            text.push_str(&format!("  keychain entry {secret}\n"));
        }
        for path in &removal.paths {
            text.push_str(&format!("  {path}\n"));
        }
        if !removal.removed {
            text.push_str(
                "`perch uninstall --yes` removes it. Webhooks you set up by hand at a forge stay there.\n",
            );
        }
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The webhooks Perch made at forges.
async fn made_webhooks(database: &std::path::Path) -> anyhow::Result<Vec<WebhookRow>> {
    let db = Db::open(database)?;
    Ok(db.read(webhooks::all).await?)
}

/// Removes one webhook at its forge.
async fn take_away(
    hook: &WebhookRow,
    connections: &[Connection],
    keychain: &dyn Secrets,
) -> Result<(), String> {
    let connection = connections
        .iter()
        .find(|one| one.id == hook.connection_id)
        .ok_or_else(|| format!("the connection `{}` is gone", hook.connection_id))?;
    let hooks = providers::ALL
        .iter()
        .find(|one| one.id() == connection.provider)
        .and_then(|provider| provider.hooks())
        .ok_or_else(|| format!("`{}` makes no webhooks", connection.provider))?;
    let token = keychain
        .get(&format!("{}/token", connection.id))
        .map_err(|error| error.to_string())?
        .map(|token| Grant::from_secret(&token).map_or(token, |grant| grant.access));
    let ctx = Context {
        connection,
        token: token.as_ref(),
        cache: &Forgetful,
        now: wire::now(),
    };
    hooks
        .delete(&ctx, &hook.repository, &hook.webhook_id)
        .await
        .map_err(|error| error.to_string())
}

/// The autostart entry the tray's switch writes on Linux, wherever other settings lie.
fn autostart_entry(
    environment: &perch_store::environment::Environment,
) -> Option<std::path::PathBuf> {
    let config = environment.home()?.join(".config");
    cfg!(target_os = "linux").then(|| config.join("autostart").join("perch.desktop"))
}
