//! Toasts through macOS' and Windows' notification centres.
//!
//! They have no way to take a toast down or to replace one: a notice that was withdrawn or replaced may still
//! be seen, but what is pressed on it is no longer reported.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use notify_rust::{Notification, NotificationResponse, Timeout};
use perch_core::seam::notifier::{NotShown, Notice, Notifier, Press};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use crate::words::{Abilities, Words};
use crate::{APPLICATION, DETAILS, NAME, Server};

/// Toasts whose presses are waited for at once, each by a thread of its own; more are shown without buttons.
const WAITING: usize = 16;

/// The system's own notification centre is always there.
pub async fn probe() -> Result<Server, String> {
    Ok(Server {
        name: "the system's notification centre".into(),
        actions: true,
    })
}

/// Shows notices as native toasts and reports presses.
pub struct Toasts {
    presses: UnboundedSender<Press>,
    waiting: Arc<Semaphore>,
    current: Arc<Mutex<Current>>,
}

/// Which showing of each tag counts.
#[derive(Default)]
struct Current {
    shown: u64,
    by_tag: HashMap<String, u64>,
}

impl Toasts {
    /// Presses go to `presses`; pressing the toast itself is reported as `details`.
    pub fn new(presses: UnboundedSender<Press>) -> Self {
        // Without it macOS would show them as another application's, or not at all. It counts only once.
        #[cfg(target_os = "macos")]
        if let Err(error) = notify_rust::set_application(APPLICATION) {
            tracing::debug!(%error, "toasts are shown under another application's name");
        }
        Self {
            presses,
            waiting: Arc::new(Semaphore::new(WAITING)),
            current: Arc::default(),
        }
    }
}

#[async_trait]
impl Notifier for Toasts {
    fn id(&self) -> &'static str {
        "toast"
    }

    async fn show(&self, notice: &Notice) -> Result<(), NotShown> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().ok();
        let toast = build(notice, place.is_some());
        let handle = tokio::task::spawn_blocking(move || toast.show())
            .await
            .map_err(|error| NotShown(error.to_string()))?
            .map_err(|error| NotShown(error.to_string()))?;
        // Dropping the handle leaves the toast standing, and on macOS is what shows it.
        let Some(place) = place else { return Ok(()) };
        let tag = notice.tag.clone();
        let number = lock(&self.current).begin(&tag);
        let (presses, current) = (self.presses.clone(), Arc::clone(&self.current));
        let wait = move || {
            let mut button = None;
            let waited = handle.wait_for_response(|response: &NotificationResponse| {
                button = pressed(response);
            });
            if let Err(error) = waited {
                tracing::debug!(%error, "a toast's presses are not known");
            }
            drop(place);
            let counts = lock(&current).end(&tag, number);
            if let (true, Some(button)) = (counts, button) {
                // Nobody listening means Perch is ending.
                let _ = presses.send(Press { tag, button });
            }
        };
        std::thread::Builder::new()
            .name("toast".into())
            .spawn(wait)
            .map(drop)
            .map_err(|error| NotShown(error.to_string()))
    }

    async fn withdraw(&self, tag: &str) {
        lock(&self.current).by_tag.remove(tag);
    }
}

impl Current {
    fn begin(&mut self, tag: &str) -> u64 {
        self.shown += 1;
        self.by_tag.insert(tag.to_owned(), self.shown);
        self.shown
    }

    /// True if the showing `number` is the one that counts; it does no longer.
    fn end(&mut self, tag: &str, number: u64) -> bool {
        let counts = self.by_tag.get(tag) == Some(&number);
        if counts {
            self.by_tag.remove(tag);
        }
        counts
    }
}

fn lock(current: &Mutex<Current>) -> MutexGuard<'_, Current> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pressed(response: &NotificationResponse) -> Option<String> {
    match response {
        NotificationResponse::Default => Some(DETAILS.to_owned()),
        NotificationResponse::Action(id) => Some(id.clone()),
        NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
    }
}

fn build(notice: &Notice, actions: bool) -> Notification {
    let words = Words::of(
        notice,
        Abilities {
            actions,
            markup: false,
        },
    );
    let mut toast = Notification::new();
    toast
        .appname(NAME)
        .summary(&words.title)
        .body(&words.body)
        .timeout(Timeout::Default);
    #[cfg(windows)]
    toast.app_id(APPLICATION);
    for button in &words.buttons {
        toast.action(&button.id, &button.label);
    }
    toast
}
