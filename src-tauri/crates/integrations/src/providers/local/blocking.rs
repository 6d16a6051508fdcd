//! Blocking work on a folder, off the async threads and within a time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use perch_core::id::ConnectionId;

/// How long one piece of work may take before its caller gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Work that did not end, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfinished(pub(super) String);

/// Runs `work` on a thread for blocking work. Its argument is set once nobody waits any more.
pub(super) async fn run<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Result<T, Unfinished> {
    let stop = Arc::new(AtomicBool::new(false));
    let given_up = StopOnDrop(Arc::clone(&stop));
    let done =
        tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(move || work(&stop))).await;
    drop(given_up);
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Unfinished(format!("reading the folder broke off: {error}"))),
        Err(_) => Err(Unfinished(format!(
            "the disk did not answer within {} seconds",
            PATIENCE.as_secs()
        ))),
    }
}

/// Stops the work when its caller is dropped as well as when the time is over.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Connections at work.
#[derive(Debug, Clone, Default)]
pub(super) struct Busy(Arc<Mutex<BTreeSet<ConnectionId>>>);

/// A connection at work until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    busy: Busy,
    connection: ConnectionId,
}

impl Busy {
    /// Begins work for `connection` unless earlier work still runs.
    pub(super) fn begin(&self, connection: &ConnectionId) -> Option<Turn> {
        let mut at_work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.insert(connection.clone()).then(|| Turn {
            busy: self.clone(),
            connection: connection.clone(),
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut at_work = self.busy.0.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.remove(&self.connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_takes_one_turn_at_a_time() {
        let busy = Busy::default();
        let (one, two) = (ConnectionId::new("one"), ConnectionId::new("two"));
        let turn = busy.begin(&one);
        assert!(turn.is_some());
        assert!(busy.begin(&one).is_none());
        assert!(busy.begin(&two).is_some());
        drop(turn);
        assert!(busy.begin(&one).is_some());
    }
}
