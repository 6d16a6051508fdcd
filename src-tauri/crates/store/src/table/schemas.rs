//! `schema_snapshots`: the schema of each watched database as it was read last.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use jiff::Timestamp;
use perch_core::id::{UserId, short_hash};
use perch_core::schema::Schema;
use rusqlite::{Connection, params};

use super::columns::{json, millis, row, timestamp};
use crate::db::StoreError;

/// A row of `schema_snapshots` without the schema itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Counts the readings that differed from the one before.
    pub number: u32,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// [`Packed::hash`] of the schema.
    pub hash: String,
    /// The state of the migrations; empty when none waits.
    pub pending: String,
}

/// A schema as it is stored.
#[derive(Debug, Clone)]
pub struct Packed {
    /// The same for the same schema.
    pub hash: String,
    bytes: Vec<u8>,
}

impl Packed {
    /// Packs a schema; worth a moment for large ones.
    pub fn new(schema: &Schema) -> Self {
        let text = json(schema);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
        let bytes = encoder
            .write_all(text.as_bytes())
            .and_then(|()| encoder.finish())
            .expect("writing to memory does not fail");
        Self {
            hash: short_hash(&text, 32),
            bytes,
        }
    }
}

/// What is known of the last reading of a database.
pub fn get(
    connection: &Connection,
    user: &UserId,
    place: &str,
) -> Result<Option<Snapshot>, StoreError> {
    row(
        connection,
        "SELECT number, taken_at, hash, pending FROM schema_snapshots WHERE user_id = ?1 AND place = ?2",
        params![user.as_str(), place],
        |row| {
            Ok(Snapshot {
                number: row.get("number")?,
                taken_at: timestamp(row.get("taken_at")?),
                hash: row.get("hash")?,
                pending: row.get("pending")?,
            })
        },
    )
}

/// The schema of the last reading. One that an older or newer Perch wrote in another shape counts as none.
pub fn schema(
    connection: &Connection,
    user: &UserId,
    place: &str,
) -> Result<Option<Schema>, StoreError> {
    let bytes: Option<Vec<u8>> = row(
        connection,
        "SELECT schema FROM schema_snapshots WHERE user_id = ?1 AND place = ?2",
        params![user.as_str(), place],
        |row| Ok(row.get("schema")?),
    )?;
    let Some(bytes) = bytes else {
        return Ok(None);
    };
    let mut text = Vec::new();
    let read = flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_end(&mut text);
    Ok(read.ok().and_then(|_| serde_json::from_slice(&text).ok()))
}

/// Stores a reading in place of the one before.
pub fn put(
    connection: &Connection,
    user: &UserId,
    place: &str,
    snapshot: &Snapshot,
    packed: &Packed,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT OR REPLACE INTO schema_snapshots (user_id, place, number, taken_at, hash, schema, pending)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            user.as_str(),
            place,
            snapshot.number,
            millis(snapshot.taken_at),
            packed.hash,
            packed.bytes,
            snapshot.pending,
        ],
    )?;
    Ok(())
}
