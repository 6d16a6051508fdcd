//! `connections` and `http_cache`: where each poll stopped, how it is doing, and remembered validators.

use std::collections::HashMap;

use jiff::Timestamp;
use perch_core::connection::{ConnectionState, Standing};
use perch_core::id::ConnectionId;
use perch_core::seam::http_cache::Validators;
use perch_core::seam::provider::Cursor;
use rusqlite::{Connection, Row, params};

use super::columns::{json, millis, parsed, row, rows, timestamp};
use crate::db::StoreError;

/// A row of `connections`.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionRow {
    /// Where the last poll stopped; absent before the first.
    pub cursor: Option<Cursor>,
    /// How it is doing.
    pub state: ConnectionState,
    /// Not asked before then.
    pub next_poll_at: Timestamp,
    /// When a poll last succeeded.
    pub last_success: Option<Timestamp>,
    /// Polls that failed since then.
    pub failures: u32,
    /// What the last successful poll noticed beside what happened.
    pub standing: Standing,
}

impl Default for ConnectionRow {
    fn default() -> Self {
        Self {
            cursor: None,
            state: ConnectionState::Starting,
            next_poll_at: Timestamp::UNIX_EPOCH,
            last_success: None,
            failures: 0,
            standing: Standing::default(),
        }
    }
}

/// How a connection is doing; one never polled has no row.
pub fn get(
    connection: &Connection,
    id: &ConnectionId,
) -> Result<Option<ConnectionRow>, StoreError> {
    row(
        connection,
        "SELECT * FROM connections WHERE connection_id = ?1",
        [id.as_str()],
        read,
    )
}

/// Stores how a connection is doing.
pub fn put(
    connection: &Connection,
    id: &ConnectionId,
    state: &ConnectionRow,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO connections (connection_id, cursor, state, next_poll_at, last_success, failures, standing)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (connection_id) DO UPDATE SET
            cursor = ?2, state = ?3, next_poll_at = ?4, last_success = ?5, failures = ?6,
            standing = ?7",
        params![
            id.as_str(),
            state.cursor.as_ref().map(json),
            json(&state.state),
            millis(state.next_poll_at),
            state.last_success.map(millis),
            state.failures,
            json(&state.standing),
        ],
    )?;
    Ok(())
}

/// Forgets a connection's cursor and validators, so that it begins with a new baseline.
pub fn remove(connection: &Connection, id: &ConnectionId) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM connections WHERE connection_id = ?1",
        [id.as_str()],
    )?;
    connection.execute(
        "DELETE FROM http_cache WHERE connection_id = ?1",
        [id.as_str()],
    )?;
    for table in ["hooks", "webhooks"] {
        let sql = format!("DELETE FROM {table} WHERE connection_id = ?1");
        connection.execute(&sql, [id.as_str()])?;
    }
    super::series::remove(connection, id)
}

/// All remembered validators of a connection, by address.
pub fn validators(
    connection: &Connection,
    id: &ConnectionId,
) -> Result<HashMap<String, Validators>, StoreError> {
    let found = rows(
        connection,
        "SELECT * FROM http_cache WHERE connection_id = ?1",
        [id.as_str()],
        |row| {
            let validators = Validators {
                etag: row.get("etag")?,
                last_modified: row.get("last_modified")?,
            };
            Ok((row.get::<_, String>("url")?, validators))
        },
    )?;
    Ok(found.into_iter().collect())
}

/// Remembers validators of one address.
pub fn put_validators(
    connection: &Connection,
    id: &ConnectionId,
    url: &str,
    validators: &Validators,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO http_cache (connection_id, url, etag, last_modified) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET etag = ?3, last_modified = ?4",
        )?
        .execute(params![id.as_str(), url, validators.etag, validators.last_modified])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ConnectionRow, StoreError> {
    const WHAT: &str = "connection";
    let cursor: Option<String> = row.get("cursor")?;
    Ok(ConnectionRow {
        cursor: cursor.and_then(|text| serde_json::from_str(&text).ok()),
        state: parsed(row, "state", WHAT)?,
        next_poll_at: timestamp(row.get("next_poll_at")?),
        last_success: row.get::<_, Option<i64>>("last_success")?.map(timestamp),
        failures: row.get("failures")?,
        standing: parsed(row, "standing", WHAT)?,
    })
}
