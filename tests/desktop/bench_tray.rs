//! What the tray costs while its panel is closed, beside a Tauri tray that does nothing, and how fast the panel comes.
//!
//! Runs in the private desktop of `scripts/desktop-session.sh`. `PERCH_EVENTS` and `PERCH_OPENINGS` take fewer events
//! and fewer openings. What is compared runs in turn, each alone.

#[path = "bench_tray/cost.rs"]
mod cost;
#[path = "bench_tray/empty.rs"]
mod empty;
#[path = "bench_tray/world.rs"]
mod world;

#[expect(dead_code, reason = "the tests use the rest of the session")]
mod session;

use std::time::{Duration, Instant};

use cost::Cost;
use session::{Session, wait_for};

/// Git folders that are watched.
const REPOSITORIES: usize = 50;
/// The panel's process is left to end after so many openings.
const COLD_AFTER: usize = 30;
/// How long a tray is left alone before it is looked at: longer than a hidden panel lingers.
const REST: Duration = Duration::from_secs(25);
/// Over which the processor's time is taken.
const WATCHED: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(60);

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    if std::env::args().any(|argument| argument == empty::ARGUMENT) {
        empty::run();
        return;
    }
    let Some(session) = session::session("tray") else {
        return;
    };
    session.screen.rest_pointer();
    let events = number("PERCH_EVENTS", 1_000_000);
    let openings = number("PERCH_OPENINGS", 300);

    let mut empty = empty::start();
    std::thread::sleep(REST);
    let nothing = Cost::of(empty.id(), Duration::ZERO);
    empty.kill().expect("it can be ended");
    empty.wait().expect("a child can be waited for");
    println!("tray: an empty Tauri tray: {nothing}");

    world::build(&session, REPOSITORIES, events);
    let tray = session.start(&["--hidden"]);
    world::wait_for_engine(&session);
    std::thread::sleep(REST);
    let before = Cost::of(tray.id(), WATCHED);
    println!("tray: Perch, {REPOSITORIES} repositories, {events} events: {before}");

    let (cold, warm) = open_and_close(&session, openings);
    tell(
        "from the command until the panel's window stands, cold",
        cold,
    );
    tell(
        "from the command until the panel's window stands, again",
        warm,
    );
    std::thread::sleep(REST);
    let after = Cost::of(tray.id(), WATCHED);
    println!("tray: Perch, after {openings} openings: {after}");
    println!(
        "tray: {:+} KiB beside the empty one (budget 15,360), {:+} KiB by the openings (budget 5,120)",
        after.kib.cast_signed() - nothing.kib.cast_signed(),
        after.kib.cast_signed() - before.kib.cast_signed()
    );
    tray.quit();
}

/// Opens the panel and closes it again, as `perch --toggle` does; how long its window took, cold and warm.
fn open_and_close(session: &Session, openings: usize) -> (Vec<Duration>, Vec<Duration>) {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for opening in 0..openings {
        let fresh = opening % COLD_AFTER == 0;
        if fresh && opening > 0 {
            std::thread::sleep(REST);
        }
        let began = now();
        toggle(session);
        wait_for("the panel", LIMIT, || session.screen.panel());
        if fresh { &mut cold } else { &mut warm }.push(began.elapsed());
        // A window that is only coming up is not closed by the command that opened it.
        std::thread::sleep(Duration::from_millis(400));
        wait_for("the panel to close", LIMIT, || {
            session.screen.panel()?;
            toggle(session);
            std::thread::sleep(Duration::from_millis(200));
            Some(())
        });
        wait_for("the panel to be gone", LIMIT, || {
            if session.screen.panel().is_some() {
                toggle(session);
                std::thread::sleep(Duration::from_millis(300));
                return None;
            }
            Some(())
        });
    }
    (cold, warm)
}

fn toggle(session: &Session) {
    let asked = session.perch(&["--toggle"]);
    assert!(asked.status.success(), "perch --toggle: {asked:?}");
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort();
    if let (Some(middle), Some(last)) = (times.get(times.len() / 2), times.last()) {
        println!(
            "tray: {what}: median {middle:.0?}, max {last:.0?} of {}",
            times.len()
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark is told how much to do by its environment"
)]
fn number(name: &str, usual: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(usual)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}
