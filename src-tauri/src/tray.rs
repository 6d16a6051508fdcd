//! The engine behind the desktop: what tray and panel ask is answered by the api, toasts are real ones.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use futures_util::future::BoxFuture;
use perch_core::id::UserId;
use perch_core::seam::notifier::Notifier;
use perch_notify::Toasts;
use perch_store::lock::EngineKind;
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};

use crate::cli::Common;
use crate::desktop::{self, Host, Options};
use crate::running::Running;
use crate::serve::concerns;
use crate::wire::{House, Places};

struct Behind {
    running: Arc<tokio::sync::Mutex<Running>>,
    house: Arc<House>,
    user: UserId,
    changes: broadcast::Sender<Value>,
    open_panel: Mutex<Option<mpsc::UnboundedReceiver<Option<String>>>>,
}

/// Starts Perch in the tray and returns when the user quits.
pub fn run(runtime: &tokio::runtime::Runtime, common: &Common, hidden: bool) -> anyhow::Result<()> {
    let places = Places::find()?;
    let environment = &places.environment;
    let options = Options {
        hidden,
        // GTK takes Wayland where it finds both, unless it is told otherwise.
        wayland: environment.get("WAYLAND_DISPLAY").is_some()
            && !environment
                .get("GDK_BACKEND")
                .is_some_and(|backend| backend.starts_with("x11")),
        automation: environment.get("TAURI_AUTOMATION").is_some(),
        data_folder: places.folders.data.clone(),
        instance: places
            .folders
            .keychain_service
            .strip_prefix("perch-")
            .map(|mark| format!("i{mark}")),
    };
    let handle = runtime.handle().clone();
    let start_on = handle.clone();
    let common = common.clone();
    desktop::run(handle, options, move || {
        start_on
            .block_on(start(places, &common))
            .map(|host| host as Arc<dyn Host>)
    })
}

async fn start(places: Places, common: &Common) -> anyhow::Result<Arc<Behind>> {
    let (presses, pressed) = mpsc::unbounded_channel();
    let notifiers: Vec<Arc<dyn Notifier>> = vec![Arc::new(Toasts::new(presses))];
    let house = House::open_with(places, EngineKind::Tray, notifiers).await?;
    let user = house
        .api
        .user(common.user.as_deref())
        .map_err(|error| anyhow!(error.message))?;
    let (open_panel, requests) = mpsc::unbounded_channel();
    let running = Running::start(house, pressed, open_panel).await?;
    let house = Arc::clone(&running.house);
    let changes = broadcast::channel(256).0;
    let behind = Arc::new(Behind {
        running: Arc::new(tokio::sync::Mutex::new(running)),
        house,
        user,
        changes,
        open_panel: Mutex::new(Some(requests)),
    });
    behind.forward_changes();
    Ok(behind)
}

impl Behind {
    fn forward_changes(&self) {
        let mut changes = self.house.engine.changes();
        let (send, user) = (self.changes.clone(), self.user.clone());
        tokio::spawn(async move {
            loop {
                match changes.recv().await {
                    Ok(change) if concerns(&change, &user) => {
                        let _ = send.send(json!(change));
                    }
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        let _ = send.send(json!({ "kind": "status" }));
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
    }
}

impl Host for Behind {
    fn call(&self, cmd: String, payload: Value) -> BoxFuture<'static, Result<Value, Value>> {
        let (house, user) = (Arc::clone(&self.house), self.user.clone());
        Box::pin(async move {
            house
                .api
                .call(&user, &cmd, payload)
                .await
                .map_err(|error| json!(error))
        })
    }

    fn changes(&self) -> broadcast::Receiver<Value> {
        self.changes.subscribe()
    }

    fn open_panel_requests(&self) -> mpsc::UnboundedReceiver<Option<String>> {
        let taken = self
            .open_panel
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        taken.unwrap_or_else(|| mpsc::unbounded_channel().1)
    }

    fn shutdown(&self) -> BoxFuture<'static, ()> {
        let running = Arc::clone(&self.running);
        Box::pin(async move { running.lock().await.stop().await })
    }
}
