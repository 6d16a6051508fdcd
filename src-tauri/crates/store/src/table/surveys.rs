//! `surveys`: when the dependencies of a repository were looked up last, and which undated releases were there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::id::{ConnectionId, UserId};
use rusqlite::{Connection, params};

use super::columns::{json, millis, parsed, row, timestamp};
use crate::db::StoreError;

/// When each release was seen first, by `ecosystem:package@version`.
pub type FirstSeen = BTreeMap<String, Timestamp>;

/// A row of `surveys`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surveyed {
    /// When it was.
    pub at: Timestamp,
    /// The releases whose age nobody tells.
    pub first_seen: FirstSeen,
}

/// The last survey of a repository.
pub fn get(
    connection: &Connection,
    user: &UserId,
    of: &ConnectionId,
    repository_key: &str,
) -> Result<Option<Surveyed>, StoreError> {
    row(
        connection,
        "SELECT * FROM surveys WHERE user_id = ?1 AND connection_id = ?2 AND repository_key = ?3",
        params![user.as_str(), of.as_str(), repository_key],
        |row| {
            Ok(Surveyed {
                at: timestamp(row.get("surveyed_at")?),
                first_seen: parsed(row, "first_seen", "survey")?,
            })
        },
    )
}

/// Remembers a survey in place of the one before.
pub fn put(
    connection: &Connection,
    user: &UserId,
    of: &ConnectionId,
    repository_key: &str,
    surveyed: &Surveyed,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO surveys VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            user.as_str(),
            of.as_str(),
            repository_key,
            millis(surveyed.at),
            json(&surveyed.first_seen)
        ],
    )?;
    Ok(())
}
