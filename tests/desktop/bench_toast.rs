//! How long it takes from the end of a build that fails under `perch exec` until its toast stands on the screen.
//!
//! Runs in the private desktop of `scripts/desktop-session.sh`, with the real notification daemon.

#[expect(dead_code, reason = "the tests use the rest of the session")]
mod session;
#[expect(dead_code, reason = "the tests press its buttons")]
mod toasts;

use std::time::{Duration, Instant};

use session::greeter::{Greeter, said};
use session::wait_for;
use toasts::Toast;

const RUNS: usize = 5;

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    let mut taken: Vec<Duration> = Vec::new();
    for _ in 0..RUNS {
        let Some(session) = session::session("toast") else {
            return;
        };
        let tray = session.start(&["--hidden"]);
        let socket = session.home().join("data/engine.sock");
        wait_for("perch to run", Duration::from_secs(20), || {
            socket.exists().then_some(())
        });
        let greeter = Greeter::new(session.home());
        let watched = session.perch(&["watch".as_ref(), greeter.folder.as_os_str()]);
        assert!(watched.status.success(), "{}", said(&watched));
        greeter.fail(&session);
        let began = now();
        Toast::wait(&session.screen);
        taken.push(began.elapsed());
        tray.quit();
        wait_for("the toast to go", Duration::from_secs(20), || {
            Toast::shown(&session.screen).is_none().then_some(())
        });
    }
    taken.sort();
    println!(
        "toast: min {:.2?}, median {:.2?}, max {:.2?} of {RUNS} runs (budget 2 s)",
        taken[0],
        taken[RUNS / 2],
        taken[RUNS - 1]
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}
