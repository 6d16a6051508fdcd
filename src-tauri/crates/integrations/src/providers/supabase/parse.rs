//! What a webhook means: a change of a row that the connection's settings give a meaning. Pure.
//!
//! Any other row, and what auth hooks tell of users, is none of Perch's business and is not kept.

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::Delivery;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::id::short_hash;
use perch_core::seam::webhook::Malformed;
use perch_core::subject::Subject;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{meanings, place, project, setting};

/// Columns that say what a row is called, the best first.
const TITLES: &[&str] = &[
    "title",
    "name",
    "summary",
    "subject",
    "message",
    "description",
];

/// Columns that say whose a row is.
const OWNERS: &[&str] = &["user_id", "userId", "owner_id"];

/// Columns that tell a row from the others, the best first.
const KEYS: &[&str] = &["id", "uuid", "key"];

#[derive(Deserialize)]
struct RowChange {
    #[serde(rename = "type")]
    operation: String,
    table: String,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    record: Option<Map<String, Value>>,
    #[serde(default)]
    old_record: Option<Map<String, Value>>,
}

impl RowChange {
    fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or("public")
    }

    /// The row as it is, or as it was when it is gone.
    fn row(&self) -> Option<&Map<String, Value>> {
        self.record.as_ref().or(self.old_record.as_ref())
    }
}

/// What the sender calls a message: `INSERT public.incidents`, or an auth hook's name.
pub(super) fn kind(body: &[u8]) -> Result<String, Malformed> {
    if let Ok(change) = serde_json::from_slice::<RowChange>(body) {
        return Ok(format!(
            "{} {}.{}",
            change.operation,
            change.schema(),
            change.table
        ));
    }
    let payload: Value = serde_json::from_slice(body)
        .map_err(|error| Malformed(format!("the payload is no JSON object: {error}")))?;
    let hook = payload["metadata"]["name"].as_str().unwrap_or("auth hook");
    Ok(format!("auth {hook}"))
}

/// What the body means for this connection, if anything.
pub(super) fn event_type(connection: &Connection, body: &[u8]) -> Option<EventType> {
    let change: RowChange = serde_json::from_slice(body).ok()?;
    of(connection, &change)
}

fn of(connection: &Connection, change: &RowChange) -> Option<EventType> {
    let means = meanings::meaning(
        connection,
        change.schema(),
        &change.table,
        &change.operation,
    )?;
    match setting(connection, "user_column") {
        None => Some(means),
        Some(column) => {
            let whose = text(change.row()?.get(column)?);
            connection.is_me(&whose).then_some(means)
        }
    }
}

/// The event of a delivery.
pub(super) fn parse(connection: &Connection, delivery: &Delivery) -> Option<Event> {
    let change: RowChange = serde_json::from_slice(&delivery.message.body).ok()?;
    let event_type = of(connection, &change)?;
    let row = change.row()?;
    let place = place(connection);
    let table = format!("{}.{}", change.schema(), change.table);
    let id = KEYS
        .iter()
        .find_map(|key| row.get(*key))
        .filter(|id| !id.is_null())
        .map_or_else(|| short_hash(&json!(row).to_string(), 16), text);
    let title = TITLES
        .iter()
        .find_map(|column| row.get(*column)?.as_str())
        .filter(|title| !title.trim().is_empty())
        .map_or_else(|| format!("{} {id}", change.table), str::to_owned);
    let owner = setting(connection, "user_column")
        .into_iter()
        .chain(OWNERS.iter().copied())
        .find_map(|column| row.get(column))
        .filter(|owner| !owner.is_null())
        .map(text);
    let word = event_type.as_str().rsplit('.').next().unwrap_or_default();
    Some(Event {
        event_type,
        dedup_key: format!("supabase/{place}/{table}/{id}/{word}"),
        subject: Subject {
            repository: project(connection),
            repository_key: place,
            key: format!("row/{table}/{id}"),
            title: title.clone(),
            ..Subject::default()
        },
        at: at(row).unwrap_or(delivery.received_at),
        actor: owner.clone(),
        involves: owner.into_iter().collect(),
        data: json!({
            "incident": { "title": title, "id": id, "severity": row.get("severity"), "status": row.get("status") },
            "table": table,
            "operation": change.operation,
            "record": change.record,
            "old_record": change.old_record,
        }),
    })
}

/// When the row says it came about.
fn at(row: &Map<String, Value>) -> Option<Timestamp> {
    let text = row.get("created_at")?.as_str()?;
    text.parse().ok()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
