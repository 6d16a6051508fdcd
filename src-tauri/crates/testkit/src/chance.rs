//! What looks like chance and is the same for the same seed: numbers, and JSON that is not quite what it was.

use serde_json::{Map, Value, json};

/// Numbers that look like chance: `SplitMix64`, whose whole state is the seed.
pub struct Chance(pub u64);

impl Chance {
    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).expect("a small number");
        usize::try_from((mixed ^ (mixed >> 31)) % bound).expect("below a small number")
    }

    /// One of these, if there is any.
    pub fn one_of(&mut self, numbers: &[u64]) -> Option<u64> {
        (!numbers.is_empty()).then(|| numbers[self.below(numbers.len())])
    }

    /// The value as an API of next year may send it: with fields nobody knows, without some that may be missing or
    /// are null now, and with words that were not among the possible ones.
    pub fn drift(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => self.drift_fields(fields).into(),
            Value::Array(items) => items.iter().map(|item| self.drift(item)).collect(),
            other => other.clone(),
        }
    }

    fn drift_fields(&mut self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut drifted = Map::new();
        drifted.insert("a_new_field".into(), json!({"of": ["next", {"year": 1}]}));
        for (name, value) in fields {
            let value = match self.below(16) {
                0 => continue,
                1 if !value.is_array() && !value.is_object() => Value::Null,
                2 | 3 if is_word(value) => "a_new_word".into(),
                _ => self.drift(value),
            };
            drifted.insert(name.clone(), value);
        }
        drifted
    }
}

/// True for what may be one of a few words.
fn is_word(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let all = text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        all && (2..30).contains(&text.len())
    })
}
