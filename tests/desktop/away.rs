//! What was missed: a machine that slept, and a tray that comes up after Perch.

use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;

use crate::session::greeter::{Greeter, said};
use crate::session::program::{BareBus, Tray};
use crate::session::{Session, session, wait_for};
use crate::toasts::Toast;

const SOON: Duration = Duration::from_secs(60);

/// Moves the wall clock of the programs it is loaded into, and no other clock, as a machine that slept finds it.
const CLOCK: &str = if cfg!(target_arch = "aarch64") {
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"
} else {
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
};

/// Sends a signal by its name.
fn signal(tray: &Tray, name: &str) {
    let sent = Command::new("kill")
        .args([name, &tray.id().to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()), "{name} is sent");
}

/// Perch in the tray with a wall clock that `clock` moves.
fn start_with_clock(session: &Session, clock: &std::path::Path) -> Tray {
    session.start_with(
        &[
            ("LD_PRELOAD", CLOCK.as_ref()),
            ("FAKETIME_TIMESTAMP_FILE", clock.as_os_str()),
            ("FAKETIME_NO_CACHE", "1".as_ref()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".as_ref()),
        ],
        &["--hidden"],
    )
}

/// The notices that reached the screen, as they were said.
fn told(session: &Session) -> Vec<String> {
    let database =
        Connection::open(session.home().join("data/perch.db")).expect("Perch's database");
    let mut shown = database
        .prepare("SELECT notice ->> '$.title' FROM notifications WHERE shown_at IS NOT NULL ORDER BY shown_at")
        .expect("a table of notices");
    let titles = shown
        .query_map([], |row| row.get(0))
        .expect("notices have titles");
    titles.map(|title| title.expect("a title")).collect()
}

#[test]
fn a_machine_that_slept_tells_what_happened_meanwhile_by_one_toast() {
    let Some(session) = session("a_machine_that_slept_tells_what_happened_meanwhile_by_one_toast")
    else {
        return;
    };
    session.screen.rest_pointer();
    let clock = session.home().join("clock");
    std::fs::write(&clock, "+0s\n").expect("a file of the test's own is written");
    let tray = start_with_clock(&session, &clock);
    let socket = session.home().join("data/engine.sock");
    wait_for("perch to run", SOON, || socket.exists().then_some(()));
    let greeters: Vec<Greeter> = ["api", "shop", "site"]
        .iter()
        .map(|name| Greeter::new(&session.home().join(name)))
        .collect();
    for greeter in &greeters {
        let watched = session.perch(&["watch".as_ref(), greeter.folder.as_os_str()]);
        assert!(watched.status.success(), "{}", said(&watched));
    }

    signal(&tray, "-STOP");
    for greeter in &greeters {
        greeter.fail(&session);
    }
    assert!(Toast::shown(&session.screen).is_none(), "Perch sleeps");
    std::fs::write(&clock, "+40m\n").expect("a file of the test's own is written");
    signal(&tray, "-CONT");

    Toast::wait(&session.screen);
    session.screen.save("slept");
    let list = session.perch(&["suggestions", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).expect("JSON");
    assert_eq!(
        list["suggestions"].as_array().map(Vec::len),
        Some(3),
        "{list}"
    );
    // Whatever else was to be told would be by now.
    std::thread::sleep(Duration::from_secs(8));
    let told = told(&session);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains('3'), "it tells of all three: {told:?}");
    assert_eq!(tray.quit(), Some(0));
}

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
