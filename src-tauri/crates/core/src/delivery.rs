//! Deliveries: the raw bytes that came in, before any meaning.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::id::{ConnectionId, DeliveryId, UserId};

/// The door a delivery came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Posted to the listener; its signature held.
    Webhook,
    /// Found by asking.
    Poll,
    /// Fetched from the deliveries the forge kept.
    Pull,
    /// Concluded from stored state and the time.
    Observe,
    /// Recorded by `perch exec`.
    Exec,
    /// Sent again by `perch replay`.
    Replay,
}

/// Raw bytes for one connection, before they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// The door it came through.
    pub door: Door,
    /// What the provider calls this kind of message: the event header's value, or a name of the provider's own for what it polled.
    pub kind: String,
    /// The sender's own id of the message, the same on redelivery. A known one adds no second row.
    pub external_id: Option<String>,
    /// The bytes.
    pub body: Bytes,
}

/// A row of `deliveries`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Whose connection it came by.
    pub user_id: UserId,
    /// The connection it came by.
    pub connection_id: ConnectionId,
    /// When it was committed.
    pub received_at: Timestamp,
    /// What came.
    pub message: NewDelivery,
}
