//! `perch serve`: the engine without a tray, its panel in a browser.

mod panel;

use std::sync::Arc;

use anyhow::anyhow;
use perch_core::seam::notifier::Notifier;
use perch_store::lock::EngineKind;
use tokio::sync::mpsc;

use crate::cli::{Common, ServeArgs, line};
use crate::running::Running;
use crate::wire::{House, Places};

#[cfg(feature = "desktop")]
pub(crate) use panel::concerns;

/// Runs until it is interrupted.
pub async fn run(args: ServeArgs, common: Common) -> anyhow::Result<()> {
    let notifiers: Vec<Arc<dyn Notifier>> = vec![Arc::new(perch_notify::Log)];
    let house = House::open_with(Places::find()?, EngineKind::Serve, notifiers).await?;
    let user = house
        .api
        .user(common.user.as_deref())
        .map_err(|error| anyhow!(error.message))?;
    let (_presses, pressed) = mpsc::unbounded_channel();
    let (open_panel, _) = mpsc::unbounded_channel();
    let mut running = Running::start(house, pressed, open_panel).await?;
    let house = Arc::clone(&running.house);
    if args.no_panel {
        line("Perch runs.")?;
    } else {
        let panel = panel::bind(
            Arc::clone(&house.api),
            Arc::clone(&house.engine),
            user,
            args.port,
        )
        .await?;
        line(&format!(
            "Perch runs. Open its panel in a browser on this machine:\n{}",
            panel.address
        ))?;
        tokio::spawn(async move {
            if let Err(error) = panel.run().await {
                tracing::error!(%error, "the panel ended");
            }
        });
    }
    interrupted().await;
    running.stop().await;
    Ok(())
}

/// Returns when the process is asked to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut terminate), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
