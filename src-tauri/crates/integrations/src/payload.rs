//! Reading payloads of any shape, and keeping what is kept of them within bounds. Pure.

use jiff::Timestamp;
use serde_json::Value;

/// Characters of one text kept in an event.
const TEXT: usize = 64 << 10;

/// Members of one list kept in an event.
const LIST: usize = 250;

/// People an event involves, at most.
pub(crate) const PEOPLE: usize = 50;

/// Levels kept in an event.
const DEPTH: usize = 24;

/// A text that is not empty.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

/// A number that is not negative.
pub(crate) fn number(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer)?.as_u64()
}

/// True only for `true`.
pub(crate) fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// A moment, written as RFC 3339 or as seconds since 1970.
pub(crate) fn moment(value: &Value, pointer: &str) -> Option<Timestamp> {
    match value.pointer(pointer)? {
        Value::String(text) => text.parse().ok(),
        Value::Number(seconds) => Timestamp::from_second(seconds.as_i64()?).ok(),
        _ => None,
    }
}

/// The name of a person or app.
pub(crate) fn login(person: &Value) -> Option<String> {
    text(person, "/login").map(Into::into)
}

/// The names in a list of persons.
pub(crate) fn logins(value: &Value, pointer: &str) -> Vec<String> {
    list(value, pointer).filter_map(login).collect()
}

/// The members of a list; none if it is no list.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The names of labels.
pub(crate) fn labels(value: &Value) -> Vec<String> {
    list(value, "/labels")
        .filter_map(|label| text(label, "/name").or(label.as_str()))
        .map(Into::into)
        .collect()
}

/// Names written `@name` in `words`. An address such as `a@b.c` names nobody.
pub(crate) fn mentions(words: &str) -> Vec<String> {
    mentions_with(words, &[])
}

/// The same where names may also hold `others`, though not at their ends.
pub(crate) fn mentions_with(words: &str, others: &[char]) -> Vec<String> {
    let mut names = Vec::new();
    let mut before = None;
    for (at, letter) in words.char_indices() {
        let starts = letter == '@' && !before.is_some_and(|one: char| one.is_alphanumeric());
        before = Some(letter);
        if !starts {
            continue;
        }
        let rest = &words[at + 1..];
        let end = rest
            .find(|one: char| !one.is_ascii_alphanumeric() && one != '-' && !others.contains(&one))
            .unwrap_or(rest.len());
        let name = rest[..end].trim_matches(|one: char| one == '-' || others.contains(&one));
        // The longest names of the forges have at most 40 characters.
        if (1..=40).contains(&name.len()) {
            names.push(name.to_owned());
        }
        if names.len() == PEOPLE {
            break;
        }
    }
    names
}

/// The first line.
pub(crate) fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// `value` with long texts and lists cut, so that one message cannot fill the store.
pub(crate) fn bounded(value: &Value) -> Value {
    shortened(value, DEPTH)
}

fn shortened(value: &Value, levels: usize) -> Value {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => Value::Null,
        Value::Array(members) => members
            .iter()
            .take(LIST)
            .map(|member| shortened(member, levels - 1))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), shortened(field, levels - 1)))
            .collect(),
        Value::String(text) if text.len() > TEXT => {
            text.chars().take(TEXT).collect::<String>().into()
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mentions_are_names_after_an_at_sign_that_begins_a_word() {
        assert_eq!(
            mentions("@ada, ask @grace-h. not a@b.c, @ nor @-; (@Linus)"),
            ["ada", "grace-h", "Linus"]
        );
        assert_eq!(mentions_with("@ada.l_x. @.", &['.', '_']), ["ada.l_x"]);
    }

    #[test]
    fn what_is_kept_of_a_payload_is_bounded() {
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        let value = json!({"t": "x".repeat(TEXT * 2), "l": vec![0; 1000], "d": deep});
        let kept = bounded(&value);
        assert_eq!(kept["t"].as_str().map(str::len), Some(TEXT));
        assert_eq!(kept["l"].as_array().map(Vec::len), Some(LIST));
        assert!(kept["d"].to_string().len() < 100);
    }
}
