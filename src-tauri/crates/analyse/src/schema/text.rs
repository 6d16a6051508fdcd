//! Words for things of a schema: code spans, lists, one line instead of several.

/// As a code span; backticks in it stay what they are.
pub(super) fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.contains('`') {
        format!("`` {line} ``")
    } else {
        format!("`{line}`")
    }
}

/// Names named at once; more are counted.
const NAMED: usize = 8;

/// Code spans with commas; of many the first.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let said: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| code(name.as_ref()))
        .collect();
    match names.len().saturating_sub(NAMED) {
        0 => said.join(", "),
        more => format!("{} and {more} more", said.join(", ")),
    }
}

/// A text that may stand in a cell of a Markdown table.
pub(super) fn cell(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// True where `identifier`, as SQL writes it, stands in `text` and is not part of a longer one.
pub(super) fn mentions(text: &str, identifier: &str) -> bool {
    places(text, identifier).next().is_some()
}

/// Where `identifier` stands by itself in `text`.
pub(super) fn places<'a>(text: &'a str, identifier: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '$';
    text.match_indices(identifier)
        .map(|(at, _)| at)
        .filter(move |&at| {
            !identifier.is_empty()
                && !text[..at].ends_with(inside)
                && !text[at + identifier.len()..].starts_with(inside)
        })
}
