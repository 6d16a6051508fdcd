//! Titles: at most 60 characters, so that a toast shows them whole.

/// The longest title.
const TITLE: usize = 60;

/// `text` cut to a title's length; a cut name keeps its backticks closed.
pub(crate) fn shortened(text: &str) -> String {
    if text.chars().count() <= TITLE {
        return text.to_owned();
    }
    let open_before = |at: usize| text[..at].matches('`').count() % 2 == 1;
    let limit = text
        .char_indices()
        .nth(TITLE - 2)
        .map_or(text.len(), |(at, _)| at);
    let mut cut = text[..limit].trim_end().to_owned();
    let open = open_before(limit);
    cut.push('…');
    if open {
        cut.push('`');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_title_is_cut_and_its_code_closed() {
        assert_eq!(shortened("short `a`"), "short `a`");
        let long = format!("PR #42 has no test for `{}`", "a_long_name_".repeat(6));
        let cut = shortened(&long);
        assert!(cut.ends_with("…`"), "{cut}");
        assert_eq!(cut.chars().count(), 60);
    }
}
