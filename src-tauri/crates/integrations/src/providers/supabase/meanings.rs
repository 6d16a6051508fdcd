//! What rows of watched tables mean, as the connection's `meanings` say: `incidents=incident.opened`. Pure.

use perch_core::connection::Connection;
use perch_core::event_type::EventType;
use serde_json::Value;

/// What one change of a row means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meaning {
    /// `schema.table`.
    table: String,
    /// `INSERT`, `UPDATE` or `DELETE`.
    operation: String,
    /// What happened.
    pub(super) event_type: EventType,
}

/// Every meaning the connection's settings give; the problem is said in words.
pub(super) fn of(connection: &Connection) -> Result<Vec<Meaning>, String> {
    let entries: Vec<&str> = match connection.settings.get("meanings") {
        Some(Value::String(text)) => text.split(',').collect(),
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    entries
        .into_iter()
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(parse)
        .collect()
}

fn parse(entry: &str) -> Result<Meaning, String> {
    let wrong = |why: &str| {
        format!(
            "`{entry}` in `meanings` {why}; write it as `incidents=incident.opened`, or `incidents/delete=…`"
        )
    };
    let (what, event) = entry.split_once('=').ok_or_else(|| wrong("has no `=`"))?;
    let (table, operation) = match what.trim().rsplit_once('/') {
        Some((table, operation)) => (table, operation.to_ascii_uppercase()),
        None => (what.trim(), "INSERT".into()),
    };
    if !["INSERT", "UPDATE", "DELETE"].contains(&operation.as_str()) {
        return Err(wrong("names no change of a row: insert, update or delete"));
    }
    if table.is_empty() {
        return Err(wrong("names no table"));
    }
    let event_type = EventType::parse(event.trim())
        .filter(|one| one.as_str().starts_with("incident."))
        .ok_or_else(|| wrong("names no event a row can be, such as `incident.opened`"))?;
    let table = if table.contains('.') {
        table.to_owned()
    } else {
        format!("public.{table}")
    };
    Ok(Meaning {
        table,
        operation,
        event_type,
    })
}

/// What this change of a row in `schema.table` means, if anything.
pub(super) fn meaning(
    connection: &Connection,
    schema: &str,
    table: &str,
    operation: &str,
) -> Option<EventType> {
    let name = format!("{schema}.{table}");
    of(connection)
        .ok()?
        .into_iter()
        .find(|one| one.table == name && one.operation == operation)
        .map(|one| one.event_type)
}
