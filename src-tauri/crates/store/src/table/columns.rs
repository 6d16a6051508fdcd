//! How core's values stand in columns: times as milliseconds, the rest as text or JSON.

use jiff::Timestamp;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::StoreError;

/// A time as milliseconds since 1970.
pub(super) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The time of a column of milliseconds.
pub(super) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

/// The JSON of a value. Core's types always have one.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("core's types serialize to JSON")
}

/// The value of a JSON column.
pub(super) fn parsed<T: DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| StoreError::Unreadable {
        what,
        detail: format!("{column}: {error}"),
    })
}

/// A word of a column, such as a state, by core's own spelling of it.
pub(super) fn word<T: DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    from_word(&text).ok_or_else(|| StoreError::Unreadable {
        what,
        detail: format!("{column}: {text}"),
    })
}

/// The value spelt `text`.
pub(super) fn from_word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

/// Core's own spelling of a state or a door.
pub(super) fn to_word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        other => unreachable!("not a word: {other:?}"),
    }
}

/// An id column.
pub(super) fn id<T: std::str::FromStr>(
    row: &Row<'_>,
    column: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| StoreError::Unreadable {
        what,
        detail: format!("{column} is no id: {text}"),
    })
}

/// What people type, as a full-text query: every word must begin some word of the row.
pub(super) fn search_query(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\"*"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs a query and reads each row with `read`.
pub(super) fn rows<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(parameters)?;
    let mut result = Vec::new();
    while let Some(row) = found.next()? {
        result.push(read(row)?);
    }
    Ok(result)
}

/// Runs a query that finds at most one row.
pub(super) fn row<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    Ok(rows(connection, sql, parameters, read)?.pop())
}
