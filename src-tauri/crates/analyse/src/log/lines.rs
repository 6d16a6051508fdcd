//! Splits a stream into lines at LF, CRLF or a lone CR, holding one line at a time.

use std::io::{self, BufRead};

use super::encoding::Text;

/// A line longer than this is cut; the rest of it is skipped.
pub const MAX_LINE_BYTES: usize = 8 * 1024;

/// Lines of a log, read one after the other into a buffer that is used again.
#[derive(Debug)]
pub struct Lines<R> {
    input: Text<R>,
    line: Vec<u8>,
    /// The line before ended in CR as the last byte at hand; an LF right after it belongs to it.
    after_cr: bool,
    follows_lone_cr: bool,
    done: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self {
            input: Text::new(input),
            line: Vec::with_capacity(256),
            after_cr: false,
            follows_lone_cr: false,
            done: false,
        }
    }

    /// Reads the next line; false at the end of the input.
    ///
    /// The last line counts even without a line end; nothing follows a final line end.
    pub fn read(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.follows_lone_cr = false;
        if self.done {
            return Ok(false);
        }
        let mut begun = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                self.done = true;
                return Ok(begun);
            }
            if self.after_cr {
                self.after_cr = false;
                if chunk[0] == b'\n' {
                    self.input.consume(1);
                    continue;
                }
                self.follows_lone_cr = true;
            }
            let end = memchr::memchr2(b'\n', b'\r', chunk);
            let text = &chunk[..end.unwrap_or(chunk.len())];
            let room = MAX_LINE_BYTES.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            begun = true;
            if let Some(end) = end {
                self.after_cr = chunk[end] == b'\r';
                self.input.consume(end + 1);
                return Ok(true);
            }
            let read = chunk.len();
            self.input.consume(read);
        }
    }

    /// The line just read, without its end, cut at [`MAX_LINE_BYTES`].
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// True when the line before the one just read ended in CR alone: a terminal would have written over it.
    pub fn follows_lone_cr(&self) -> bool {
        self.follows_lone_cr
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn split(text: &[u8], chunk: usize) -> Vec<String> {
        let mut lines = Lines::new(BufReader::with_capacity(chunk, text));
        let mut all = Vec::new();
        while lines.read().expect("a slice does not fail") {
            all.push(String::from_utf8_lossy(lines.line()).into_owned());
        }
        all
    }

    #[test]
    fn lines_end_at_lf_crlf_or_a_lone_cr_wherever_the_buffer_ends() {
        let cases: [(&[u8], &[&str]); 7] = [
            (b"", &[]),
            (b"a", &["a"]),
            (b"a\n", &["a"]),
            (b"a\r\nb\rc\n\nd", &["a", "b", "c", "", "d"]),
            (b"\r\r\nx", &["", "", "x"]),
            (b"a\r", &["a"]),
            (b"\n\n", &["", ""]),
        ];
        for (text, expected) in cases {
            for chunk in 1..=8 {
                assert_eq!(split(text, chunk), expected, "{text:?} by {chunk}");
            }
        }
    }

    #[test]
    fn a_very_long_line_is_cut_and_still_counts_once() {
        let mut text = vec![b'x'; MAX_LINE_BYTES * 3];
        text.extend_from_slice(b"\nend\n");
        let lines = split(&text, 100);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), MAX_LINE_BYTES);
        assert_eq!(lines[1], "end");
    }
}
