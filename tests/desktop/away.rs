//! What was missed: a tray that comes up after Perch.

use std::time::Duration;

use crate::session::program::BareBus;
use crate::session::{session, wait_for};

const SOON: Duration = Duration::from_secs(60);

#[test]
fn a_tray_that_comes_up_later_gets_its_icon() {
    let Some(session) = session("a_tray_that_comes_up_later_gets_its_icon") else {
        return;
    };
    let bus = BareBus::without_services(session.home());
    let tray = session.start_with(
        &[("DBUS_SESSION_BUS_ADDRESS", bus.address.as_ref())],
        &["--hidden"],
    );
    // Hidden, but nothing shows a tray: there must be a way in.
    wait_for("the panel", SOON, || session.screen.panel());
    let watcher = Watcher::start(&bus);
    let item = wait_for("an icon to be registered", SOON, || watcher.registered());
    assert!(!item.is_empty());
    assert_eq!(tray.quit(), Some(0));
}

/// Whoever shows tray icons, as far as icons are concerned: it is told of them.
struct Watcher {
    items: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
    _connection: zbus::blocking::Connection,
}

struct Registry(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Registry {
    fn register_status_notifier_item(&self, service: &str) {
        self.0
            .lock()
            .expect("nobody panics over it")
            .push(service.to_owned());
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics over it").clone()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

impl Watcher {
    fn start(bus: &BareBus) -> Self {
        let items = std::sync::Arc::default();
        let connection = zbus::blocking::connection::Builder::address(bus.address.as_str())
            .and_then(|builder| {
                builder.serve_at(
                    "/StatusNotifierWatcher",
                    Registry(std::sync::Arc::clone(&items)),
                )
            })
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .and_then(zbus::blocking::connection::Builder::build)
            .expect("the bus lets everybody take names");
        Self {
            items,
            _connection: connection,
        }
    }

    /// The first icon that was registered.
    fn registered(&self) -> Option<String> {
        self.items
            .lock()
            .expect("nobody panics over it")
            .first()
            .cloned()
    }
}
