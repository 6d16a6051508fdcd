//! The seam through which the listener makes deliveries durable.

use async_trait::async_trait;
use thiserror::Error;

use crate::delivery::NewDelivery;
use crate::id::{ConnectionId, DeliveryId, UserId};

/// A verified message for one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Whose.
    pub user_id: UserId,
    /// By which connection.
    pub connection_id: ConnectionId,
    /// What came.
    pub message: NewDelivery,
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The delivery's id; the first one's when it is a repeat.
    pub id: DeliveryId,
    /// True when the same message was stored before.
    pub repeat: bool,
}

/// The disk refused. The message says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the delivery could not be stored: {0}")]
pub struct NotStored(pub String);

/// Where deliveries are kept. When `commit` returns, they survive a crash.
#[async_trait]
pub trait DeliveryLog: Send + Sync {
    /// Stores all arrivals of one request, or none.
    async fn commit(&self, arrivals: Vec<Arrival>) -> Result<Vec<Receipt>, NotStored>;
}
