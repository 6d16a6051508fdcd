//! The nearest known word to one that was mistyped.

/// The word of `known` that `typed` most likely meant, if one is near enough to be worth asking about.
pub(crate) fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    // Up to a third of the letters may be wrong, and one always.
    let allowed = (typed.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&typed, word), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_an_unlike_word_finds_none() {
        let known = ["toasts", "toast_actions", "theme", "listen"];
        for (typed, expected) in [
            ("toast", Some("toasts")),
            ("Toasts", Some("toasts")),
            ("tosats", Some("toasts")),
            ("toast_action", Some("toast_actions")),
            ("lisetn", Some("listen")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, known), expected, "{typed}");
        }
    }
}
