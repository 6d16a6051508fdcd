//! `series` and `samples`: metrics that providers read, and what was concluded of them so far.

use jiff::Timestamp;
use perch_core::id::{ConnectionId, UserId};
use perch_core::metric::{Sample, Samples, Series};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::columns::{json, millis, parsed, row, rows, timestamp};
use crate::db::StoreError;

/// Fine samples kept of each series.
const FINE: i64 = 1_600;

/// Fine samples that become a coarse one.
const MERGED: i64 = 15;

/// Coarse samples kept of each series.
const COARSE: i64 = 4_000;

/// A row of `series` with its samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched<S> {
    /// Its number here.
    pub id: i64,
    /// The connection it came by.
    pub connection_id: ConnectionId,
    /// What it is.
    pub series: Series,
    /// The newest sample that was judged.
    pub judged: Timestamp,
    /// What was concluded so far.
    pub standing: S,
    /// The dedup key of the regression under way.
    pub event_key: Option<String>,
    /// Samples as they came, oldest first.
    pub fine: Vec<Sample>,
    /// One for every fifteen of the time before, oldest first.
    pub coarse: Vec<Sample>,
}

/// Stores samples of a connection. Of a series seen for the first time all are judged already: what stood when watching
/// began is no news.
pub fn put(
    connection: &Connection,
    user: &UserId,
    of: &ConnectionId,
    samples: &Samples,
) -> Result<(), StoreError> {
    let Some(last) = samples.samples.iter().map(|one| one.at).max() else {
        return Ok(());
    };
    connection.execute(
        "INSERT INTO series (user_id, connection_id, key, about, last_at, judged_at, standing)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, '{}')
         ON CONFLICT (connection_id, key) DO UPDATE SET about = ?4, last_at = max(last_at, ?5)",
        params![
            user.as_str(),
            of.as_str(),
            samples.series.key,
            json(&samples.series),
            millis(last)
        ],
    )?;
    let id: i64 = connection.query_row(
        "SELECT id FROM series WHERE connection_id = ?1 AND key = ?2",
        params![of.as_str(), samples.series.key],
        |row| row.get(0),
    )?;
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO samples VALUES (?1, 0, ?2, ?3)")?;
    for sample in samples.samples.iter().filter(|one| one.value.is_finite()) {
        insert.execute(params![id, millis(sample.at), sample.value])?;
    }
    thin(connection, id, &samples.series)
}

/// Series of `user` with samples that were not judged yet.
pub fn to_judge<S: DeserializeOwned>(
    connection: &Connection,
    user: &UserId,
    most: u32,
) -> Result<Vec<Watched<S>>, StoreError> {
    let mut found = rows(
        connection,
        "SELECT * FROM series WHERE user_id = ?1 AND judged_at < last_at ORDER BY last_at, id LIMIT ?2",
        params![user.as_str(), most],
        |row| {
            Ok(Watched {
                id: row.get("id")?,
                connection_id: ConnectionId::new(row.get::<_, String>("connection_id")?),
                series: parsed(row, "about", "series")?,
                judged: timestamp(row.get("judged_at")?),
                standing: parsed(row, "standing", "series")?,
                event_key: row.get("event_key")?,
                fine: Vec::new(),
                coarse: Vec::new(),
            })
        },
    )?;
    for one in &mut found {
        one.fine = samples(connection, one.id, 0)?;
        one.coarse = samples(connection, one.id, 1)?;
    }
    Ok(found)
}

/// Notes what was concluded of a series, judged up to the newest of `watched.fine`.
pub fn judged<S: Serialize>(
    connection: &Connection,
    watched: &Watched<S>,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE series SET judged_at = ?2, standing = ?3, event_key = ?4 WHERE id = ?1",
        params![
            watched.id,
            millis(watched.fine.last().map_or(watched.judged, |one| one.at)),
            json(&watched.standing),
            watched.event_key
        ],
    )?;
    Ok(())
}

/// How many series a connection brought, and when the newest sample of any was measured.
pub fn count(
    connection: &Connection,
    of: &ConnectionId,
) -> Result<(u32, Option<Timestamp>), StoreError> {
    let found = row(
        connection,
        "SELECT count(*) AS count, max(last_at) AS last FROM series WHERE connection_id = ?1",
        [of.as_str()],
        |row| {
            Ok((
                row.get("count")?,
                row.get::<_, Option<i64>>("last")?.map(timestamp),
            ))
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// Forgets all series of a connection.
pub(super) fn remove(connection: &Connection, of: &ConnectionId) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM samples WHERE series_id IN (SELECT id FROM series WHERE connection_id = ?1)",
        [of.as_str()],
    )?;
    connection.execute("DELETE FROM series WHERE connection_id = ?1", [of.as_str()])?;
    Ok(())
}

fn samples(connection: &Connection, id: i64, coarse: u8) -> Result<Vec<Sample>, StoreError> {
    rows(
        connection,
        "SELECT at, value FROM samples WHERE series_id = ?1 AND coarse = ?2 ORDER BY at",
        params![id, coarse],
        |row| {
            Ok(Sample {
                at: timestamp(row.get("at")?),
                value: row.get("value")?,
            })
        },
    )
}

/// Makes coarse samples of those that are older than what is kept fine, and drops the oldest of these.
fn thin(connection: &Connection, id: i64, series: &Series) -> Result<(), StoreError> {
    let part = i64::from(series.step.max(1)) * 1_000 * MERGED;
    let (first, last): (Option<i64>, Option<i64>) = connection.query_row(
        "SELECT min(at), max(at) FROM samples WHERE series_id = ?1 AND coarse = 0",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(());
    };
    // Whole parts only, and not at every look.
    let before = (last - FINE * part / MERGED).div_euclid(part) * part;
    if first >= before {
        return Ok(());
    }
    let mut old = rows(
        connection,
        "SELECT at, value FROM samples WHERE series_id = ?1 AND coarse = 0 AND at < ?2 ORDER BY at",
        params![id, before],
        |row| Ok((row.get::<_, i64>("at")?, row.get::<_, f64>("value")?)),
    )?;
    for samples in old.chunk_by_mut(|one, other| one.0.div_euclid(part) == other.0.div_euclid(part))
    {
        let at = samples[0].0.div_euclid(part) * part;
        let value = if series.counter {
            samples[samples.len() - 1].1
        } else {
            samples.sort_by(|one, other| one.1.total_cmp(&other.1));
            samples[samples.len() / 2].1
        };
        connection
            .prepare_cached("INSERT OR REPLACE INTO samples VALUES (?1, 1, ?2, ?3)")?
            .execute(params![id, at, value])?;
    }
    connection.execute(
        "DELETE FROM samples WHERE series_id = ?1 AND coarse = 0 AND at < ?2",
        params![id, before],
    )?;
    connection.execute(
        "DELETE FROM samples WHERE series_id = ?1 AND coarse = 1 AND at < ?2",
        params![id, last - COARSE * part],
    )?;
    Ok(())
}
