//! The private desktop a test runs on, one test at a time.

pub(crate) mod greeter;
pub(crate) mod page;
pub(crate) mod processes;
pub(crate) mod program;
pub(crate) mod screen;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use screen::Screen;

/// There is one screen and one pointer.
static DESKTOP: Mutex<()> = Mutex::new(());

/// The desktop while a test has it.
pub(crate) struct Session {
    /// The screen with its pointer and keys.
    pub(crate) screen: Screen,
    /// The address of the WebDriver.
    pub(crate) driver: String,
    home: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// Takes the desktop for the test of this name; nothing where there is no private desktop.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the desktop describes itself in the environment and nowhere else; a skip is said"
)]
pub(crate) fn session(test: &str) -> Option<Session> {
    let turn = DESKTOP.lock().unwrap_or_else(PoisonError::into_inner);
    let (Ok(driver), Ok(pictures)) = (std::env::var("PERCH_WEBDRIVER"), std::env::var("PERCH_E2E"))
    else {
        println!("skipped {test}: run it by scripts/desktop-session.sh");
        return None;
    };
    let pictures = PathBuf::from(pictures);
    picture_failures(&pictures);
    Some(Session {
        screen: Screen::new(pictures),
        driver,
        home: tempfile::tempdir().expect("the private desktop has a temporary folder"),
        _turn: turn,
    })
}

impl Session {
    /// An empty folder that is Perch's whole world in this test.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }
}

/// Has a failing test leave a picture behind, taken before anything it started is ended.
fn picture_failures(pictures: &Path) {
    static ONCE: Once = Once::new();
    let screen = Screen::new(pictures.to_owned());
    ONCE.call_once(|| {
        let say = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let test = std::thread::current()
                .name()
                .unwrap_or("test")
                .replace("::", "-");
            screen.save(&format!("{test}-failed"));
            say(panic);
        }));
    });
}

/// Asks until there is an answer; fails after `limit`, saying what was awaited.
pub(crate) fn wait_for<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < limit, "waited {limit:?} for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test on a real desktop waits for real time"
)]
fn now() -> Instant {
    Instant::now()
}
