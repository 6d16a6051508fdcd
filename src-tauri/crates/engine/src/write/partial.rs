//! What can be read of a draft while it is still being written: its explanation so far. Pure.

/// Characters that are new before the reader is told again.
const STEP: usize = 12;

/// The field whose words are shown.
const FIELD: &str = "\"explanation\"";

/// An answer as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Partial {
    answer: String,
    told: usize,
}

impl Partial {
    /// Takes a piece, and gives the explanation so far if there is enough new of it.
    pub(super) fn push(&mut self, piece: &str) -> Option<String> {
        self.answer.push_str(piece);
        let text = explanation(&self.answer)?;
        let length = text.chars().count();
        // An answer that begins anew is a repaired one.
        let is_new = length >= self.told + STEP || (self.told == 0 && length > 0);
        is_new.then(|| {
            self.told = length;
            text
        })
    }
}

/// The text of the field in JSON that may end anywhere.
fn explanation(json: &str) -> Option<String> {
    let after = &json[json.rfind(FIELD)? + FIELD.len()..];
    let inner = after.trim_start().strip_prefix(':')?.trim_start();
    let inner = inner.strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&digits, 16).ok()?;
                    // Halves of pairs are left out; the finished draft has them.
                    text.extend(char::from_u32(code));
                }
                'r' | 'b' | 'f' => {}
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explanation_grows_however_the_answer_is_cut() {
        let json = r#"{"title": "t", "why": "w", "explanation": "One \"two\"\nthree ü four", "comment": null}"#;
        let whole = "One \"two\"\nthree ü four";
        for size in 1..20 {
            let mut partial = Partial::default();
            let chars: Vec<char> = json.chars().collect();
            let pieces = chars
                .chunks(size)
                .map(|piece| piece.iter().collect::<String>());
            let told: Vec<String> = pieces.filter_map(|piece| partial.push(&piece)).collect();
            assert!(!told.is_empty());
            for text in told {
                assert!(whole.starts_with(&text), "{text}");
            }
        }
        assert_eq!(explanation(json).as_deref(), Some(whole));
        assert_eq!(explanation(r#"{"title": "t"#), None);
    }
}
