//! Text from outside as a notification server may show it.

/// `text` on one line without control and bidirectional characters, in at most `limit` characters.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let visible: String = words.join(" ").chars().filter(|&c| !is_hidden(c)).collect();
    if visible.chars().count() <= limit {
        return visible;
    }
    let cut: String = visible.chars().take(limit - 1).collect();
    format!("{}…", cut.trim_end())
}

/// `text` for a server that reads markup in bodies (Desktop Notifications 1.2, "Markup").
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Characters that are not seen or that change the order in which others are seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_plainly() {
        let cases = [
            ("a\u{202e}b\u{7}c\nd", "abc d"),
            ("  much   space ", "much space"),
            ("one two three four", "one two…"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text, 10), expected);
        }
        assert_eq!(escaped("<b>a & b</b>"), "&lt;b&gt;a &amp; b&lt;/b&gt;");
    }
}
