/// How many pages of `size` hold `items`.
pub fn pages(items: usize, size: usize) -> usize {
    items / size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_full_counts() {
        assert_eq!(pages(10, 5), 2);
        assert_eq!(pages(11, 5), 3);
    }
}
