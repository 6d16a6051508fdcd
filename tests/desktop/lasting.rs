//! What lasts: snoozing over a restart, the start at login, notifications over the end of their service.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::session::greeter::{Greeter, said};
use crate::session::program::{BareBus, Tray};
use crate::session::screen::Area;
use crate::session::{Session, session, wait_for};

const SOON: Duration = Duration::from_secs(60);

/// Ids of what is in the inbox.
fn inbox(session: &Session) -> Vec<String> {
    let output = session.perch(&["suggestions", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    list["suggestions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["id"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn what_was_snoozed_comes_back_after_a_restart() {
    let Some(session) = session("what_was_snoozed_comes_back_after_a_restart") else {
        return;
    };
    session.screen.rest_pointer();
    // A command that came first would take the data folder for itself.
    let start = || -> Tray {
        let before = session.screen.picture(Area::STRIP);
        let tray = session.start(&["--hidden"]);
        wait_for("the icon in the tray", SOON, || {
            let area = session.screen.picture(Area::STRIP).difference(&before)?;
            (area.width >= 12 && area.height >= 12).then_some(())
        });
        tray
    };
    let tray = start();
    let greeter = Greeter::new(session.home());
    let watched = session.perch(&["watch".as_ref(), greeter.folder.as_os_str()]);
    assert!(watched.status.success(), "{}", said(&watched));
    greeter.fail(&session);
    let id = wait_for("the suggestion", SOON, || inbox(&session).pop());

    let until = moment_in(Duration::from_secs(25));
    let snoozed = session.perch(&["snooze", &id, &until]);
    assert!(snoozed.status.success(), "{}", said(&snoozed));
    assert_eq!(inbox(&session), Vec::<String>::new());
    assert_eq!(tray.quit(), Some(0));

    let tray = start();
    assert_eq!(inbox(&session), Vec::<String>::new(), "it is still snoozed");
    let back = wait_for("it to come back", SOON, || inbox(&session).pop());
    assert_eq!(back, id);
    assert_eq!(tray.quit(), Some(0));
}

/// The moment `span` from now as `date` writes it.
fn moment_in(span: Duration) -> String {
    let moment = format!("{} seconds", span.as_secs());
    let output = Command::new("date")
        .args(["--utc", "--date", &moment, "+%Y-%m-%dT%H:%M:%SZ"])
        .output()
        .expect("date runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn the_start_at_login_is_written_and_starts_perch_in_the_tray() {
    let Some(session) = session("the_start_at_login_is_written_and_starts_perch_in_the_tray")
    else {
        return;
    };
    let screen = &session.screen;
    screen.rest_pointer();
    let home = session.home().display().to_string();
    let environment = [("HOME", home.as_str())];
    let entry = session.home().join(".config/autostart/perch.desktop");
    let call = |page: &crate::session::page::Page, command: &str, payload: serde_json::Value| {
        page.settle(&format!(
            "window.__TAURI_INTERNALS__.invoke('rpc', {{ cmd: '{command}', payload: {payload} }})"
        ))
    };
    let page = session.drive_with(&environment, &[]);
    page.wait("body", "Perch");
    assert!(!entry.exists(), "nothing starts at login unasked");
    let set = call(&page, "autostart_set", json!({ "enabled": true }));
    assert_eq!(set["ok"], json!({ "enabled": true }), "{set}");
    let words = std::fs::read_to_string(&entry).expect("the entry is written");
    let exec = words
        .lines()
        .find_map(|line| line.strip_prefix("Exec="))
        .expect("it says what to start")
        .to_owned();
    assert!(exec.ends_with("--hidden"), "{exec}");
    drop(page);

    // As a desktop does at login.
    let before = screen.picture(Area::STRIP);
    let mut started = session
        .program("sh")
        .args(["-c", &format!("exec {exec}")])
        .env("HOME", &home)
        .spawn()
        .expect("the entry's command starts");
    wait_for("the icon in the tray", SOON, || {
        let area = screen.picture(Area::STRIP).difference(&before)?;
        (area.width >= 12 && area.height >= 12).then_some(())
    });
    assert!(screen.panel().is_none(), "it stays in the tray");
    end(&mut started);

    let page = session.drive_with(&environment, &[]);
    page.wait("body", "Perch");
    assert_eq!(
        call(&page, "autostart_get", json!({}))["ok"],
        json!({ "enabled": true })
    );
    call(&page, "autostart_set", json!({ "enabled": false }));
    assert!(!entry.exists(), "the entry goes with the switch");
}

/// Asks a process of this test to end, and waits.
fn end(child: &mut Child) {
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
}

/// A notification service of the test's own on a bus of its own.
struct Service(Child);

impl Service {
    fn start(bus: &BareBus) -> Self {
        let program = format!(
            "/usr/lib/{}-linux-gnu/xfce4/notifyd/xfce4-notifyd",
            std::env::consts::ARCH
        );
        let child = Command::new(program)
            .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("xfce4-notifyd is part of the set-up");
        let service = Self(child);
        wait_for("the notification service", Duration::from_secs(20), || {
            let owned = Command::new("dbus-send")
                .arg(format!("--bus={}", bus.address))
                .args(["--print-reply=literal", "--dest=org.freedesktop.DBus"])
                .args(["/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner"])
                .arg("string:org.freedesktop.Notifications")
                .output()
                .expect("dbus-send runs");
            String::from_utf8_lossy(&owned.stdout)
                .contains("true")
                .then_some(())
        });
        service
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn notifications_are_tried_and_told_while_their_service_is_absent_there_killed_and_back() {
    let Some(session) = session(
        "notifications_are_tried_and_told_while_their_service_is_absent_there_killed_and_back",
    ) else {
        return;
    };
    let bus = BareBus::without_services(session.home());
    let page = session.drive_with(&[("DBUS_SESSION_BUS_ADDRESS", &bus.address)], &[]);
    page.wait("body", "Perch");
    let attempt = || {
        let tried = page
            .settle("window.__TAURI_INTERNALS__.invoke('rpc', { cmd: 'try_notice', payload: {} })");
        tried["ok"].clone()
    };
    // Nothing answers on this bus, and nobody keeps secrets on it either: both are said, nothing breaks.
    let absent = attempt();
    assert_eq!(absent["stands"], json!(false), "{absent}");
    let problem = absent["problem"].as_str().expect("it says why");
    assert!(
        problem.contains("start your desktop's notification service"),
        "{problem}"
    );
    let status =
        page.settle("window.__TAURI_INTERNALS__.invoke('rpc', { cmd: 'status', payload: {} })");
    assert!(status["ok"]["secrets_note"].is_string(), "{status}");

    let there = Service::start(&bus);
    assert_eq!(attempt(), json!({ "stands": true, "problem": null }));
    session.screen.save("notice-trial");
    drop(there);
    assert_eq!(attempt()["stands"], json!(false));
    let _back = Service::start(&bus);
    assert_eq!(attempt(), json!({ "stands": true, "problem": null }));
}
