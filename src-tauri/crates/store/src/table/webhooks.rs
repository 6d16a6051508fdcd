//! `webhooks`: the webhooks Perch made at a forge when its user asked for them.

use jiff::Timestamp;
use perch_core::id::ConnectionId;
use rusqlite::{Connection, Row, params};

use super::columns::{millis, rows, timestamp};
use crate::db::StoreError;

/// A row of `webhooks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    /// The connection it sends to.
    pub connection_id: ConnectionId,
    /// The repository it belongs to, as in the connection's `watch`.
    pub repository: String,
    /// Its id at the forge.
    pub webhook_id: String,
    /// Where it sends to.
    pub url: String,
    /// The name of the secret it signs with.
    pub signs_with: String,
    /// When Perch made it or last changed it.
    pub made_at: Timestamp,
}

/// The webhooks Perch made for a connection, by repository.
pub fn of(connection: &Connection, id: &ConnectionId) -> Result<Vec<WebhookRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM webhooks WHERE connection_id = ?1 ORDER BY repository, webhook_id",
        [id.as_str()],
        read,
    )
}

/// Every webhook Perch made.
pub fn all(connection: &Connection) -> Result<Vec<WebhookRow>, StoreError> {
    rows(
        connection,
        "SELECT * FROM webhooks ORDER BY connection_id, repository, webhook_id",
        [],
        read,
    )
}

/// Remembers a webhook, or how it was changed.
pub fn put(connection: &Connection, row: &WebhookRow) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO webhooks (connection_id, repository, webhook_id, url, signs_with, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET url = ?4, signs_with = ?5, made_at = ?6",
        params![
            row.connection_id.as_str(),
            row.repository,
            row.webhook_id,
            row.url,
            row.signs_with,
            millis(row.made_at),
        ],
    )?;
    Ok(())
}

/// Forgets a webhook.
pub fn remove(connection: &Connection, row: &WebhookRow) -> Result<(), StoreError> {
    connection.execute(
        "DELETE FROM webhooks WHERE connection_id = ?1 AND repository = ?2 AND webhook_id = ?3",
        params![row.connection_id.as_str(), row.repository, row.webhook_id],
    )?;
    Ok(())
}

/// Notes that every webhook of a connection signs with the secret called `name`.
pub fn all_sign_with(
    connection: &Connection,
    id: &ConnectionId,
    name: &str,
) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE webhooks SET signs_with = ?2 WHERE connection_id = ?1",
        params![id.as_str(), name],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<WebhookRow, StoreError> {
    Ok(WebhookRow {
        connection_id: ConnectionId::new(row.get::<_, String>("connection_id")?),
        repository: row.get("repository")?,
        webhook_id: row.get("webhook_id")?,
        url: row.get("url")?,
        signs_with: row.get("signs_with")?,
        made_at: timestamp(row.get("made_at")?),
    })
}
