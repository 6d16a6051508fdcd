//! The panel process's ends of the pipe to the tray's process.

use std::collections::HashMap;
use std::io::{BufRead as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::desktop::message::{Down, Up};

/// Calls that wait for their answer.
#[derive(Default)]
pub(super) struct Pipe {
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Value, Value>>>>,
}

impl Pipe {
    /// Has the tray's process carry out `cmd`.
    pub(super) async fn call(&self, cmd: String, payload: Value) -> Result<Value, Value> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, sender);
        say(&Up::Call { id, cmd, payload });
        answer.await.unwrap_or_else(|_| {
            Err(json!({ "code": "failed", "message": "Perch is ending; start it again" }))
        })
    }

    /// Hands an answer to the call that waits for it.
    pub(super) fn answer(&self, id: u64, result: Result<Value, Value>) {
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        if let Some(waiting) = waiting {
            // Only fails when the page went away meanwhile.
            let _ = waiting.send(result);
        }
    }
}

/// Says something to the tray's process. Where it has gone, the end of the input ends this one too.
pub(super) fn say(message: &Up) {
    let mut line = serde_json::to_vec(message).expect("messages have string keys only");
    line.push(b'\n');
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(&line).and_then(|()| output.flush());
}

/// The next message; nothing once the tray's process closed the pipe or speaks another language.
pub(super) fn hear() -> Option<Down> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => serde_json::from_str(&line).ok(),
    }
}
