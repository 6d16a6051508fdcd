/// Columns `text` takes in a terminal, if every letter takes one.
pub fn width(text: &str) -> usize {
    text.chars().count()
}
