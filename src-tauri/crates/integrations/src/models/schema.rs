//! A JSON Schema as providers accept it in their strict modes. Pure.
//!
//! They refuse keywords they cannot force while writing. Those are checked afterwards here, so nothing is lost.

use serde_json::{Map, Value};

/// Keywords that strict modes refuse.
const REFUSED: &[&str] = &[
    "$schema",
    "default",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "title",
];

/// `schema` without what strict modes refuse.
pub(super) fn strict(schema: &Value) -> Value {
    let mut schema = schema.clone();
    strip(&mut schema, false);
    schema
}

/// `names` is true where keys are the names of properties and not keywords.
fn strip(part: &mut Value, names: bool) {
    match part {
        Value::Object(fields) => {
            if !names {
                fields.retain(|key, _| !REFUSED.contains(&key.as_str()));
                require_all(fields);
            }
            for (key, below) in fields {
                strip(
                    below,
                    !names && matches!(key.as_str(), "properties" | "$defs"),
                );
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, false)),
        _ => {}
    }
}

/// Strict modes want every property named; one that may be absent may be null instead.
fn require_all(schema: &mut Map<String, Value>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let all: Vec<Value> = properties.keys().map(|key| key.as_str().into()).collect();
    schema.insert("required".into(), all.into());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keywords_go_properties_of_their_name_stay_and_all_are_required() {
        let schema = json!({
            "title": "Draft", "type": "object", "additionalProperties": false, "required": ["title"],
            "properties": {
                "title": { "type": "string", "maxLength": 60 },
                "comment": { "type": ["string", "null"] }
            }
        });
        let expected = json!({
            "type": "object", "additionalProperties": false, "required": ["title", "comment"],
            "properties": { "title": { "type": "string" }, "comment": { "type": ["string", "null"] } }
        });
        assert_eq!(strict(&schema), expected);
    }
}
