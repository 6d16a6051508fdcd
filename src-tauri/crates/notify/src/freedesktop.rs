//! Toasts through the desktop's notification server (Desktop Notifications Specification 1.2).
//!
//! One connection to the session's bus carries all of them for as long as Perch runs: some servers take a
//! toast down when its sender goes away, and one listening task costs nothing while nothing happens.

mod bus;
mod standing;

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use perch_core::seam::notifier::{NotShown, Notice, Notifier, Press};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use self::bus::{Bus, Signal, Signals};
use self::standing::{Id, Standing, Toast};
use crate::Server;
use crate::words::Words;

/// Asks whether a notification server answers on this session's bus, and what it can do.
pub async fn probe() -> Result<Server, String> {
    let (presses, _nobody) = unbounded_channel();
    Toasts::new(presses).server().await
}

/// Shows notices as native toasts and reports presses.
pub struct Toasts(Arc<Desk>);

struct Desk {
    address: Option<String>,
    presses: UnboundedSender<Press>,
    /// Held while the server is asked, so that a press never overtakes the record of its toast.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bus: Option<Bus>,
    standing: Standing,
}

impl Toasts {
    /// Presses go to `presses`; pressing the toast itself is reported as `details`. The session's bus is looked
    /// for with the first notice, and again with a later one if it has gone.
    pub fn new(presses: UnboundedSender<Press>) -> Self {
        Self::at(None, presses)
    }

    /// As [`Toasts::new`], over the bus at `address` (as in `DBUS_SESSION_BUS_ADDRESS`).
    pub fn on_bus(address: impl Into<String>, presses: UnboundedSender<Press>) -> Self {
        Self::at(Some(address.into()), presses)
    }

    /// Asks which server shows the toasts.
    pub async fn server(&self) -> Result<Server, String> {
        let asked = async {
            let (bus, _signals) = Bus::connect(self.0.address.as_deref()).await?;
            bus.server().await
        };
        asked.await.map_err(|error| bus::in_words(&error))
    }

    fn at(address: Option<String>, presses: UnboundedSender<Press>) -> Self {
        Self(Arc::new(Desk {
            address,
            presses,
            state: Mutex::default(),
        }))
    }
}

#[async_trait]
impl Notifier for Toasts {
    fn id(&self) -> &'static str {
        "toast"
    }

    async fn show(&self, notice: &Notice) -> Result<(), NotShown> {
        let mut state = self.0.state.lock().await;
        let mut shown = self.0.show(&mut state, notice).await;
        if shown.as_ref().is_err_and(bus::is_gone) {
            // The session's bus was started anew; whatever stood went with the old one.
            *state = State::default();
            shown = self.0.show(&mut state, notice).await;
        }
        shown.map_err(|error| NotShown(bus::in_words(&error)))
    }

    async fn stands(&self, tag: &str) -> Option<bool> {
        let state = self.0.state.lock().await;
        Some(state.standing.id_of(tag).is_some())
    }

    async fn withdraw(&self, tag: &str) {
        let mut state = self.0.state.lock().await;
        if let Some(id) = state.standing.forget(tag) {
            state.close(&id).await;
        }
    }
}

impl Desk {
    async fn show(self: &Arc<Self>, state: &mut State, notice: &Notice) -> zbus::Result<()> {
        let State { bus, standing } = state;
        let bus = match bus {
            Some(bus) => bus,
            none => {
                let (mut bus, signals) = Bus::connect(self.address.as_deref()).await?;
                bus.listen(listen(Arc::downgrade(self), signals));
                none.insert(bus)
            }
        };
        let words = Words::of(notice, bus.abilities().await?);
        let replaced = standing.id_of(&notice.tag);
        let id = bus.notify(replaced, &words, notice.level).await?;
        let overdue = standing.put(Toast {
            tag: notice.tag.clone(),
            id,
            buttons: words.buttons.into_iter().map(|button| button.id).collect(),
        });
        for id in overdue {
            state.close(&id).await;
        }
        Ok(())
    }

    async fn heard(&self, signal: Signal) {
        let mut state = self.state.lock().await;
        match signal {
            Signal::Pressed(id, key) => {
                if let Some(press) = state.standing.press(&id, &key) {
                    // Nobody listening means Perch is ending.
                    let _ = self.presses.send(press);
                    // Not every server takes a pressed toast down, and a second press would be one too many.
                    state.close(&id).await;
                }
            }
            Signal::Closed(id) => state.standing.closed(&id),
            Signal::Ended(server) => {
                state.standing.ended(&server);
                if let Some(bus) = &mut state.bus {
                    bus.forget_abilities();
                }
            }
        }
    }
}

impl State {
    /// Takes a toast down; one that is gone already is no error.
    async fn close(&self, id: &Id) {
        if let Some(bus) = &self.bus {
            bus.close(id).await;
        }
    }
}

async fn listen(desk: Weak<Desk>, mut signals: Signals) {
    while let Some(signal) = signals.next().await {
        let Some(desk) = desk.upgrade() else { return };
        desk.heard(signal).await;
    }
}
