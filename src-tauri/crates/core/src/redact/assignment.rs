//! Assignments: a value behind a name that says it is secret, in code, settings, headers, queries and command lines.
//!
//! A keyword gives the place, so nothing is searched: the name is read around it and the value after it.

use std::sync::LazyLock;

use regex::Regex;

use super::name::{Kind, kind_of};
use super::{Span, services, value};

/// A name in a line, with what it says.
pub(super) struct Name<'line> {
    start: usize,
    pub(super) end: usize,
    text: &'line str,
}

/// What stands between a name and its value. Group `op` is the operator; it is looked at behind the name only.
static OPERATOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)^
        (?P<close> \\*["'`] )? \)? (?: \[\d{0,4}\] | \] )?  [\ \t]*
        (?P<op> value=(?:["']|\\") | ={2,3} | [:?|.+]{0,3} =>? | :{1,3}(?:=)? | -> | <- | , | > | \|\|? | \?\? | \( | is:?[\ ] ) [\ \t]*
        (?: (?:b|r|f|u|@|L|new[\ ][\w.]+\(|Some\(|String::from\(|[A-Z]\w+::(?:new|from)\(|[rR]aw\() (?P<peek>["'`]) )?"#,
    )
    .expect("the pattern is constant")
});

/// The same with a type between: `: &str = "`, ` string = "`. A value in quotes follows.
static TYPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)^ [\ \t]*
        (?: : [\ \t]* [&?A-Za-z] [\w<>&'?|.*:]{0,40}? | As[\ ]+String | string | \[\]byte ) [\ \t]* = [\ \t]*
        (?:b|r|f|u|@|L|new[\ ][\w.]+\(|Some\(|String::from\(|[A-Z]\w+::(?:new|from)\(|[rR]aw\()? ["'`]"#,
    )
    .expect("the pattern is constant")
});

/// How a line begins that carries the value of a name on the line before: `value: x`, `<string>x</string>`.
static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*(?:-[ \t]*)?(?:["']?[Vv]alue["']?[ \t]*[:=][ \t]*|default[ \t]*=[ \t]*|<(?:string|value)>)"#)
        .expect("the pattern is constant")
});

/// How far behind a service's name the operator may be: `Acme staging API key: x`.
const GAP: usize = 24;
/// How far before a name what declares it is looked for, in bytes.
const NEAR: usize = 200;
/// A value without quotes longer than this holds no names of its own, in bytes.
const LONG: usize = 500;

/// The first bytes of all that [`OPERATOR`] matches, and of the space after a flag. Most names in most texts are parts
/// of addresses and sentences, and are told by this one byte.
fn may_stand_before_a_value(byte: u8) -> bool {
    matches!(
        byte,
        b'\\'
            | b'"'
            | b'\''
            | b'`'
            | b')'
            | b']'
            | b' '
            | b'\t'
            | b':'
            | b'?'
            | b'|'
            | b'.'
            | b'+'
            | b'='
            | b'-'
            | b','
            | b'>'
            | b'('
            | b'A'
            | b's'
            | b'['
            | b'<'
            | b'i'
            | b'v'
    )
}

impl<'line> Name<'line> {
    /// The name around the keyword that ends at `at`.
    pub(super) fn around(line: &'line str, at: usize) -> Self {
        let bytes = line.as_bytes();
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let mut start = at;
        while start > 0 && at - start < 80 && in_name(bytes[start - 1]) {
            start -= 1;
        }
        let mut end = at;
        while end < bytes.len() && end - at < 60 && in_name(bytes[end]) {
            end += 1;
        }
        if start > 0 && bytes[start - 1] == b'\\' && end > start {
            // The letter of an escape such as `\n` is no part of the name.
            start += 1;
        }
        let start = start.min(at);
        let text = &line[start..end];
        Self { start, end, text }
    }

    /// The secret that is assigned to the name in `line`, and up to where names need no further look: a long value
    /// is read once, not again for each name in it.
    pub(super) fn value(&self, line: &str) -> (Option<Span>, usize) {
        let rest = &line[self.end..];
        if !rest.bytes().next().is_some_and(may_stand_before_a_value) {
            return (None, self.end);
        }
        if let Some(span) = self.key_of_service(line, rest) {
            return (Some(span), self.end);
        }
        let mut read = self.end;
        (self.assigned(line, rest, &mut read), read)
    }

    fn assigned(&self, line: &str, rest: &str, read: &mut usize) -> Option<Span> {
        let before = &line.as_bytes()[self.start.saturating_sub(NEAR)..self.start];
        let kind = match self.word_before(line) {
            Some(word) => kind_of(&format!("{word}_{}", self.text)),
            None => kind_of(self.text),
        }?;
        let rest = &rest[..floor_boundary(rest, 160)];
        let flag = self.text.starts_with("--")
            || (self.text.starts_with('-') && before.is_empty())
            || self.text.starts_with('-') && before.ends_with(b" ");
        let declared = is_declared(before);
        let quoted_next =
            rest.starts_with([' ', '\t']) && rest.trim_start().starts_with(['"', '\'']);
        let typed = TYPED.find(rest);
        let (offset, needs_quote, spaced) = match OPERATOR.captures(rest) {
            _ if typed.is_some() => (typed?.end() - 1, true, true),
            Some(found) => {
                let whole = found.get(0)?;
                let operator = found.name("op")?;
                let close = found.name("close");
                let is_tag = before.contains(&b'<');
                let needs_quote = match operator.as_str() {
                    "," if close.is_some_and(|close| !close.as_str().ends_with('`')) => true,
                    "(" if close.is_none() => true,
                    ">" if before.ends_with(b"<") || before.ends_with(b"/") => false,
                    ">" if close.is_some() && is_tag => false,
                    "->" | "<-" | "||" | "??" => true,
                    "|" if kind != Kind::Password => false,
                    "," | "(" | ">" | "|" => return None,
                    text if text.starts_with("is") && kind == Kind::Password => return None,
                    text if text.starts_with("value=") => !is_tag,
                    text => text.len() > 1 && text.starts_with("::") && !text.ends_with('='),
                };
                let spaced =
                    operator.as_str() != ":" && rest[operator.end()..].starts_with([' ', '\t']);
                let mut end = found.name("peek").map_or(whole.end(), |peek| peek.start());
                if operator.as_str().starts_with("value=") {
                    end = operator.start() + "value=".len();
                }
                (end, needs_quote, spaced)
            }
            None if (flag || declared) && rest.starts_with(' ') => (1, false, false),
            None if quoted_next && (kind != Kind::Password || before.ends_with(b":")) => {
                (rest.len() - rest.trim_start().len(), true, true)
            }
            None => return None,
        };
        let start = self.end + offset;
        let value = unquoted(&line[start..]);
        if let Some(length) = services::key_length(self.text, value) {
            let start = line.len() - value.len();
            return Some(Span::new(rule_of(kind), start, start + length));
        }
        let text = Text::read(line, start)?;
        if !text.quoted && text.end - text.start > LONG {
            *read = text.end;
        }
        if needs_quote && !text.quoted {
            return None;
        }
        let scheme = ["Bearer ", "Basic ", "bearer ", "basic ", "Token ", "token "]
            .iter()
            .find(|scheme| line[text.start..text.end].starts_with(**scheme))
            .map_or(0, |scheme| scheme.len());
        text.without(scheme).judge(line, kind, self.text, spaced)
    }

    /// What a lone `key` is one of, in prose: `API key: x`.
    fn word_before<'text>(&self, line: &'text str) -> Option<&'text str> {
        if !matches!(self.text, "key" | "Key" | "KEY") {
            return None;
        }
        let before = line[..self.start].strip_suffix(' ')?;
        let at = before.len()
            - before
                .bytes()
                .rev()
                .take(12)
                .take_while(u8::is_ascii_alphabetic)
                .count();
        Some(&before[at..]).filter(|word| !word.is_empty())
    }

    /// A key whose form is that of the service named here or some words before it.
    fn key_of_service(&self, line: &str, rest: &str) -> Option<Span> {
        if !services::is_named_in(self.text) {
            return None;
        }
        let gap = rest
            .bytes()
            .take(GAP)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b" \t_.-".contains(byte))
            .count();
        let found = OPERATOR.find(&rest[gap..floor_boundary(rest, gap + 60).max(gap)])?;
        let value = unquoted(rest.get(gap + found.end()..)?);
        let length = services::key_length(self.text, value)?;
        let start = line.len() - value.len();
        Some(Span::new(rule_of(Kind::Service), start, start + length))
    }

    /// What a value on the next line would be, if this line only names it.
    pub(super) fn announces(&self, line: &str) -> Option<Announced> {
        let before = line[..self.start].trim_end_matches(['"', '\'']).trim_end();
        let after = line[self.end..].trim_start_matches(['"', '\'']).trim();
        let listed = (before.ends_with("name:")
            || before.ends_with("<key>")
            || before.ends_with("\"name\":"))
            && matches!(after, "" | "," | "</key>");
        let variable = before.ends_with("variable") && after == "{";
        let tag = before.ends_with('<') && after == ">";
        let block = matches!(
            after,
            "=" | ":=" | ": |" | ": |-" | ": >" | ": >-" | ": |+" | ": >+"
        );
        if !(listed || variable || tag || block) {
            return None;
        }
        let kind = kind_of(self.text).filter(|kind| *kind != Kind::Perhaps)?;
        Some(Announced {
            kind,
            name: self.text.to_owned(),
            alone: tag || block,
        })
    }
}

/// A name whose value may stand on the next line.
pub(super) struct Announced {
    kind: Kind,
    name: String,
    /// The value has the line to itself.
    alone: bool,
}

impl Announced {
    /// The value on `line`, the one behind that which announced it.
    pub(super) fn value(&self, line: &str) -> Option<Span> {
        let start = match ANNOUNCED.find(line) {
            Some(found) => found.end(),
            None if self.alone => line.len() - line.trim_start().len(),
            None => return None,
        };
        let value = unquoted(&line[start..]);
        if let Some(length) = services::key_length(&self.name, value) {
            let start = line.len() - value.len();
            return Some(Span::new(rule_of(self.kind), start, start + length));
        }
        let text = Text::read(line, start)?;
        let alone =
            line[text.end..].trim_matches(['"', '\'', '`', ';', ',', ')', ' ', '\r', '\n', '\\']);
        if self.alone && (!alone.is_empty() || (self.kind == Kind::Password && !text.quoted)) {
            return None;
        }
        text.judge(line, self.kind, "", false)
    }
}

/// True behind words that a name and its value follow without an operator: `ENV NAME value` of a Dockerfile,
/// `setenv` of a shell, `#define`, `login ada password x` of a netrc.
fn is_declared(before: &[u8]) -> bool {
    [
        &b"ENV "[..],
        b"config ",
        b"setenv ",
        b"set -x ",
        b"set -gx ",
        b"set -Ux ",
        b"#define ",
        b"(def ",
        b"(define ",
    ]
    .iter()
    .any(|word| before.ends_with(word))
        || before.windows(6).any(|word| word == b"login ")
}

/// `text` without the quote it begins with, escaped or not, and the sign of a raw string before it.
fn unquoted(text: &str) -> &str {
    text.trim_start_matches(['\\', '@'])
        .trim_start_matches(['"', '\'', '`'])
}

/// A value as it stands in a line.
#[derive(Clone, Copy)]
struct Text {
    start: usize,
    end: usize,
    quoted: bool,
}

impl Text {
    fn read(line: &str, start: usize) -> Option<Self> {
        let rest = &line[start..];
        let slashes = rest.len() - rest.trim_start_matches('\\').len();
        let quote = rest[slashes..].chars().next()?;
        if !matches!(quote, '"' | '\'' | '`') {
            if slashes > 0 {
                return None;
            }
            let end = rest
                .find(|c: char| {
                    c.is_whitespace() || c.is_control() || "\"'`\\,;<>(){}[]&|‹›".contains(c)
                })
                .unwrap_or(rest.len());
            return Some(Self {
                start,
                end: start + end,
                quoted: false,
            });
        }
        let inner = start + slashes + 1;
        let bytes = line.as_bytes();
        let mut at = inner;
        while at < bytes.len() {
            if bytes[at] == b'\n' {
                break;
            }
            if bytes[at] == b'\\' {
                let run = bytes[at..]
                    .iter()
                    .take_while(|&&byte| byte == b'\\')
                    .count();
                let closes = bytes.get(at + run) == Some(&(quote as u8)) && run <= slashes;
                if closes && run == slashes {
                    break;
                }
                if slashes > 0 {
                    // A deeper escape within an escaped string: the value is taken up to it.
                    break;
                }
                at += run + 1;
                continue;
            }
            if bytes[at] == quote as u8 && slashes == 0 {
                break;
            }
            at += 1;
        }
        let end = floor_boundary(line, at.min(bytes.len()));
        Some(Self {
            start: inner,
            end,
            quoted: true,
        })
    }

    fn without(self, prefix: usize) -> Self {
        Self {
            start: self.start + prefix,
            ..self
        }
    }

    fn judge(self, line: &str, kind: Kind, name: &str, spaced: bool) -> Option<Span> {
        let text = &line[self.start..self.end];
        let after = &line[self.end..];
        if value::is_placeholder(text) || text.contains("://") || is_echo(text, name) {
            return None;
        }
        let secret = if self.quoted {
            Self::quoted(text, kind)
        } else {
            !is_code(text, after) && Self::bare(text, kind, after, spaced, name)
        };
        secret.then(|| Span::new(rule_of(kind), self.start, self.end))
    }

    fn quoted(text: &str, kind: Kind) -> bool {
        let has_space = text.contains(char::is_whitespace);
        match kind {
            Kind::Password => text.len() >= 4 && !has_space && !is_path(text),
            _ => !has_space && machine_made(text, kind),
        }
    }

    fn bare(text: &str, kind: Kind, after: &str, spaced: bool, name: &str) -> bool {
        match kind {
            Kind::Password => {
                // `password = input` is code and `Password: must be …` is prose.
                let prose = after.trim_start_matches([' ', '\t']).len() < after.len()
                    && after.trim().starts_with(|c: char| c.is_alphabetic());
                let env = name.bytes().all(|byte| !byte.is_ascii_lowercase());
                let plain = value::is_wordy(text) && !text.chars().any(|c| c.is_ascii_digit());
                text.len() >= 4
                    && !is_path(text)
                    && !text.starts_with('-')
                    && !(plain && (spaced || prose || !env))
                    && !(prose && value::is_wordy(text))
                    && !text
                        .bytes()
                        .all(|byte| byte.is_ascii_digit() || byte == b'.')
            }
            _ => machine_made(text, kind),
        }
    }
}

fn machine_made(text: &str, kind: Kind) -> bool {
    match kind {
        Kind::Password => text.len() >= 4,
        Kind::Secret => {
            value::is_uuid(text)
                || is_long_number(text)
                || (value::is_random(text, 8, 2.6)
                    && text.bytes().any(|byte| byte.is_ascii_alphabetic())
                    && (text.bytes().any(|byte| byte.is_ascii_digit()) || text.len() >= 16)
                    && !is_date_or_digest(text))
        }
        Kind::Service => {
            value::is_random(text, 12, 3.0)
                && !value::is_uuid(text)
                && !value::is_hex(text)
                && text.bytes().any(|byte| byte.is_ascii_alphabetic())
                && !is_date_or_digest(text)
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.:~".contains(&byte))
                && !is_path(text)
        }
        Kind::Perhaps => {
            (is_live_key(text) && value::is_random(text, 20, 3.0))
                || value::is_random(text, 20, 3.8)
                    && !value::is_hex(text)
                    && !value::is_uuid(text)
                    && text.bytes().any(|byte| byte.is_ascii_digit())
                    && !is_date_or_digest(text)
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte))
                    && !text.contains("--")
                    && text
                        .split(['-', '.', '/'])
                        .any(|part| value::is_random(part, 16, 3.5) && !value::is_hex(part))
        }
    }
}

/// Digits alone, too many for a count or a time and without the repetitions of a made-up number.
fn is_long_number(text: &str) -> bool {
    (15..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && value::entropy(text) >= 2.5
}

/// `live_…`, `test_…`: how services mark the keys of their two worlds.
fn is_live_key(text: &str) -> bool {
    ["live_", "test_", "prod_"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// `sha256:…`, `sha512-…`, times: long and mixed, and public.
fn is_date_or_digest(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["sha1", "sha256", "sha384", "sha512", "md5", "h1:"]
        .iter()
        .any(|kind| lower.starts_with(kind))
        || text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.TZ+/ ".contains(&byte))
}

fn is_path(text: &str) -> bool {
    let rooted = text.starts_with(['/', '~']) || text.starts_with("./") || text.starts_with("../");
    (rooted || text.contains('/')) && value::is_wordy(text)
}

/// The value repeats its name: `secret: "client_secret"`, `token=token`.
fn is_echo(text: &str, name: &str) -> bool {
    let plain = |text: &str| {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect::<String>()
    };
    let (text, name) = (plain(text), plain(name));
    !text.is_empty() && !name.is_empty() && (name.contains(&text) || text == name)
}

/// A call, an index, a generic or a path of names: what source code writes without quotes.
fn is_code(text: &str, after: &str) -> bool {
    (after.starts_with(['(', '[', '{', '<']) && !after.starts_with("</"))
        || text.contains("::")
        || text.ends_with(':') && !text.ends_with("=:")
        || (text.contains('.')
            && text.split('.').all(|part| {
                part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && value::is_wordy(part)
            }))
        || (text.starts_with('*') && after.starts_with(char::is_whitespace))
        || (text.starts_with('!') || text.starts_with('*') && text[1..].starts_with('*'))
}

fn rule_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Password => "password",
        Kind::Secret => "secret",
        Kind::Service => "service-key",
        Kind::Perhaps => "high-entropy",
    }
}

pub(super) fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
