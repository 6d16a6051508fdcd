//! Text from outside within a line of Markdown: what it shows is what it says, whoever wrote it.
//!
//! Code in backticks stays code, since titles are full of it. Everything else that would become a link, a picture,
//! HTML, emphasis or a list is escaped, names after `@` become code so that nobody is called, and characters that
//! reorder or hide text are taken out.

/// `text` on one line without characters that nobody sees.
pub fn visible(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|&c| !is_hidden(c))
        .collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` with its lines as they are and without characters that nobody sees.
pub fn visible_lines(text: &str) -> String {
    text.chars()
        .filter(|&c| matches!(c, '\n' | '\t') || !is_hidden(c))
        .collect()
}

/// Controls, marks that set the direction of writing, and characters without width or meaning of their own.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` as it stands in a line of Markdown.
pub(crate) fn inline(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.as_str();
    if let Some(marker) = list_marker(rest) {
        out.push_str(&rest[..marker]);
        out.push('\\');
        // The character behind the escape is part of the marker and must not be escaped twice.
        let mark = rest[marker..].chars().next().map_or(0, char::len_utf8);
        out.push_str(&rest[marker..marker + mark]);
        rest = &rest[marker + mark..];
    }
    let mut before = out.chars().next_back().unwrap_or(' ');
    while let Some(c) = rest.chars().next() {
        if c == '`'
            && let Some(code) = code_span(rest)
        {
            out.push_str(code);
            rest = &rest[code.len()..];
            before = '`';
            continue;
        }
        if c == '@'
            && !before.is_alphanumeric()
            && let Some(name) = called(rest)
        {
            out.push('`');
            out.push_str(name);
            out.push('`');
            rest = &rest[name.len()..];
            before = '`';
            continue;
        }
        if c == '['
            && !out.is_empty()
            && let Some(words) = bracketed(rest)
        {
            out.push('[');
            out.push_str(&words[1..words.len() - 1]);
            out.push(']');
            rest = &rest[words.len()..];
            before = ']';
            continue;
        }
        let after = rest[c.len_utf8()..].chars().next().unwrap_or(' ');
        if needs_escape(c, before, after) {
            out.push('\\');
        }
        out.push(c);
        before = c;
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Where in a text the character stands that would make it a heading, a quote or a list, if one does.
fn list_marker(text: &str) -> Option<usize> {
    let blank = |at: usize| text[at..].starts_with(' ') || at == text.len();
    match text.chars().next()? {
        '#' => {
            let level = text.find(|c| c != '#').unwrap_or(text.len());
            (level <= 6 && blank(level)).then_some(0)
        }
        '-' | '+' if blank(1) || text.chars().all(|c| matches!(c, '-' | ' ')) => Some(0),
        '>' | '=' => Some(0),
        '0'..='9' => {
            let digits = text.find(|c: char| !c.is_ascii_digit())?;
            (text[digits..].starts_with(['.', ')']) && blank(digits + 1)).then_some(digits)
        }
        _ => None,
    }
}

/// The code span at the beginning of `text`, with its backticks.
fn code_span(text: &str) -> Option<&str> {
    let fence = text.find(|c| c != '`')?;
    let mut at = fence;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let end = text[start..]
            .find(|c| c != '`')
            .map_or(text.len(), |more| start + more);
        if end - start == fence {
            return Some(&text[..end]);
        }
        at = end;
    }
    None
}

/// Plain words in brackets at the beginning of `text` that lead nowhere: `#[allow(warnings)]`.
fn bracketed(text: &str) -> Option<&str> {
    let end = text.find(']')?;
    let words = &text[1..end];
    let plain = |c: char| c.is_alphanumeric() || " (),.:=/\"-".contains(c);
    let leads = text[end + 1..].starts_with(['(', '[', ':']);
    (!words.is_empty() && words.chars().all(plain) && !leads).then(|| &text[..=end])
}

/// The name at the beginning of `text` that a forge would call somebody by: `@ada`, `@types/node`.
fn called(text: &str) -> Option<&str> {
    let name = text.strip_prefix('@')?;
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '/' | '.'))
        .unwrap_or(name.len());
    let name = name[..end].trim_end_matches(['.', '-', '/']);
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        .then(|| &text[..=name.len()])
}

fn needs_escape(c: char, before: char, after: char) -> bool {
    match c {
        '\\' | '`' | '*' | '[' | ']' | '~' => true,
        // `a < b` is a comparison, and `<b` a tag.
        '<' => !after.is_whitespace() && !matches!(after, '=' | '-' | '0'..='9'),
        // Within a word it is a letter.
        '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
        '&' => after == '#' || after.is_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};

    use super::*;

    #[test]
    fn what_titles_hold_shows_as_it_is_written() {
        let cases = [
            ("Fix `parse_range` for x_y", "Fix `parse_range` for x_y"),
            ("Fix a < b and c <= d", "Fix a < b and c <= d"),
            ("Use ``a ` b`` here", "Use ``a ` b`` here"),
            ("Drop *args and _kwargs", "Drop \\*args and \\_kwargs"),
            ("[click](javascript:x)", "\\[click\\](javascript:x)"),
            ("![p](http://t.test/x)", "!\\[p\\](http://t.test/x)"),
            ("<img src=x>", "\\<img src=x>"),
            (
                "Drop #[allow(warnings)] here",
                "Drop #[allow(warnings)] here",
            ),
            ("[x] done", "\\[x\\] done"),
            ("See [a]: b and [^1]", "See \\[a\\]: b and \\[^1\\]"),
            ("an open ` tick", "an open \\` tick"),
            (
                "Thanks @everyone, bump @types/node.",
                "Thanks `@everyone`, bump `@types/node`.",
            ),
            ("mail a@b.c", "mail a@b.c"),
            ("# big", "\\# big"),
            ("#12 is right", "#12 is right"),
            ("- item", "\\- item"),
            ("--flag is read", "--flag is read"),
            ("1. first", "1\\. first"),
            ("1.5 is read", "1.5 is read"),
            ("> quote", "\\> quote"),
            ("a\u{202e}b\u{200b}c\r\n# d", "abc # d"),
            ("AT&T &amp; R&D", "AT\\&T \\&amp; R\\&D"),
        ];
        for (text, expected) in cases {
            assert_eq!(inline(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_from_outside_becomes_a_link_a_picture_html_or_a_block() {
        let hostile = [
            "[a](b)",
            "![a](b)",
            "<script>",
            "<http://a.test>",
            "[a]: b",
            "# a",
            "> a",
            "- a",
            "* a",
            "+ a",
            "1) a",
            "---",
            "***",
            "___",
            "===",
            "\\[a](b)",
            "`a](b)",
            "``a`[x](y)",
            "a\n\n# b",
            "<!-- x",
            "&lt;b&gt;",
            "[a][b]",
            "\\",
            "\\`[x](y)`",
            "```",
            "~~~",
            "[^1]",
            "a\u{2028}# b",
        ];
        for text in hostile {
            let markdown = format!("- {}\n", inline(text));
            let bad = Parser::new(&markdown).filter(|event| {
                !matches!(
                    event,
                    Event::Text(_)
                        | Event::Code(_)
                        | Event::Start(Tag::List(None) | Tag::Item | Tag::Paragraph)
                        | Event::End(TagEnd::List(false) | TagEnd::Item | TagEnd::Paragraph)
                )
            });
            assert_eq!(bad.collect::<Vec<_>>(), [], "{text}: {markdown}");
            let lists =
                Parser::new(&markdown).filter(|event| matches!(event, Event::Start(Tag::List(_))));
            assert_eq!(lists.count(), 1, "{text}: {markdown}");
        }
    }
}
