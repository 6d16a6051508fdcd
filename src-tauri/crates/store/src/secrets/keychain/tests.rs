//! The keychain over entries that answer as the systems do.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::secrets::open_keychain;

/// Entries in memory that behave like a keychain with little room, which may be locked or not answer.
#[derive(Clone, Default)]
struct Drawer(Arc<DrawerState>);

#[derive(Default)]
struct DrawerState {
    entries: Mutex<BTreeMap<String, String>>,
    reads: AtomicUsize,
    locked: AtomicBool,
    forgetful: AtomicBool,
    fails_after: Mutex<Option<usize>>,
    stuck: Mutex<()>,
}

impl Drawer {
    fn use_it(&self) -> Result<MutexGuard<'_, BTreeMap<String, String>>, EntryError> {
        let _waits = self.0.stuck.lock();
        if self.0.locked.load(Ordering::SeqCst) {
            return Err(EntryError::Locked("the collection is locked".into()));
        }
        Ok(self.0.entries.lock().expect("no panic"))
    }

    fn names(&self) -> Vec<String> {
        self.0
            .entries
            .lock()
            .expect("no panic")
            .keys()
            .cloned()
            .collect()
    }
}

impl Entries for Drawer {
    fn read(&self, name: &str) -> Result<Option<String>, EntryError> {
        self.0.reads.fetch_add(1, Ordering::SeqCst);
        Ok(self.use_it()?.get(name).cloned())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), EntryError> {
        assert!(
            text.len() <= self.room(),
            "{} bytes in one entry",
            text.len()
        );
        if let Some(left) = self.0.fails_after.lock().expect("no panic").as_mut() {
            *left = left
                .checked_sub(1)
                .ok_or(EntryError::Failed("cut off".into()))?;
        }
        let mut entries = self.use_it()?;
        if !self.0.forgetful.load(Ordering::SeqCst) {
            entries.insert(name.to_owned(), text.to_owned());
        }
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), EntryError> {
        self.use_it()?.remove(name);
        Ok(())
    }

    fn room(&self) -> usize {
        40
    }
}

fn works(drawer: &Drawer) -> Keychain {
    match open(drawer.clone()) {
        Opened::Works(keychain) => keychain,
        Opened::Locked(_, error) => panic!("locked: {error}"),
        Opened::Missing(reason) => panic!("missing: {reason}"),
    }
}

fn read(secrets: &dyn Secrets, name: &str) -> Result<Option<String>, KeychainError> {
    let found = secrets.get(name)?;
    Ok(found.map(|secret| secret.expose_secret().to_owned()))
}

#[test]
fn secrets_of_every_length_come_back_and_leave_nothing_behind() {
    let drawer = Drawer::default();
    let keychain = works(&drawer);
    assert_eq!(
        drawer.names(),
        Vec::<String>::new(),
        "the first try left something"
    );
    let long = "a long one ".repeat(30);
    let cases = [
        String::new(),
        "short".into(),
        "x".repeat(40),
        "x".repeat(41),
        long,
        "é".repeat(33),
        "perch-parts:2:0".into(),
        "short again".into(),
    ];
    for secret in &cases {
        keychain
            .set("hub/token", &secret.as_str().into())
            .expect("stored");
        // Another one reads what was really stored.
        assert_eq!(read(&works(&drawer), "hub/token"), Ok(Some(secret.clone())));
    }
    assert_eq!(
        drawer.names(),
        ["hub/token"],
        "parts of longer ones are gone"
    );
    keychain
        .set("hub/token", &cases[4].as_str().into())
        .expect("stored");
    keychain.delete("hub/token").expect("deleted");
    keychain
        .delete("hub/token")
        .expect("an absent one is no error");
    assert_eq!(drawer.names(), Vec::<String>::new());
    assert_eq!(read(&keychain, "hub/token"), Ok(None));
}

#[test]
fn a_secret_replaced_only_in_part_is_an_error_and_not_a_wrong_secret() {
    let drawer = Drawer::default();
    works(&drawer)
        .set("hub/token", &"1".repeat(100).as_str().into())
        .expect("stored");
    let keychain = works(&drawer);
    *drawer.0.fails_after.lock().expect("no panic") = Some(2);
    keychain
        .set("hub/token", &"2".repeat(100).as_str().into())
        .expect_err("cut off");
    *drawer.0.fails_after.lock().expect("no panic") = None;
    let error = read(&keychain, "hub/token").expect_err("half of each");
    assert!(error.0.contains("store it again"), "{error}");
}

#[test]
fn a_secret_is_asked_for_once_and_an_absent_one_every_time() {
    let drawer = Drawer::default();
    works(&drawer)
        .set("hub/token", &"one".into())
        .expect("stored");
    let keychain = works(&drawer);
    let before = drawer.0.reads.load(Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(read(&keychain, "hub/token"), Ok(Some("one".into())));
        assert_eq!(read(&keychain, "hub/webhook_secret"), Ok(None));
    }
    assert_eq!(drawer.0.reads.load(Ordering::SeqCst) - before, 4);
}

#[test]
fn a_locked_keychain_is_an_error_until_it_is_unlocked_and_never_an_absent_secret() {
    let drawer = Drawer::default();
    works(&drawer)
        .set("hub/token", &"one".into())
        .expect("stored");
    drawer.0.locked.store(true, Ordering::SeqCst);
    let Opened::Locked(keychain, error) = open(drawer.clone()) else {
        panic!("a locked keychain is used");
    };
    assert!(error.0.contains("locked"), "{error}");
    assert!(
        read(&keychain, "hub/token")
            .expect_err("locked")
            .0
            .contains("unlock it")
    );
    assert!(keychain.delete("hub/token").is_err());
    assert_eq!(keychain.home(), Home::Keychain);
    drawer.0.locked.store(false, Ordering::SeqCst);
    assert_eq!(read(&keychain, "hub/token"), Ok(Some("one".into())));
}

#[test]
fn a_keychain_that_forgets_or_does_not_answer_counts_as_missing() {
    let drawer = Drawer::default();
    drawer.0.forgetful.store(true, Ordering::SeqCst);
    let Opened::Missing(reason) = open(drawer) else {
        panic!("what forgets is no keychain");
    };
    assert!(reason.contains("does not give back"), "{reason}");

    let drawer = Drawer::default();
    let _stuck = drawer.0.stuck.lock().expect("no panic");
    let patience = Duration::from_millis(50);
    let Opened::Missing(reason) = open_with(drawer.clone(), patience, patience) else {
        panic!("what does not answer is no keychain");
    };
    assert!(reason.contains("did not answer"), "{reason}");
}

/// Runs one of the ignored tests below in a process of its own, whose desktop session is `session`.
fn in_a_session(home: &Path, test: &str, session: &str) -> (bool, String) {
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", session])
        .arg(std::env::current_exe().expect("the test binary"))
        .args(["--exact", "--ignored", "--nocapture"])
        .arg(format!("secrets::keychain::tests::{test}"))
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output()
        .expect("dbus-run-session starts");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success() && said.contains("1 passed"), said)
}

fn missing(programs: &[&str]) -> Option<String> {
    let missing = |name: &&&str| {
        let found = Command::new(name).arg("--version").output();
        found.is_err()
    };
    programs.iter().find(missing).map(|name| (*name).to_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_secret_service_keeps_secrets_and_one_that_is_not_there_is_told() {
    let programs = ["dbus-run-session", "gnome-keyring-daemon", "dbus-send"];
    if let Some(program) = missing(&programs) {
        println!("skipped: {program} is not installed");
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let unlocked = r#"printf 'pw\n' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null && exec "$0" "$@""#;
    let (passed, output) = in_a_session(home.path(), "in_an_unlocked_session", unlocked);
    assert!(passed, "{output}");
    let home = tempfile::tempdir().expect("a folder");
    // Nothing can be activated on a bus whose daemon finds no services.
    let without =
        r#"XDG_DATA_DIRS=/nowhere DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus exec "$0" "$@""#;
    let (passed, output) = in_a_session(home.path(), "in_a_session_without_a_keychain", without);
    assert!(passed, "{output}");
}

#[test]
#[ignore = "run by a_real_secret_service_keeps_secrets in a session of its own"]
fn in_an_unlocked_session() {
    let secrets = open_keychain("perch-test");
    assert_eq!(secrets.home(), Home::Keychain);
    assert_eq!(read(&*secrets, "hub/token"), Ok(None));
    let long = "é long one ".repeat(8000);
    for secret in ["short", "", &long, "short again"] {
        secrets.set("hub/token", &secret.into()).expect("stored");
        let again = open_keychain("perch-test");
        assert_eq!(read(&*again, "hub/token"), Ok(Some(secret.to_owned())));
    }
    let elsewhere = open_keychain("perch-test-elsewhere");
    assert_eq!(read(&*elsewhere, "hub/token"), Ok(None));
    secrets
        .set("gone/token", &long.as_str().into())
        .expect("stored");
    secrets.delete("gone/token").expect("deleted");
    assert_eq!(read(&*open_keychain("perch-test"), "gone/token"), Ok(None));

    let lock = Command::new("dbus-send")
        .args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
        ])
        .args([
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
        ])
        .arg("array:objpath:/org/freedesktop/secrets/collection/login")
        .status();
    assert!(lock.expect("dbus-send starts").success());
    let locked = open_keychain("perch-test");
    assert_eq!(locked.home(), Home::Keychain, "locked is not missing");
    let error = read(&*locked, "hub/token").expect_err("locked is not absent");
    println!("{error}");
    // What was read before stays known.
    assert_eq!(read(&*secrets, "hub/token"), Ok(Some("short again".into())));
}

#[test]
#[ignore = "run by a_real_secret_service_keeps_secrets in a session of its own"]
fn in_a_session_without_a_keychain() {
    let secrets = open_keychain("perch-test");
    let Home::Memory { reason } = secrets.home() else {
        panic!("there is no keychain here");
    };
    assert!(reason.contains("Secret Service"), "{reason}");
    secrets
        .set("hub/token", &"kept".into())
        .expect("kept for the run");
    assert_eq!(read(&*secrets, "hub/token"), Ok(Some("kept".into())));
}
