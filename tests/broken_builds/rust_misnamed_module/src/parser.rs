/// The numbers of a sum such as `1 + 2`.
pub fn parse(text: &str) -> Vec<i64> {
    text.split('+').filter_map(|part| part.trim().parse().ok()).collect()
}
