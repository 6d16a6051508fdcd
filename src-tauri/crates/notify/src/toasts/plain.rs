//! Toasts where the notification centre keeps no line back to the sender: they say what is on offer.

use async_trait::async_trait;
use notify_rust::Notification;
use perch_core::seam::notifier::{NotShown, Notice, Notifier, Press};
use tokio::sync::mpsc::UnboundedSender;

use crate::text::plain;

/// What [`probe`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The notification centre's name.
    pub name: String,
    /// True if it shows buttons.
    pub actions: bool,
}

/// The system's own notification centre is always there.
pub fn probe() -> Result<Server, String> {
    Ok(Server {
        name: "the system's notification centre".into(),
        actions: false,
    })
}

/// Shows notices as native toasts without buttons; everything on them is in the panel as well.
pub struct Toasts {
    _presses: UnboundedSender<Press>,
}

impl Toasts {
    /// Presses would go to `presses`.
    pub fn new(presses: UnboundedSender<Press>) -> Self {
        Self { _presses: presses }
    }
}

#[async_trait]
impl Notifier for Toasts {
    fn id(&self) -> &'static str {
        "toast"
    }

    async fn show(&self, notice: &Notice) -> Result<(), NotShown> {
        let mut toast = Notification::new();
        toast
            .appname("Perch")
            .summary(&plain(&notice.title, 80))
            .body(&format!(
                "{} · open Perch to decide",
                plain(&notice.body, 240)
            ));
        tokio::task::spawn_blocking(move || toast.show())
            .await
            .map_err(|error| NotShown(error.to_string()))?
            .map(drop)
            .map_err(|error| NotShown(error.to_string()))
    }

    async fn withdraw(&self, _tag: &str) {}
}
