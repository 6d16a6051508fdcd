//! Real toasts, as `xfce4-notifyd` shows them on a private screen, seen and pressed as a user would.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use perch_core::seam::notifier::{Notice, Notifier as _, Press};
use perch_notify::Toasts;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::bus::{Running, daemon, program};
use crate::{next, notice, press, skipped, wait_for};

/// Toasts stand at the lower left until they are dealt with, opaque from the first moment.
const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-notifyd" version="1.0">
  <property name="notify-location" type="uint" value="1"/>
  <property name="expire-timeout-enabled" type="bool" value="false"/>
  <property name="do-fadeout" type="bool" value="false"/>
  <property name="do-slideout" type="bool" value="false"/>
  <property name="initial-opacity" type="double" value="1.0"/>
  <property name="notification-log" type="bool" value="false"/>
</channel>
"#;

/// Screens are heavy; one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// A screen with a bus and a notification server. Its parts end in the order they stand here.
struct Desktop {
    display: String,
    address: String,
    _server: Running,
    _bus: Running,
    _screen: Running,
    _home: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Desktop {
    /// Nothing, said so, where a program is missing.
    fn start() -> Option<Self> {
        for name in ["dbus-daemon", "Xvfb", "xdotool", "import"] {
            if program(name).is_none() {
                skipped(&format!("{name} is not installed"));
                return None;
            }
        }
        let notifyd = format!(
            "/usr/lib/{}-linux-gnu/xfce4/notifyd/xfce4-notifyd",
            std::env::consts::ARCH
        );
        if !Path::new(&notifyd).exists() {
            skipped("xfce4-notifyd is not installed");
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let home = tempfile::tempdir().expect("a folder");
        let channels = home.path().join(".config/xfce4/xfconf/xfce-perchannel-xml");
        fs::create_dir_all(&channels).expect("a folder");
        fs::write(channels.join("xfce4-notifyd.xml"), SETTINGS).expect("a file");

        let (screen, display) = screen();
        let mut command = Command::new("dbus-daemon");
        at_home(&mut command, home.path(), &display).arg("--session");
        let (bus, address) = daemon(&mut command);
        let mut command = Command::new(&notifyd);
        let server = at_home(&mut command, home.path(), &display)
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        Some(Self {
            display,
            address,
            _server: Running(server),
            _bus: bus,
            _screen: screen,
            _home: home,
            _alone: alone,
        })
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output()
            .expect("xdotool runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Where the toasts that show now are.
    fn toasts(&self) -> Vec<Area> {
        let windows = self.xdotool(&["search", "--onlyvisible", "--class", "notifyd"]);
        let areas = windows.lines().filter_map(|window| {
            let text = self.xdotool(&["getwindowgeometry", "--shell", window]);
            let field = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name))?;
                line.strip_prefix('=')?.parse().ok()
            };
            Some(Area {
                x: field("X")?,
                y: field("Y")?,
                width: field("WIDTH")?,
                height: field("HEIGHT")?,
            })
        });
        areas.filter(|area| area.height > 40).collect()
    }

    /// The one toast that shows, once it stands still.
    async fn toast(&self) -> Area {
        let mut before = None;
        wait_for("a toast", async || {
            let now = self.toasts().first().copied();
            let still = now.is_some() && now == before;
            before = now;
            now.filter(|_| still)
        })
        .await
    }

    async fn no_toast(&self) {
        wait_for("no toast", async || self.toasts().is_empty().then_some(())).await;
    }

    /// The pixels of a part of the screen, three bytes each.
    fn picture(&self, area: Area) -> Vec<u8> {
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        let output = Command::new("import")
            .args(["-window", "root", "-depth", "8", "-crop"])
            .args([format!("{width}x{height}+{x}+{y}"), "rgb:-".into()])
            .env("DISPLAY", &self.display)
            .output()
            .expect("import runs");
        assert_eq!(output.stdout.len(), width * height * 3, "a whole picture");
        output.stdout
    }

    /// The toast's buttons from left to right, by their centres.
    ///
    /// They stand in its last row, grey on white: what is grey just above their words is a button.
    fn buttons(&self, toast: Area) -> Vec<(usize, usize)> {
        const ABOVE_WORDS: usize = 42;
        const BORDER: usize = 4;
        let row = self.picture(Area {
            y: toast.y + toast.height - ABOVE_WORDS,
            height: 1,
            ..toast
        });
        let grey = |x: usize| row[3 * x..3 * x + 3].iter().any(|value| *value < 252);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for x in (BORDER..toast.width - BORDER).filter(|x| grey(*x)) {
            match runs.last_mut() {
                Some((_, end)) if *end == x => *end = x + 1,
                _ => runs.push((x, x + 1)),
            }
        }
        let wide = runs.into_iter().filter(|(start, end)| end - start > 30);
        wide.map(|(start, end)| {
            let middle = toast.x + usize::midpoint(start, end);
            (middle, toast.y + toast.height - ABOVE_WORDS + 12)
        })
        .collect()
    }

    fn click(&self, (x, y): (usize, usize)) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
    }

    /// Puts the pointer where it touches no toast.
    fn rest_pointer(&self) {
        self.xdotool(&["mousemove", "780", "20"]);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// A screen of its own number, and its name.
fn screen() -> (Running, String) {
    let mut screen = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "800x600x24",
            "-nolisten",
            "tcp",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb starts");
    let mut number = String::new();
    let mut stdout = screen.stdout.take().expect("it was asked for");
    while !number.ends_with('\n') {
        let mut byte = [0];
        stdout.read_exact(&mut byte).expect("the screen's number");
        number.push(char::from(byte[0]));
    }
    (Running(screen), format!(":{}", number.trim()))
}

/// `command` in a home and on a screen of its own, with nothing of the desktop it was started from.
fn at_home<'c>(command: &'c mut Command, home: &Path, display: &str) -> &'c mut Command {
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .env("DISPLAY", display)
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
}

/// A desktop with toasts on it, and what is pressed on them.
async fn start() -> Option<(Desktop, Toasts, UnboundedReceiver<Press>)> {
    let desktop = Desktop::start()?;
    let (presses, pressed) = unbounded_channel();
    let bus = zbus::connection::Builder::address(desktop.address.as_str())
        .expect("an address")
        .build()
        .await
        .expect("the bus answers");
    let names = zbus::fdo::DBusProxy::new(&bus)
        .await
        .expect("the bus answers");
    // Asking for the name itself would have the bus start a second server.
    wait_for("a notification server", async || {
        let name = "org.freedesktop.Notifications".try_into().expect("a name");
        names.name_has_owner(name).await.ok()?.then_some(())
    })
    .await;
    let toasts = Toasts::on_bus(&desktop.address, presses);
    Some((desktop, toasts, pressed))
}

#[tokio::test]
async fn each_button_of_a_real_toast_reports_its_press_and_the_toast_goes() {
    let Some((desktop, toasts, mut pressed)) = start().await else {
        return;
    };
    let bare = Notice {
        buttons: Vec::new(),
        ..notice("bare")
    };
    let cases = [
        (notice("first"), 2, 0, "fix"),
        (notice("second"), 2, 1, "details"),
        (bare, 1, 0, "details"),
    ];
    for (notice, count, which, button) in cases {
        desktop.rest_pointer();
        toasts.show(&notice).await.expect("shown");
        let toast = desktop.toast().await;
        let buttons = wait_for("its buttons", async || {
            Some(desktop.buttons(toast)).filter(|buttons| buttons.len() == count)
        })
        .await;
        desktop.click(buttons[which]);
        assert_eq!(next(&mut pressed).await, press(&notice.tag, button));
        desktop.no_toast().await;
    }
    assert!(pressed.try_recv().is_err(), "each was reported once");
}

#[tokio::test]
async fn a_real_toast_is_replaced_in_its_place_and_withdrawn() {
    let Some((desktop, toasts, _pressed)) = start().await else {
        return;
    };
    desktop.rest_pointer();
    toasts.show(&notice("one")).await.expect("shown");
    let first = desktop.toast().await;
    let before = desktop.picture(first);
    let changed = Notice {
        title: "Build failed again".into(),
        ..notice("one")
    };
    toasts.show(&changed).await.expect("shown");
    wait_for("other words", async || {
        (desktop.picture(first) != before).then_some(())
    })
    .await;
    assert_eq!(
        desktop.toasts(),
        [first],
        "one toast stands, where it stood"
    );
    toasts.withdraw("one").await;
    desktop.no_toast().await;
}

#[tokio::test]
async fn markup_in_a_notice_is_seen_and_not_obeyed() {
    let Some((desktop, toasts, _pressed)) = start().await else {
        return;
    };
    desktop.rest_pointer();
    let mut widths = Vec::new();
    for body in ["x".to_owned(), "<b></b>".repeat(5) + "x"] {
        let notice = Notice {
            body,
            buttons: Vec::new(),
            ..notice("one")
        };
        toasts.show(&notice).await.expect("shown");
        widths.push(desktop.toast().await.width);
        toasts.withdraw("one").await;
        desktop.no_toast().await;
    }
    assert!(widths[1] > widths[0], "the tags take room: {widths:?}");
}
