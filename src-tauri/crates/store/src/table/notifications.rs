//! `notifications`: what is to be shown, and what was. Each is shown at most once.

use jiff::Timestamp;
use perch_core::id::{NotificationId, SuggestionId, UserId};
use perch_core::seam::notifier::Notice;
use perch_core::suggestion::Level;
use rusqlite::{Connection, Row, params};

use super::columns::{id, json, millis, parsed, rows, timestamp, word};
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
    /// Why it was lost, if it was; [`TOGETHER`] if it was shown with others.
    pub detail: Option<String>,
}

/// The detail of what one notice for several told of.
pub const TOGETHER: &str = "told together with others";

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

/// A toast that was shown or is still to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The suggestion it tells of.
    pub suggestion: SuggestionId,
    /// The event type that led to it.
    pub event_type: String,
    /// The repository's name.
    pub repository: String,
    /// How loud it was.
    pub level: Level,
    /// When it was shown, or is due.
    pub at: Timestamp,
    /// True if one notice told of it and of others.
    pub together: bool,
}

/// Toasts of a user since `since`, oldest first; several notifiers showing the same count once.
pub fn told_since(
    connection: &Connection,
    user: &UserId,
    since: Timestamp,
) -> Result<Vec<Told>, StoreError> {
    rows(
        connection,
        "SELECT told.suggestion_id, suggestions.repository, suggestions.level, background_events.event_type,
                min(coalesce(told.shown_at, told.due_at)) AS at, max(told.detail IS ?3) AS together
         FROM (SELECT * FROM notifications WHERE user_id = ?1 AND shown_at >= ?2
               UNION SELECT * FROM notifications WHERE user_id = ?1 AND state IN ('waiting', 'sending')) AS told
         JOIN suggestions ON suggestions.id = told.suggestion_id
         JOIN background_events ON background_events.id = suggestions.event_id
         GROUP BY told.suggestion_id, told.due_at
         ORDER BY at",
        params![user.as_str(), millis(since), TOGETHER],
        |row| {
            Ok(Told {
                suggestion: id(row, "suggestion_id", "notification")?,
                event_type: row.get("event_type")?,
                repository: row.get("repository")?,
                level: word(row, "level", "suggestion")?,
                at: timestamp(row.get("at")?),
                together: row.get("together")?,
            })
        },
    )
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
