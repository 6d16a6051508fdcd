//! Round trips: proof that an address leads to this very port. A nonce is sent out there and must arrive here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The header a nonce travels in.
pub(crate) const HEADER: &str = "x-perch-nonce";

/// The nonces under way.
#[derive(Debug, Default)]
pub struct RoundTrips {
    waiting: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

/// A nonce under way. It is forgotten with this.
pub(crate) struct Trip {
    trips: Arc<RoundTrips>,
    nonce: String,
    arrived: oneshot::Receiver<()>,
}

impl RoundTrips {
    /// Sends `nonce` on its way.
    pub(crate) fn begin(self: &Arc<Self>, nonce: String) -> Trip {
        let (send, arrived) = oneshot::channel();
        self.waiting().insert(nonce.clone(), send);
        Trip {
            trips: Arc::clone(self),
            nonce,
            arrived,
        }
    }

    /// Takes a nonce in; true if it was one of those under way. Each arrives once.
    pub(crate) fn arrive(&self, nonce: &[u8]) -> bool {
        let Ok(nonce) = std::str::from_utf8(nonce) else {
            return false;
        };
        let sender = self.waiting().remove(nonce);
        sender.is_some_and(|sender| sender.send(()).is_ok())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trip {
    pub(crate) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// True once it has arrived.
    pub(crate) fn has_arrived(&mut self) -> bool {
        self.arrived.try_recv().is_ok()
    }
}

impl Drop for Trip {
    fn drop(&mut self) {
        self.trips.waiting().remove(&self.nonce);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_arrives_once_and_only_while_it_is_under_way() {
        let trips = Arc::new(RoundTrips::default());
        let mut trip = trips.begin("one".into());
        assert!(!trips.arrive(b"two") && !trip.has_arrived());
        assert!(trips.arrive(b"one") && !trips.arrive(b"one"));
        assert!(trip.has_arrived());
        let given_up = trips.begin("three".into());
        drop(given_up);
        assert!(!trips.arrive(b"three"));
    }
}
