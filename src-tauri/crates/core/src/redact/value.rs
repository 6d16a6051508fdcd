//! What a value looks like: random, made of words, or standing in for something else.

/// Shannon entropy in bits per byte.
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / length;
            -share * share.log2()
        })
        .sum()
}

/// Parts that only values made to be replaced have, tokens of a known form among them.
const STAND_IN_PARTS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "your-",
    "your_",
    "yourapi",
    "yourtoken",
    "yoursecret",
    "yourpass",
    "redacted",
    "replace_me",
    "replace-me",
    "replaceme",
    "not-a-real",
    "not_a_real",
    "notasecret",
    "do-not-use",
    "xxxxx",
    "****",
    "....",
    "-here",
    "_here",
    "00000000000",
];

/// Parts that give away a made-up value where nothing but its name speaks for it.
const MADE_UP_PARTS: &[&str] = &[
    "my-secret",
    "my_secret",
    "mysecret",
    "my-token",
    "my_token",
    "mytoken",
    "masked",
    "insert-",
    "insert_",
    "not-a-",
    "not_a_",
    "not-real",
    "not_real",
    "dummy",
    "fake-",
    "fake_",
    "fakekey",
    "xxxx",
    "123456789",
    "abcdefghij",
    "process.env",
    "os.environ",
    "secrets.",
    "env.",
];

/// Whole values that everybody knows.
const STAND_INS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "secrets",
    "token",
    "key",
    "apikey",
    "credential",
    "credentials",
    "test",
    "testing",
    "tests",
    "test123",
    "admin",
    "root",
    "guest",
    "user",
    "username",
    "postgres",
    "mysql",
    "mariadb",
    "mongo",
    "redis",
    "rabbitmq",
    "sa",
    "changeit",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "string",
    "str",
    "text",
    "hidden",
    "bool",
    "boolean",
    "int",
    "integer",
    "number",
    "object",
    "array",
    "required",
    "optional",
    "default",
    "unset",
    "empty",
    "foo",
    "bar",
    "baz",
    "foobar",
    "value",
    "sample",
    "demo",
    "todo",
    "tbd",
    "fixme",
    "enabled",
    "disabled",
    "inherit",
    "prompt",
    "stdin",
    "file",
    "env",
    "input",
    "any",
    "self",
    "missing",
    "invalid",
    "wrong",
    "unknown",
    "incorrect",
    "failed",
    "expired",
    "is",
    "bearer",
    "basic",
];

/// True for what stands in for a secret: a variable, a mask, a word for the thing itself, a known dummy.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    is_stand_in(text)
        || STAND_INS.contains(&lower.as_str())
        || MADE_UP_PARTS.iter().any(|part| lower.contains(part))
}

/// The same for a token whose form speaks for itself: only a variable or a mask in its place.
pub(super) fn is_stand_in(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else {
        return true;
    };
    let variable = match first {
        b'$' => bytes
            .get(1)
            .is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, b'{' | b'(' | b'_')),
        b'%' => text.len() > 2 && (text.ends_with('%') || bytes[1] == b'('),
        b'{' | b'<' | b'[' | b'(' => true,
        b'#' | b'@' => bytes.get(1) == Some(&b'{'),
        _ => false,
    };
    let lower = text.to_ascii_lowercase();
    variable
        || bytes.iter().all(|byte| byte == &first)
        || text.contains("${")
        || text.contains("{{")
        || text.contains("$(")
        || text.contains(['‹', '›', '…'])
        || matches!(text, "%s" | "%v" | "%q" | "%d")
        || STAND_IN_PARTS.iter().any(|part| lower.contains(part))
}

/// True for `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// True for hexadecimal digits alone: commits, digests, checksums.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// True for names, paths, versions and sentences: every part is a word, perhaps with a few digits after it.
pub(super) fn is_wordy(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .all(is_word)
}

fn is_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = part.len() - letters.len();
    if letters.is_empty() {
        return digits <= 6;
    }
    if digits > 3 || letters.chars().any(|c| c.is_ascii_digit()) {
        return false;
    }
    let upper = letters.chars().filter(char::is_ascii_uppercase).count();
    let one_case = upper == 0 || upper == letters.len();
    // In `camelCase` a capital begins a part of some letters; in random text they come as they like.
    let humps_fit = one_case || upper * 3 <= letters.len();
    humps_fit && longest_consonants(letters) <= 5 && letters.len() <= 40
}

fn longest_consonants(letters: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in letters.chars() {
        if c.is_ascii_alphabetic() && !"aeiouyAEIOUY".contains(c) {
            run += 1;
            longest = longest.max(run);
        } else {
            run = 0;
        }
    }
    longest
}

/// True for at least `length` characters without a pattern that a reader would see.
pub(super) fn is_random(text: &str, length: usize, least_entropy: f64) -> bool {
    text.len() >= length && !is_wordy(text) && entropy(text) >= least_entropy
}
