//! Identifiers.
//!
//! Row ids are `UUIDv7` (RFC 9562, section 5.7) made from the moment and from what the row is about, so
//! doing a step again after a crash gives the same id and no step needs a random source.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;
use uuid::Uuid;

/// A `UUIDv7` whose time is `now` and whose remaining bits are a digest of `parts`.
pub fn v7(now: Timestamp, parts: &[&str]) -> Uuid {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    let digest = digest.finalize();
    let mut random = [0u8; 10];
    random.copy_from_slice(&digest[..10]);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Lowercase hex of the first `digits` digits of the SHA-256 of `text`: the short hash in branch names.
pub fn short_hash(text: &str, digits: usize) -> String {
    let mut hash = hex::encode(Sha256::digest(text.as_bytes()));
    hash.truncate(digits);
    hash
}

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(as = "String")]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id of the row made at `now` about `parts`; the same input gives the same id.
            pub fn new(now: Timestamp, parts: &[&str]) -> Self {
                Self(v7(now, parts))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

row_id! {
    /// A row of `deliveries`.
    DeliveryId,
    /// A row of `background_events`.
    EventId,
    /// A row of `agent_runs`.
    AgentRunId,
    /// A row of `suggestions`.
    SuggestionId,
    /// A row of `actions`.
    ActionId,
    /// A row of `notifications`.
    NotificationId,
}

/// Whose loop it is: a short name unique on the machine, at first the login name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct UserId(pub String);

impl UserId {
    /// The user called `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A connection's name, unique on the machine; it is the last part of its webhook's path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct ConnectionId(pub String);

impl ConnectionId {
    /// The connection called `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_and_parts_give_the_same_version_7_id() {
        let now = Timestamp::from_second(1_700_000_000).expect("in range");
        let id = v7(now, &["ada", "key"]);
        assert_eq!(id, v7(now, &["ada", "key"]));
        assert_eq!(id.get_version_num(), 7);
        assert_ne!(id, v7(now, &["adak", "ey"]));
    }
}
