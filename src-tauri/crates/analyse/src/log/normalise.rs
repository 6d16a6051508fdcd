//! Takes out of a line what the terminal or the CI put into it: escape sequences, time stamps, job and step columns.

/// Writes the plain text of `line` into `out`, which is emptied first.
pub fn normalise(line: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let line = skip_stamp(skip_columns(line));
    if memchr::memchr2(0x1b, 0x08, line).is_none() {
        out.extend_from_slice(line);
    } else {
        strip_terminal(line, out);
        // Runners that add their stamp inside a sequence leave it at the front.
        let stamp = out.len() - skip_stamp(out).len();
        out.drain(..stamp);
    }
    while out.last() == Some(&0) {
        out.pop();
    }
}

/// The plain text of `line` as a string; bytes that are no UTF-8 become replacement characters.
pub fn plain(line: &[u8]) -> String {
    let mut out = Vec::new();
    normalise(line, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Copies `line` without ECMA-48 control sequences; a backspace takes the character before it along.
pub fn strip_terminal(line: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            0x1b => at = skip_escape(line, at + 1),
            0x08 => {
                out.pop();
                at += 1;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

/// The index after the escape sequence whose introducer stood before `at`.
fn skip_escape(line: &[u8], at: usize) -> usize {
    let rest = &line[at.min(line.len())..];
    let length = match rest.first() {
        // CSI: parameters and intermediates up to a final byte.
        Some(b'[') => rest[1..]
            .iter()
            .position(|byte| (0x40..=0x7e).contains(byte))
            .map_or(rest.len(), |end| end + 2),
        // OSC, APC, DCS, PM, SOS: a string up to BEL or ST.
        Some(b']' | b'_' | b'P' | b'^' | b'X') => rest
            .iter()
            .position(|&byte| byte == 0x07)
            .map(|end| end + 1)
            .or_else(|| {
                rest.windows(2)
                    .position(|two| two == b"\x1b\\")
                    .map(|end| end + 2)
            })
            .unwrap_or(rest.len()),
        // A character set or another two-byte function.
        Some(b'(' | b')' | b'*' | b'+' | b'#' | b'%' | b' ') => 2,
        Some(_) => 1,
        None => 0,
    };
    (at + length).min(line.len())
}

/// Without the `job<TAB>step<TAB>` that `gh run view --log` writes before each stamped line.
fn skip_columns(line: &[u8]) -> &[u8] {
    let Some(first) = memchr::memchr(b'\t', &line[..line.len().min(200)]) else {
        return line;
    };
    let Some(second) = memchr::memchr(b'\t', &line[first + 1..line.len().min(first + 200)]) else {
        return line;
    };
    let rest = &line[first + second + 2..];
    let rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest);
    if stamp_length(rest) > 0 { rest } else { line }
}

/// Without a byte order mark and a leading ISO 8601 stamp with a time zone or fraction, or time of day, as runners
/// write them.
fn skip_stamp(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    match line {
        [b'0'..=b'9' | b'[', ..] => &line[stamp_length(line).max(clock_length(line))..],
        _ => line,
    }
}

/// The length of a leading time of day such as Jenkins writes, `10:11:12 ` or `10:11:12.345 `; 0 without one.
fn clock_length(line: &[u8]) -> usize {
    let digits = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
    let fits = [0, 1, 3, 4, 6, 7].into_iter().all(digits)
        && [2, 5].into_iter().all(|at| line.get(at) == Some(&b':'));
    if !fits {
        return 0;
    }
    let mut at = 8;
    if line.get(at) == Some(&b'.') {
        let fraction = line[at + 1..].iter();
        at += 1 + fraction.take_while(|byte| byte.is_ascii_digit()).count();
    }
    match line[at..] {
        [b' ', b' ', ref rest @ ..] if rest.first() != Some(&b' ') => at + 2,
        [b' ', ..] => at + 1,
        _ => 0,
    }
}

/// The length of a leading stamp such as `2024-05-01T10:11:12.1234567Z `, 0 without one.
fn stamp_length(line: &[u8]) -> usize {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let bracket = usize::from(line.first() == Some(&b'['));
    let body = &line[bracket..];
    let fits = body.len() > SHAPE.len()
        && SHAPE.iter().zip(body).all(|(shape, byte)| match shape {
            b'd' => byte.is_ascii_digit(),
            b'T' => *byte == b'T',
            other => byte == other,
        });
    if !fits {
        return 0;
    }
    let mut at = SHAPE.len();
    if body[at] == b'.' {
        at += 1 + body[at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
    }
    if body.get(at) != Some(&b'Z') {
        return 0;
    }
    at += 1;
    // GitLab adds the stream's number and kind: `00O `, `01E+`.
    if let [b'0'..=b'9', b'0'..=b'9', b'O' | b'E', b' ' | b'+', ..] =
        body[at..].strip_prefix(b" ").unwrap_or_default()
    {
        at += 5;
        return bracket + at;
    }
    if bracket == 1 {
        if body.get(at) != Some(&b']') {
            return 0;
        }
        at += 1;
    }
    if body.get(at) == Some(&b' ') {
        at += 1;
    }
    bracket + at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_and_runners_add_is_taken_out() {
        let cases: [(&[u8], &str); 15] = [
            (b"plain", "plain"),
            (
                b"\x1b[1m\x1b[91merror\x1b[0m\x1b[1m: no\x1b[0m",
                "error: no",
            ),
            (b"\x1b(B\x1b[m+fn main() {", "+fn main() {"),
            (b"\x1b]8;;https://e.org\x07link\x1b]8;;\x07", "link"),
            (b"\x1b_bk;t=1700000000000\x07text", "text"),
            (b"2024-05-01T10:11:12.1234567Z ##[error]x", "##[error]x"),
            (b"\xef\xbb\xbf2024-05-01T10:11:12Z   indented", "  indented"),
            (b"build\tRun tests\t2024-05-01T10:11:12.12Z a\tb", "a\tb"),
            (b"2024-05-01T10:11:12.123456Z 00O $ make", "$ make"),
            (b"2024-05-01 is a day", "2024-05-01 is a day"),
            (b"10:11:12  [INFO] x", "[INFO] x"),
            (b"10:11:12.345     [exec] x", "    [exec] x"),
            (b"10:11:12, no clock", "10:11:12, no clock"),
            (b"12%\x08\x08\x0813%", "13%"),
            (b"\x1b[31", ""),
        ];
        for (line, expected) in cases {
            assert_eq!(plain(line), expected, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn bytes_that_are_no_text_survive_as_marks() {
        assert_eq!(plain(b"a\xff\xfeb\0"), "a\u{fffd}\u{fffd}b");
    }
}
