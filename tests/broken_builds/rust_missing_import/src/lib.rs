//! Counts words.

/// How often each word stands in `text`.
pub fn count(text: &str) -> usize {
    let mut seen = HashMap::new();
    for word in text.split_whitespace() {
        *seen.entry(word).or_insert(0) += 1;
    }
    seen.len()
}
