//! Toasts over private buses: to a server of the tests' own for what exactly is said, and to `xfce4-notifyd`
//! on a private screen for whether real buttons can be pressed.
#![cfg(all(unix, not(target_os = "macos")))]

mod bus;
mod exact;
mod real;
mod server;

use std::time::Duration;

use perch_core::seam::notifier::{Button, Notice, Press};
use perch_core::suggestion::Level;
use tokio::sync::mpsc::UnboundedReceiver;

/// Longer than anything here should take; only a hang reaches it.
const HANG: Duration = Duration::from_mins(1);

/// A notice with two buttons, `fix` and `details`.
fn notice(tag: &str) -> Notice {
    Notice {
        tag: tag.into(),
        title: format!("Build failed on {tag}"),
        body: "acme/api · A branch with the fix".into(),
        buttons: [("fix", "Create fix branch"), ("details", "Details")]
            .map(|(id, label)| Button {
                id: id.into(),
                label: label.into(),
            })
            .into(),
        level: Level::Normal,
    }
}

fn press(tag: &str, button: &str) -> Press {
    Press {
        tag: tag.into(),
        button: button.into(),
    }
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests must see it")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

async fn next(pressed: &mut UnboundedReceiver<Press>) -> Press {
    tokio::time::timeout(HANG, pressed.recv())
        .await
        .expect("a press is reported")
        .expect("the toasts still exist")
}

/// Asks until there is an answer.
async fn wait_for<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(HANG, asking)
        .await
        .unwrap_or_else(|_| panic!("{what} did not come about"))
}
