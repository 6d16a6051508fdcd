//! `notifications`: what is to be shown, and what was. Each is shown at most once.

use jiff::Timestamp;
use perch_core::id::{NotificationId, SuggestionId, UserId};
use perch_core::seam::notifier::Notice;
use rusqlite::{Connection, Row, params};

use super::columns::{id, json, millis, parsed, rows, timestamp};
use crate::db::StoreError;

/// A row of `notifications`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Whose.
    pub user_id: UserId,
    /// The suggestion it shows.
    pub suggestion_id: SuggestionId,
    /// The notifier that shows it.
    pub notifier: String,
    /// What it shows.
    pub notice: Notice,
    /// `waiting`, `sending`, `shown`, `lost` (cut off while being sent: not sent again) or `withdrawn`.
    pub state: String,
    /// Not before then.
    pub due_at: Timestamp,
    /// When it stood.
    pub shown_at: Option<Timestamp>,
    /// Why it was lost, if it was.
    pub detail: Option<String>,
}

/// Plans a notification; a known id changes nothing.
pub fn insert(connection: &Connection, notification: &Notification) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO notifications (id, user_id, suggestion_id, notifier, notice, state, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6) ON CONFLICT DO NOTHING",
        params![
            notification.id.to_string(),
            notification.user_id.as_str(),
            notification.suggestion_id.to_string(),
            notification.notifier,
            json(&notification.notice),
            millis(notification.due_at),
        ],
    )?;
    Ok(())
}

/// Takes those that are due, oldest first, and marks them as being sent.
pub fn take_due(
    connection: &Connection,
    user: &UserId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Notification>, StoreError> {
    let due = rows(
        connection,
        "SELECT * FROM notifications WHERE user_id = ?1 AND state = 'waiting' AND due_at <= ?2
         ORDER BY due_at, id LIMIT ?3",
        params![user.as_str(), millis(now), limit],
        read,
    )?;
    for notification in &due {
        set_state(connection, notification.id, "sending", None, None)?;
    }
    Ok(due)
}

/// Gives up what was being sent when an earlier process ended: it may have been shown already.
pub fn give_up_interrupted(connection: &Connection) -> Result<usize, StoreError> {
    Ok(connection.execute(
        "UPDATE notifications SET state = 'lost', detail = 'Perch ended while it was being shown'
         WHERE state = 'sending'",
        [],
    )?)
}

/// Notes what became of a notification.
pub fn set_state(
    connection: &Connection,
    notification: NotificationId,
    state: &str,
    shown_at: Option<Timestamp>,
    detail: Option<&str>,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE notifications SET state = ?2, shown_at = coalesce(?3, shown_at), detail = ?4 WHERE id = ?1",
        params![notification.to_string(), state, shown_at.map(millis), detail],
    )?;
    Ok(())
}

/// Drops what is not shown yet of a suggestion and tells which notifiers show it now.
pub fn withdraw(
    connection: &Connection,
    suggestion: SuggestionId,
) -> Result<Vec<String>, StoreError> {
    let standing = rows(
        connection,
        "SELECT DISTINCT notifier FROM notifications WHERE suggestion_id = ?1 AND state IN ('shown', 'sending')",
        [suggestion.to_string()],
        |row| Ok(row.get("notifier")?),
    )?;
    connection.execute(
        "UPDATE notifications SET state = 'withdrawn' WHERE suggestion_id = ?1 AND state IN ('waiting', 'shown')",
        [suggestion.to_string()],
    )?;
    Ok(standing)
}

/// All notifications of a suggestion, oldest first.
pub fn of(
    connection: &Connection,
    suggestion: SuggestionId,
) -> Result<Vec<Notification>, StoreError> {
    rows(
        connection,
        "SELECT * FROM notifications WHERE suggestion_id = ?1 ORDER BY due_at, id",
        [suggestion.to_string()],
        read,
    )
}

/// How many a user was shown or is about to be shown since `since`.
pub fn count_since(
    connection: &Connection,
    user: &UserId,
    since: Timestamp,
) -> Result<u32, StoreError> {
    Ok(connection.query_row(
        "SELECT (SELECT count(*) FROM notifications WHERE user_id = ?1 AND shown_at >= ?2)
              + (SELECT count(*) FROM notifications WHERE user_id = ?1 AND state IN ('waiting', 'sending'))",
        params![user.as_str(), millis(since)],
        |row| row.get(0),
    )?)
}

/// How many notices of a user a notifier has shown since `since`.
pub fn shown_since(
    connection: &Connection,
    user: &UserId,
    notifier: &str,
    since: Timestamp,
) -> Result<u32, StoreError> {
    Ok(connection.query_row(
        "SELECT count(*) FROM notifications WHERE user_id = ?1 AND notifier = ?2 AND shown_at >= ?3",
        params![user.as_str(), notifier, millis(since)],
        |row| row.get(0),
    )?)
}

fn read(row: &Row<'_>) -> Result<Notification, StoreError> {
    const WHAT: &str = "notification";
    Ok(Notification {
        id: id(row, "id", WHAT)?,
        user_id: UserId::new(row.get::<_, String>("user_id")?),
        suggestion_id: id(row, "suggestion_id", WHAT)?,
        notifier: row.get("notifier")?,
        notice: parsed(row, "notice", WHAT)?,
        state: row.get("state")?,
        due_at: timestamp(row.get("due_at")?),
        shown_at: row.get::<_, Option<i64>>("shown_at")?.map(timestamp),
        detail: row.get("detail")?,
    })
}
