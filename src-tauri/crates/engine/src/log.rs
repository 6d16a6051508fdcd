//! The delivery log: what comes in is redacted and committed before anyone hears that it arrived.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use perch_core::delivery::{Delivery, NewDelivery};
use perch_core::id::DeliveryId;
use perch_core::redact::redact;
use perch_core::seam::delivery_log::{Arrival, DeliveryLog, NotStored, Receipt};
use perch_store::table::deliveries::{self, Packed};

use crate::engine::Engine;

/// [`DeliveryLog`] over the engine's database.
pub struct Log {
    engine: Arc<Engine>,
    clock: fn() -> Timestamp,
}

impl Engine {
    /// The log through which the listener commits; `clock` gives the time of arrival.
    pub fn delivery_log(self: &Arc<Self>, clock: fn() -> Timestamp) -> Log {
        Log {
            engine: Arc::clone(self),
            clock,
        }
    }
}

/// The row for an arrival at `now`, secrets replaced inside the bytes.
pub(crate) fn delivery(arrival: Arrival, now: Timestamp, number: usize) -> Packed {
    let Arrival {
        user_id,
        connection_id,
        message,
    } = arrival;
    let body = without_secrets(&message.body);
    // Two messages without an id of the sender's may be equal and yet two; their number tells them apart.
    let distinct = message.external_id.clone().unwrap_or_else(|| {
        format!(
            "{number}:{}:{}",
            message.kind,
            perch_core::id::short_hash(&String::from_utf8_lossy(&body), 32)
        )
    });
    Delivery {
        id: DeliveryId::new(now, &[user_id.as_str(), connection_id.as_str(), &distinct]),
        user_id,
        connection_id,
        received_at: now,
        message: NewDelivery { body, ..message },
    }
    .into()
}

fn without_secrets(body: &Bytes) -> Bytes {
    match std::str::from_utf8(body) {
        Ok(text) => match redact(text) {
            std::borrow::Cow::Borrowed(_) => body.clone(),
            std::borrow::Cow::Owned(text) => text.into(),
        },
        Err(_) => redact(&String::from_utf8_lossy(body)).into_owned().into(),
    }
}

impl Engine {
    /// Commits arrivals as deliveries received at `now` and wakes the loops.
    pub async fn commit_arrivals(
        &self,
        arrivals: Vec<Arrival>,
        now: Timestamp,
    ) -> Result<Vec<Receipt>, NotStored> {
        let _arriving = self.arrivals.begin();
        let rows: Vec<Packed> = arrivals
            .into_iter()
            .enumerate()
            .map(|(number, arrival)| delivery(arrival, now, number))
            .collect();
        let receipts = self
            .db
            .write(move |connection| {
                rows.iter()
                    .map(|row| deliveries::insert(connection, row, false))
                    .collect()
            })
            .await
            .map_err(|error| NotStored(error.to_string()))?;
        self.wake();
        Ok(receipts)
    }
}

#[async_trait]
impl DeliveryLog for Log {
    async fn commit(&self, arrivals: Vec<Arrival>) -> Result<Vec<Receipt>, NotStored> {
        self.engine.commit_arrivals(arrivals, (self.clock)()).await
    }
}
