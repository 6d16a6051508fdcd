//! `model_answers`: answers by model and prompt, so that the same is not asked twice.

use jiff::{SignedDuration, Timestamp};
use perch_core::id::UserId;
use rusqlite::{Connection, params};

use super::columns::{millis, row};
use crate::db::StoreError;

/// How long an answer stands.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The answer to the prompt of this hash.
pub fn get(
    connection: &Connection,
    user: &UserId,
    hash: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    row(
        connection,
        "SELECT answer FROM model_answers WHERE user_id = ?1 AND hash = ?2 AND at > ?3",
        params![user.as_str(), hash, millis(now - KEPT)],
        |row| Ok(row.get("answer")?),
    )
}

/// Keeps an answer.
pub fn put(
    connection: &Connection,
    user: &UserId,
    hash: &str,
    answer: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO model_answers (user_id, hash, answer, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET answer = ?3, at = ?4",
        params![user.as_str(), hash, answer, millis(now)],
    )?;
    Ok(())
}

/// Drops answers that no longer stand.
pub fn forget(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM model_answers WHERE at <= ?1",
        [millis(now - KEPT)],
    )?;
    Ok(())
}
