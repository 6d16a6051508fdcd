//! Notes, per connection, when the last delivery came by a tunnel and how many came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use perch_core::id::ConnectionId;
use perch_core::seam::delivery_log::{Arrival, DeliveryLog, NotStored, Receipt};

/// What came by tunnels since Perch started.
#[derive(Debug, Default)]
pub struct Came {
    connections: Mutex<HashMap<ConnectionId, (Timestamp, u64)>>,
}

impl Came {
    /// When something last came for a connection, and how much did.
    pub(super) fn of(&self, id: &ConnectionId) -> (Option<Timestamp>, u64) {
        match self.connections().get(id) {
            Some((last, count)) => (Some(*last), *count),
            None => (None, 0),
        }
    }

    fn note(&self, id: ConnectionId, now: Timestamp) {
        let mut connections = self.connections();
        let (last, count) = connections.entry(id).or_insert((now, 0));
        *last = now;
        *count += 1;
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<ConnectionId, (Timestamp, u64)>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The delivery log of the port for tunnels: what is committed there came by a tunnel.
pub struct Noting {
    /// Where it is committed.
    pub log: Arc<dyn DeliveryLog>,
    /// Where it is noted.
    pub came: Arc<Came>,
    /// The present.
    pub clock: fn() -> Timestamp,
}

#[async_trait]
impl DeliveryLog for Noting {
    async fn commit(&self, arrivals: Vec<Arrival>) -> Result<Vec<Receipt>, NotStored> {
        let ids: Vec<_> = arrivals
            .iter()
            .map(|arrival| arrival.connection_id.clone())
            .collect();
        let receipts = self.log.commit(arrivals).await?;
        let now = (self.clock)();
        for id in ids {
            self.came.note(id, now);
        }
        Ok(receipts)
    }
}
