//! What makes two lines alike: the same once numbers, hashes and temporary names are masked.

/// A hash of `line` that stays the same when digits, hex strings, durations and spacing change.
pub fn masked_hash(line: &[u8]) -> u64 {
    let mut hash = Fnv::new();
    each_masked(line, |byte| hash.add(byte));
    hash.0
}

/// `text` with its changing parts masked: `took 3.2s at 0x7ffe` and `took 11s at 0x55` are both `took 0 at 0`.
pub fn masked(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    each_masked(text.as_bytes(), |byte| out.push(byte));
    String::from_utf8_lossy(&out).into_owned()
}

/// Calls `add` with the bytes of `line` after masking.
fn each_masked(line: &[u8], mut add: impl FnMut(u8)) {
    let line = line.trim_ascii_end();
    let mut at = 0;
    let mut spaced = true;
    while at < line.len() {
        let byte = line[at];
        if byte == b' ' || byte == b'\t' {
            if !spaced {
                add(b' ');
            }
            spaced = true;
            at += 1;
            continue;
        }
        spaced = false;
        if !byte.is_ascii_alphanumeric() {
            add(byte);
            at += 1;
            continue;
        }
        let length = line[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let word = &line[at..at + length];
        at += length;
        if is_variable(word) {
            add(b'0');
            // `3.2s`, `10:11:12` and `1,024` are one number.
            while let [b'.' | b',' | b':', b'0'..=b'9', ..] = line[at..] {
                at += 1;
                at += line[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric())
                    .count();
            }
        } else {
            mask_digits(word, &mut add);
        }
    }
}

/// True for a number with or without a unit, a hex string, and a random-looking name.
fn is_variable(word: &[u8]) -> bool {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return word.len() >= 12 && word.iter().all(u8::is_ascii_hexdigit);
    }
    let hex = word.iter().all(u8::is_ascii_hexdigit) && word.len() >= 6;
    let number = word[0].is_ascii_digit() && word.len() - digits <= 2;
    let address = word.starts_with(b"0x");
    let random = word.len() >= 20 && digits * 8 >= word.len();
    let changes = word
        .windows(2)
        .filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit())
        .count();
    number || hex || address || random || changes >= 4
}

/// Runs of digits inside a word become one 0: `worker12` and `worker3` are the same worker.
fn mask_digits(word: &[u8], add: &mut impl FnMut(u8)) {
    let mut in_digits = false;
    for &byte in word {
        if byte.is_ascii_digit() {
            if !in_digits {
                add(b'0');
            }
            in_digits = true;
        } else {
            in_digits = false;
            add(byte);
        }
    }
}

/// FNV-1a, 64 bits: the lines are short and come one byte at a time.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_in_their_changing_parts_only_are_alike() {
        let alike = [
            ("took 3.2s", "took 11s"),
            ("at 0x7ffe01", "at 0x55"),
            ("HEAD is now at 1a2b3c4d", "HEAD is now at ffee0011"),
            ("[12:01:02] start", "[9:59:00]  start"),
            ("Tests run: 3, Failures: 0", "Tests run: 10, Failures: 0"),
            ("/tmp/tmp8a7d6f5e4c/x", "/tmp/tmp1b2c3d4e5f/x"),
        ];
        for (left, right) in alike {
            assert_eq!(masked(left), masked(right));
            assert_eq!(masked_hash(left.as_bytes()), masked_hash(right.as_bytes()));
        }
        for (left, right) in [("error: a", "error: b"), ("x1y", "x1z"), ("1", "one")] {
            assert_ne!(masked_hash(left.as_bytes()), masked_hash(right.as_bytes()));
        }
    }
}
