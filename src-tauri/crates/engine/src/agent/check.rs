//! Whether an answer is a draft: JSON that satisfies the schema. Pure.
//!
//! What stands in it is judged by `support` and `draft_check`.

use perch_core::draft::Draft;
use serde_json::Value;

use crate::prompt::schema;

/// The draft in `text`, or what is wrong with it in words a model understands.
pub(crate) fn check(text: &str) -> Result<Draft, String> {
    let json = object(text).ok_or("it holds no JSON object")?;
    let value: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    lengths(&value)?;
    let mut draft: Draft = serde_json::from_value(value).map_err(|error| error.to_string())?;
    for (field, text) in [
        ("title", &draft.title),
        ("why", &draft.why),
        ("explanation", &draft.explanation),
    ] {
        if text.trim().is_empty() {
            return Err(format!("`{field}` is empty"));
        }
    }
    draft.comment = draft.comment.filter(|text| !text.trim().is_empty());
    Ok(draft)
}

/// The outermost JSON object in `text`: models like to put it into a code block or to say something before it.
fn object(text: &str) -> Option<&str> {
    let start = text.find('{')?;
    let end = text.rfind('}')?;
    text.get(start..=end)
}

/// Holds texts against the lengths of the schema, which serde knows nothing of.
fn lengths(value: &Value) -> Result<(), String> {
    let properties = schema().get("properties").and_then(Value::as_object);
    for (field, rules) in properties.into_iter().flatten() {
        let longest = rules.get("maxLength").and_then(Value::as_u64);
        let text = value.get(field).and_then(Value::as_str);
        if let (Some(longest), Some(text)) = (longest, text)
            && text.chars().count() as u64 > longest
        {
            return Err(format!("`{field}` is longer than {longest} characters"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_satisfies_the_schema_is_a_draft() {
        let draft = |title: &str, explanation: &str| {
            serde_json::json!({"title": title, "why": "w", "explanation": explanation, "comment": null})
                .to_string()
        };
        let long = "x".repeat(61);
        let cases = [
            (draft("t", "e"), None),
            (
                format!("Here it is:\n```json\n{}\n```", draft("t", "e")),
                None,
            ),
            (
                "Ich kann das nicht.".to_owned(),
                Some("it holds no JSON object"),
            ),
            ("{}".to_owned(), Some("missing field `title`")),
            (draft("", "e"), Some("`title` is empty")),
            (
                draft(&long, "e"),
                Some("`title` is longer than 60 characters"),
            ),
            (
                draft("t", "e").replace("\"why\"", "\"run\""),
                Some("unknown field `run`"),
            ),
        ];
        for (text, fault) in cases {
            match (check(&text), fault) {
                (Ok(_), None) => {}
                (Err(found), Some(fault)) => assert!(found.contains(fault), "{text}: {found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn the_schema_says_what_is_checked() {
        insta::assert_json_snapshot!(schema());
    }
}
