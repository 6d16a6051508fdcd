//! A notification server that writes down what it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, fdo};

use crate::wait_for;

pub(crate) const NAME: &str = "org.freedesktop.Notifications";
pub(crate) const PATH: &str = "/org/freedesktop/Notifications";

/// What the server was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Notify(Notify),
    Close(u32),
    Capabilities,
}

/// One call of `Notify`. `id` is what it was answered with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notify {
    pub(crate) id: u32,
    pub(crate) app_name: String,
    pub(crate) replaces: u32,
    pub(crate) icon: String,
    pub(crate) summary: String,
    pub(crate) body: String,
    pub(crate) actions: Vec<String>,
    /// Each as it prints, by name.
    pub(crate) hints: Vec<(String, String)>,
    pub(crate) expiry: i32,
}

/// How a server differs from a good one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ways {
    pub(crate) capabilities: Vec<&'static str>,
    /// It presses this button before it answers that the toast stands.
    pub(crate) presses: Option<&'static str>,
    /// It never answers that a toast stands.
    pub(crate) hangs: bool,
    /// The first id it gives.
    pub(crate) first_id: u32,
}

impl Ways {
    pub(crate) fn with(capabilities: &[&'static str]) -> Self {
        Self {
            capabilities: capabilities.to_vec(),
            first_id: 1,
            ..Self::default()
        }
    }
}

struct Interface {
    ways: Ways,
    calls: Arc<Mutex<Vec<Call>>>,
    next: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Interface {
    #[expect(clippy::too_many_arguments, reason = "the specification's own call")]
    async fn notify(
        &mut self,
        app_name: String,
        replaces: u32,
        icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expiry: i32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<u32> {
        if self.ways.hangs {
            std::future::pending::<()>().await;
        }
        let id = if replaces == 0 { self.next } else { replaces };
        self.next = self.next.max(id + 1);
        let mut hints: Vec<(String, String)> = hints
            .into_iter()
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        hints.sort();
        self.calls
            .lock()
            .expect("no panic")
            .push(Call::Notify(Notify {
                id,
                app_name,
                replaces,
                icon,
                summary,
                body,
                actions,
                hints,
                expiry,
            }));
        if let Some(key) = self.ways.presses {
            Self::action_invoked(&emitter, id, key).await?;
        }
        Ok(id)
    }

    fn close_notification(&mut self, id: u32) -> fdo::Result<()> {
        self.calls.lock().expect("no panic").push(Call::Close(id));
        // As servers do for a toast that is gone.
        Err(fdo::Error::Failed("no such notification".into()))
    }

    fn get_capabilities(&self) -> Vec<String> {
        self.calls
            .lock()
            .expect("no panic")
            .push(Call::Capabilities);
        self.ways
            .capabilities
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[expect(clippy::unused_self, reason = "a method of the interface")]
    fn get_server_information(&self) -> (String, String, String, String) {
        ("mock".into(), "tests".into(), "7".into(), "1.2".into())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, key: &str) -> zbus::Result<()>;
}

/// A server on a bus; it goes when this does.
pub(crate) struct Server {
    connection: Connection,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Server {
    pub(crate) async fn start(address: &str, ways: Ways) -> Self {
        let calls = Arc::default();
        let interface = Interface {
            next: ways.first_id,
            ways,
            calls: Arc::clone(&calls),
        };
        let connection = zbus::connection::Builder::address(address)
            .expect("an address")
            .serve_at(PATH, interface)
            .expect("a path")
            .name(NAME)
            .expect("a name")
            .build()
            .await
            .expect("the bus takes it");
        Self { connection, calls }
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("no panic").clone()
    }

    /// Every toast asked for so far.
    pub(crate) fn toasts(&self) -> Vec<Notify> {
        let toasts = self.calls().into_iter().filter_map(|call| match call {
            Call::Notify(toast) => Some(toast),
            _ => None,
        });
        toasts.collect()
    }

    /// Every id that was to be taken down so far.
    pub(crate) fn closed(&self) -> Vec<u32> {
        let closed = self.calls().into_iter().filter_map(|call| match call {
            Call::Close(id) => Some(id),
            _ => None,
        });
        closed.collect()
    }

    /// Waits until these ids were to be taken down.
    pub(crate) async fn has_closed(&self, ids: &[u32]) {
        wait_for("a toast taken down", async || {
            (self.closed() == ids).then_some(())
        })
        .await;
    }

    pub(crate) async fn press(&self, id: u32, key: &str) {
        self.emit("ActionInvoked", &(id, key)).await;
    }

    pub(crate) async fn close(&self, id: u32) {
        self.emit("NotificationClosed", &(id, 1_u32)).await;
    }

    async fn emit<B>(&self, signal: &str, body: &B)
    where
        B: zbus::export::serde::ser::Serialize + zbus::zvariant::DynamicType,
    {
        self.connection
            .emit_signal(None::<()>, PATH, NAME, signal, body)
            .await
            .expect("the bus takes it");
    }

    /// Ends as a crash would: without a word about the toasts that stood.
    pub(crate) async fn crash(self) {
        self.connection.close().await.expect("it closes");
    }
}
