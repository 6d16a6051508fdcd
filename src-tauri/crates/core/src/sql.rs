//! Text of SQL taken apart as far as quotes and comments go: statements one by one, and what two texts have in common
//! whatever their blanks and comments. It knows no grammar.

use crate::id::short_hash;

/// A run of text of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    /// Words and signs.
    Code(&'a str),
    /// A string, a quoted name or a dollar-quoted body, with its quotes.
    Quoted(&'a str),
    /// A comment.
    Comment,
}

/// A statement and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its text without comments, blanks around it and the semicolon.
    pub text: String,
    /// The 1-based line of its first word.
    pub line: u32,
}

/// The statements of a script.
pub fn statements(script: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut text = String::new();
    let (mut line, mut begun) = (1, None);
    let mut end = |text: &mut String, begun: &mut Option<u32>| {
        let statement = text.trim();
        if let Some(line) = begun.take().filter(|_| !statement.is_empty()) {
            found.push(Statement {
                text: statement.to_owned(),
                line,
            });
        }
        text.clear();
    };
    for (piece, whole) in pieces(script) {
        match piece {
            Piece::Comment => text.push(' '),
            Piece::Quoted(quoted) => {
                begun.get_or_insert(line);
                text.push_str(quoted);
            }
            Piece::Code(code) => {
                for c in code.chars() {
                    if c == ';' {
                        end(&mut text, &mut begun);
                    } else {
                        if !c.is_whitespace() {
                            begun.get_or_insert(line);
                        }
                        text.push(c);
                    }
                    line += u32::from(c == '\n');
                }
                continue;
            }
        }
        line += lines(whole);
    }
    end(&mut text, &mut begun);
    found
}

/// The same for scripts that differ only in blanks, comments, the case of words outside quotes and semicolons.
pub fn hash(script: &str) -> String {
    let mut bare = String::with_capacity(script.len());
    for (piece, _) in pieces(script) {
        match piece {
            Piece::Comment => {}
            Piece::Quoted(quoted) => bare.push_str(quoted),
            Piece::Code(code) => bare.extend(
                code.chars()
                    .filter(|c| !c.is_whitespace() && *c != ';')
                    .flat_map(char::to_lowercase),
            ),
        }
    }
    short_hash(&bare, 32)
}

/// A text as a string of SQL.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

/// Every piece with the text it stands for, in order.
fn pieces(script: &str) -> Vec<(Piece<'_>, &str)> {
    let mut found = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < script.len() {
        let rest = &script[at..];
        let Some((piece, length)) = special(&script[..at], rest) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if from < at {
            found.push((Piece::Code(&script[from..at]), &script[from..at]));
        }
        found.push((piece, &rest[..length]));
        at += length;
        from = at;
    }
    if from < script.len() {
        found.push((Piece::Code(&script[from..]), &script[from..]));
    }
    found
}

/// The comment or quoted text that `rest` begins with, and how long it is. One that does not end takes all that is left.
fn special<'a>(before: &str, rest: &'a str) -> Option<(Piece<'a>, usize)> {
    let until = |from: usize, end: &str| {
        rest[from..]
            .find(end)
            .map_or(rest.len(), |at| from + at + end.len())
    };
    let length = match rest.as_bytes()[0] {
        b'-' if rest.starts_with("--") => return Some((Piece::Comment, until(2, "\n"))),
        b'/' if rest.starts_with("/*") => return Some((Piece::Comment, nested(rest))),
        b'\'' => string(rest, before.ends_with(['e', 'E'])),
        b'"' => until(1, "\""),
        b'$' => {
            // `a$1` and `$1` are no quotes.
            let inside = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
            let tag = rest[1..].find('$').map(|at| &rest[..at + 2])?;
            let name = &tag[1..tag.len() - 1];
            let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit());
            if inside || !plain {
                return None;
            }
            until(tag.len(), tag)
        }
        _ => return None,
    };
    Some((Piece::Quoted(&rest[..length]), length))
}

fn nested(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn string(text: &str, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if escapes => {
                characters.next();
            }
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
            }
            '\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_semicolons_outside_quotes_and_comments() {
        let script = "-- one; two\ncreate table a (b text default 'x;y''z');\n\n/* ; /* ; */ ; */\n\
                      create function f() returns void language sql as $body$ select 1; select '$$'; $body$;\n\
                      comment on table \"a;b\" is E'it\\'s; fine'; select $1";
        let found: Vec<(String, u32)> = statements(script)
            .into_iter()
            .map(|one| (one.text.chars().take(22).collect(), one.line))
            .collect();
        assert_eq!(
            found,
            [
                ("create table a (b text".to_owned(), 2),
                ("create function f() re".to_owned(), 5),
                ("comment on table \"a;b\"".to_owned(), 6),
                ("select $1".to_owned(), 6),
            ]
        );
        assert_eq!(statements("  ;; -- nothing"), []);
    }

    #[test]
    fn only_what_a_script_says_counts_for_its_hash() {
        let one = "CREATE TABLE a (\n  b int\n); -- why\n";
        for same in ["create table a (b int)", "/* x */ create table a(b int);;"] {
            assert_eq!(hash(one), hash(same), "{same}");
        }
        for other in ["create table a (c int)", "create table \"A\" (b int)"] {
            assert_ne!(hash(one), hash(other), "{other}");
        }
        assert_ne!(hash("select 'a b'"), hash("select 'ab'"));
    }

    #[test]
    fn what_does_not_end_is_taken_to_the_end() {
        for script in [
            "'",
            "\"",
            "$$",
            "$a$ x $b$",
            "/*",
            "/* /* */",
            "--",
            "$",
            "é'é",
        ] {
            statements(script);
            hash(script);
        }
    }
}
