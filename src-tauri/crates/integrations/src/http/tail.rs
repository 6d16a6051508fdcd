//! The end of a stream of bytes, within a size.

/// Keeps the last `limit` bytes of what is pushed, and counts the lines that were let go.
pub(super) struct Tail {
    limit: usize,
    bytes: Vec<u8>,
    /// Line ends among the bytes let go.
    lines: u64,
    cut: bool,
}

impl Tail {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            lines: 0,
            cut: false,
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend_from_slice(chunk);
        self.cut |= self.bytes.len() > self.limit;
        // Twice the limit is let stand, so that bytes are moved rarely.
        if self.bytes.len() > self.limit.saturating_mul(2) {
            self.let_go(self.bytes.len() - self.limit);
        }
    }

    /// True once more came than is kept.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The end, beginning with a whole line, and the 1-based number of that line.
    pub(super) fn finish(mut self) -> (Vec<u8>, u64) {
        if self.cut {
            let over = self.bytes.len().saturating_sub(self.limit);
            let line = self.bytes[over..].iter().position(|&byte| byte == b'\n');
            self.let_go(line.map_or(over, |line| over + line + 1));
        }
        (self.bytes, self.lines + 1)
    }

    fn let_go(&mut self, count: usize) {
        let ends = self.bytes[..count].iter().filter(|&&byte| byte == b'\n');
        self.lines += ends.count() as u64;
        self.bytes.drain(..count);
    }
}

#[cfg(test)]
mod tests {
    use super::Tail;

    #[test]
    fn the_end_begins_with_a_whole_line_and_knows_its_number() {
        let text: String = (1..=1000)
            .map(|number| format!("line {number}\n"))
            .collect();
        for chunk in [1, 7, 100, 100_000] {
            let mut tail = Tail::new(25);
            for part in text.as_bytes().chunks(chunk) {
                tail.push(part);
            }
            assert!(tail.is_cut());
            let (bytes, first) = tail.finish();
            assert_eq!(
                (String::from_utf8_lossy(&bytes).as_ref(), first),
                ("line 999\nline 1000\n", 999)
            );
        }
    }

    #[test]
    fn what_fits_is_kept_whole() {
        let mut tail = Tail::new(4);
        tail.push(b"a\nb\n");
        assert!(!tail.is_cut());
        assert_eq!(tail.finish(), (b"a\nb\n".to_vec(), 1));
    }
}
