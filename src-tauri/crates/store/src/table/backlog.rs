//! What waits for each step of the road, and since when. Only partial indexes are read.

use jiff::Timestamp;
use rusqlite::{Connection, Params, params};

use super::columns::{millis, timestamp};
use crate::db::StoreError;

/// What waits for one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub count: u64,
    /// Since when the oldest does.
    pub oldest: Option<Timestamp>,
}

/// What waits on the whole road, for all users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Deliveries not read yet.
    pub deliveries: Backlog,
    /// Events due to be brought along.
    pub events: Backlog,
    /// Notices due.
    pub notices: Backlog,
    /// Actions begun and not ended.
    pub actions: Backlog,
}

/// What waits at `now`.
pub fn of(connection: &Connection, now: Timestamp) -> Result<Waiting, StoreError> {
    let now = millis(now);
    Ok(Waiting {
        deliveries: one(
            connection,
            "SELECT count(*), min(received_at) FROM deliveries WHERE state = 'received'",
            [],
        )?,
        events: one(
            connection,
            "SELECT count(*), min(max(stored_at, next_attempt_at)) FROM background_events
             WHERE state IN ('new', 'passed') AND next_attempt_at <= ?1",
            params![now],
        )?,
        notices: one(
            connection,
            "SELECT count(*), min(due_at) FROM notifications
             WHERE state IN ('waiting', 'sending') AND due_at <= ?1",
            params![now],
        )?,
        actions: one(
            connection,
            "SELECT count(*), min(started_at) FROM actions JOIN outcomes ON action_id = id
             WHERE state IN ('running', 'undoing')",
            [],
        )?,
    })
}

fn one(connection: &Connection, sql: &str, params: impl Params) -> Result<Backlog, StoreError> {
    let found = connection.prepare_cached(sql)?.query_row(params, |row| {
        Ok(Backlog {
            count: row.get::<_, i64>(0)?.try_into().unwrap_or_default(),
            oldest: row.get::<_, Option<i64>>(1)?.map(timestamp),
        })
    })?;
    Ok(found)
}
