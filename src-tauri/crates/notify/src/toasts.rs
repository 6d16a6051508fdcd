//! Toasts through the desktop's notification server (Desktop Notifications Specification 1.2).
//!
//! Each standing toast keeps its connection to the bus and one waiting task: some servers take a toast down
//! when its sender goes away. There are at most [`STANDING`] of them; the oldest makes room.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use notify_rust::{Hint, Notification, NotificationHandle, NotificationResponse, Timeout, Urgency};
use perch_core::seam::notifier::{NotShown, Notice, Notifier, Press};
use perch_core::suggestion::Level;
use tokio::sync::OnceCell;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use crate::text::{escaped, plain};

/// Toasts that may stand at once.
const STANDING: usize = 16;

/// Characters of a title, and of a body, at most.
const TITLE: usize = 80;
const BODY: usize = 320;

/// What [`probe`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The server's name and version.
    pub name: String,
    /// True if it shows buttons.
    pub actions: bool,
}

/// Asks whether a notification server answers. Blocks.
pub fn probe() -> Result<Server, String> {
    let information = notify_rust::get_server_information().map_err(|error| error.to_string())?;
    let capabilities = notify_rust::get_capabilities().map_err(|error| error.to_string())?;
    Ok(Server {
        name: format!("{} {}", information.name, information.version),
        actions: capabilities.iter().any(|one| one == "actions"),
    })
}

/// Shows notices as native toasts and reports presses.
pub struct Toasts {
    presses: UnboundedSender<Press>,
    standing: Arc<Mutex<VecDeque<Standing>>>,
    capabilities: OnceCell<Capabilities>,
}

struct Standing {
    tag: String,
    handle: Arc<NotificationHandle>,
    waiting: AbortHandle,
}

#[derive(Debug, Clone, Copy)]
struct Capabilities {
    actions: bool,
    markup: bool,
}

impl Toasts {
    /// Presses go to `presses`; pressing the toast itself is reported as `details`.
    pub fn new(presses: UnboundedSender<Press>) -> Self {
        Self {
            presses,
            standing: Arc::default(),
            capabilities: OnceCell::new(),
        }
    }

    /// What the server can do, asked once. One that does not answer is asked again with the next toast.
    async fn capabilities(&self) -> Result<Capabilities, NotShown> {
        self.capabilities
            .get_or_try_init(|| async {
                let found = tokio::task::spawn_blocking(notify_rust::get_capabilities)
                    .await
                    .map_err(|error| NotShown(error.to_string()))?
                    .map_err(|error| {
                        NotShown(format!("no notification server answers: {error}"))
                    })?;
                let has = |name: &str| found.iter().any(|one| one == name);
                Ok(Capabilities {
                    actions: has("actions"),
                    markup: has("body-markup"),
                })
            })
            .await
            .copied()
    }

    fn take(&self, tag: &str) -> Option<Standing> {
        let mut standing = standing(&self.standing);
        let place = standing.iter().position(|one| one.tag == tag)?;
        standing.remove(place)
    }
}

fn standing(all: &Mutex<VecDeque<Standing>>) -> MutexGuard<'_, VecDeque<Standing>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Notifier for Toasts {
    fn id(&self) -> &'static str {
        "toast"
    }

    async fn show(&self, notice: &Notice) -> Result<(), NotShown> {
        let capabilities = self.capabilities().await?;
        let before = self.take(&notice.tag);
        let mut toast = build(notice, capabilities);
        if let Some(before) = &before {
            before.waiting.abort();
            toast.id(before.handle.id());
        }
        let handle = toast
            .show_async()
            .await
            .map_err(|error| NotShown(error.to_string()))?;
        let handle = Arc::new(handle);
        let waiting = tokio::spawn(wait(
            Arc::clone(&handle),
            notice.tag.clone(),
            self.presses.clone(),
            Arc::clone(&self.standing),
        ));
        let oldest = {
            let mut standing = standing(&self.standing);
            standing.push_back(Standing {
                tag: notice.tag.clone(),
                handle,
                waiting: waiting.abort_handle(),
            });
            if standing.len() > STANDING {
                standing.pop_front()
            } else {
                None
            }
        };
        if let Some(oldest) = oldest {
            close(oldest).await;
        }
        Ok(())
    }

    async fn withdraw(&self, tag: &str) {
        if let Some(standing) = self.take(tag) {
            close(standing).await;
        }
    }
}

async fn close(standing: Standing) {
    standing.waiting.abort();
    standing.handle.close_async().await;
}

/// Reports the press that ends a toast; one that only closes is forgotten.
async fn wait(
    handle: Arc<NotificationHandle>,
    tag: String,
    presses: UnboundedSender<Press>,
    all: Arc<Mutex<VecDeque<Standing>>>,
) {
    let mut button = None;
    handle
        .wait_for_action_async(|response: &NotificationResponse| {
            button = match response {
                NotificationResponse::Default => Some("details".to_owned()),
                NotificationResponse::Action(id) if id == "default" => Some("details".to_owned()),
                NotificationResponse::Action(id) => Some(id.clone()),
                NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
            };
        })
        .await;
    standing(&all).retain(|one| !Arc::ptr_eq(&one.handle, &handle));
    let Some(button) = button else { return };
    // Nobody listening means Perch is ending.
    let _ = presses.send(Press { tag, button });
}

fn build(notice: &Notice, capabilities: Capabilities) -> Notification {
    let mut body = plain(&notice.body, BODY);
    if !capabilities.actions {
        body.push_str(" · open Perch to decide");
    }
    let mut toast = Notification::new();
    toast
        .appname("Perch")
        .icon("dev.perch.Perch")
        .summary(&plain(&notice.title, TITLE))
        .body(&if capabilities.markup {
            escaped(&body)
        } else {
            body
        })
        .hint(Hint::DesktopEntry("dev.perch.Perch".into()))
        .hint(Hint::Category("dev.perch.suggestion".into()))
        .timeout(Timeout::Default)
        // Never critical: that would stay over full-screen windows and pass do-not-disturb.
        .urgency(if notice.level == Level::Silent {
            Urgency::Low
        } else {
            Urgency::Normal
        });
    if capabilities.actions {
        toast.action("default", "Details");
        for button in &notice.buttons {
            toast.action(&button.id, &plain(&button.label, 40));
        }
    }
    toast
}
