//! Reads a log as UTF-8 whatever it was written in: UTF-16, which some shells of Windows write, is turned into it; all
//! else passes as it is.

use std::io::{self, BufRead, Read};

/// Bytes turned at a time.
const CHUNK: usize = 16 * 1024;

/// A log's bytes as UTF-8, or as they are.
#[derive(Debug)]
pub(crate) struct Text<R> {
    input: R,
    kind: Kind,
    /// What was turned and not taken yet, from `taken` on.
    turned: Vec<u8>,
    taken: usize,
    /// The first half of a pair that the input broke: a byte, and a surrogate.
    byte: Option<u8>,
    surrogate: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unknown,
    AsItIs,
    Utf16 { big_endian: bool },
}

impl<R: BufRead> Text<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            kind: Kind::Unknown,
            turned: Vec::new(),
            taken: 0,
            byte: None,
            surrogate: None,
        }
    }

    /// Turns the next chunk of UTF-16; false at the end of the input.
    fn turn(&mut self, big_endian: bool) -> io::Result<bool> {
        self.turned.clear();
        self.taken = 0;
        while self.turned.is_empty() {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                let broken = self.byte.take().is_some() | self.surrogate.take().is_some();
                if broken {
                    self.turned.extend_from_slice("\u{fffd}".as_bytes());
                }
                return Ok(broken);
            }
            let chunk = &chunk[..chunk.len().min(CHUNK)];
            let mut bytes = self.byte.take().into_iter().chain(chunk.iter().copied());
            let mut units: Vec<u16> = self.surrogate.take().into_iter().collect();
            while let Some(first) = bytes.next() {
                let Some(second) = bytes.next() else {
                    self.byte = Some(first);
                    break;
                };
                units.push(if big_endian {
                    u16::from_be_bytes([first, second])
                } else {
                    u16::from_le_bytes([first, second])
                });
            }
            if let Some(high @ 0xd800..=0xdbff) = units.last() {
                self.surrogate = Some(*high);
                units.pop();
            }
            for unit in char::decode_utf16(units) {
                let letter = unit.unwrap_or(char::REPLACEMENT_CHARACTER);
                let mut room = [0; 4];
                self.turned
                    .extend_from_slice(letter.encode_utf8(&mut room).as_bytes());
            }
            let read = chunk.len();
            self.input.consume(read);
        }
        Ok(true)
    }
}

/// Told by its mark, or by the line ends and letters of the beginning: every other byte of theirs is zero.
fn kind_of(start: &[u8]) -> Kind {
    let start = &start[..start.len().min(64)];
    match start {
        [0xff, 0xfe, ..] => Kind::Utf16 { big_endian: false },
        [0xfe, 0xff, ..] => Kind::Utf16 { big_endian: true },
        _ => {
            let zeros = |from: usize| {
                let every_other = start.iter().skip(from).step_by(2);
                every_other.filter(|byte| **byte == 0).count()
            };
            // Letters beyond Latin ones have no zero.
            let mostly = |from: usize| start.len() >= 16 && zeros(from) * 8 >= start.len() * 3;
            match (zeros(0), zeros(1)) {
                (0, _) if mostly(1) => Kind::Utf16 { big_endian: false },
                (_, 0) if mostly(0) => Kind::Utf16 { big_endian: true },
                _ => Kind::AsItIs,
            }
        }
    }
}

impl<R: BufRead> BufRead for Text<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.kind == Kind::Unknown {
            self.kind = kind_of(self.input.fill_buf()?);
        }
        let Kind::Utf16 { big_endian } = self.kind else {
            return self.input.fill_buf();
        };
        if self.taken == self.turned.len() && !self.turn(big_endian)? {
            return Ok(&[]);
        }
        Ok(&self.turned[self.taken..])
    }

    fn consume(&mut self, amount: usize) {
        if let Kind::Utf16 { .. } = self.kind {
            self.taken = (self.taken + amount).min(self.turned.len());
        } else {
            self.input.consume(amount);
        }
    }
}

impl<R: BufRead> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if big_endian {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn utf_16_becomes_utf_8_wherever_the_input_breaks_and_all_else_stays() {
        let text = "error: größer 🦀 als erwartet\r\nweiter\n";
        for (bytes, expected) in [
            (
                utf16(&format!("\u{feff}{text}"), false),
                format!("\u{feff}{text}"),
            ),
            (
                utf16(&format!("\u{feff}{text}"), true),
                format!("\u{feff}{text}"),
            ),
            (utf16(text, false), text.to_owned()),
            (utf16(text, true), text.to_owned()),
            (text.as_bytes().to_vec(), text.to_owned()),
            (b"a\0b\0c\n".to_vec(), "a\0b\0c\n".to_owned()),
            (
                [utf16("\u{feff}ab", false), vec![0x3c]].concat(),
                "\u{feff}ab\u{fffd}".to_owned(),
            ),
            (
                [utf16("\u{feff}ab", false), vec![0x3e, 0xd8]].concat(),
                "\u{feff}ab\u{fffd}".to_owned(),
            ),
        ] {
            // Enough to tell the kind, and then pieces that break characters apart.
            for size in [64, 67, 4_096] {
                let mut read = Vec::new();
                Text::new(BufReader::with_capacity(size, bytes.as_slice()))
                    .read_to_end(&mut read)
                    .expect("a slice does not fail");
                assert_eq!(String::from_utf8_lossy(&read), expected);
            }
        }
    }
}
