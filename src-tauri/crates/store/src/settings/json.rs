//! Settings values between TOML, as the file writes them, and JSON, as everyone else passes them.

use serde_json::{Map, Number, Value as Json};
use toml_edit::{Array, InlineTable, Item, TableLike, Value};

/// A TOML item as JSON. Dates become text, since JSON has none; so do numbers it cannot hold.
pub(super) fn from_item(item: &Item) -> Json {
    match item {
        Item::None => Json::Null,
        Item::Value(value) => from_value(value),
        Item::Table(table) => from_table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(|table| from_table(table)).collect(),
    }
}

/// A TOML table as a JSON object.
pub(super) fn from_table(table: &dyn TableLike) -> Json {
    let pairs = table.iter();
    Json::Object(
        pairs
            .map(|(key, item)| (key.to_owned(), from_item(item)))
            .collect(),
    )
}

fn from_value(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::String(text.value().clone()),
        Value::Integer(number) => Json::from(*number.value()),
        Value::Boolean(flag) => Json::Bool(*flag.value()),
        Value::Float(number) => Number::from_f64(*number.value())
            .map_or_else(|| Json::String(number.value().to_string()), Json::Number),
        Value::Datetime(date) => Json::String(date.value().to_string()),
        Value::Array(array) => array.iter().map(from_value).collect(),
        Value::InlineTable(table) => from_table(table),
    }
}

/// A JSON value as TOML, on one line. `None` for null and for numbers TOML cannot hold.
pub(super) fn to_value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None if number.is_u64() => return None,
            None => number.as_f64()?.into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => Value::Array(items.iter().map(to_value).collect::<Option<Array>>()?),
        Json::Object(fields) => Value::InlineTable(inline(fields)?),
    })
}

fn inline(fields: &Map<String, Json>) -> Option<InlineTable> {
    let mut table = InlineTable::new();
    for (key, value) in fields {
        table.insert(key, to_value(value)?);
    }
    Some(table)
}
