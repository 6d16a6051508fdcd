//! A notice's words as a desktop may show them.
//!
//! They come from titles and logs that strangers write: nothing hidden, nothing that reorders, no markup, no
//! more than fits.

use perch_core::seam::notifier::{Button, Notice};

/// Characters of a title.
const TITLE: usize = 60;
/// Lines of a body, and characters of each: enough to name in full what a button does.
const LINES: usize = 2;
const LINE: usize = 320;
/// Characters of a button, and how many buttons stand side by side everywhere.
const LABEL: usize = 32;
const BUTTONS: usize = 3;

/// What a server can do that changes the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Abilities {
    /// It shows buttons.
    pub(crate) actions: bool,
    /// It reads markup in bodies.
    pub(crate) markup: bool,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) buttons: Vec<Button>,
    /// True if presses on it will be reported.
    pub(crate) pressable: bool,
}

impl Words {
    pub(crate) fn of(notice: &Notice, abilities: Abilities) -> Self {
        let mut lines: Vec<String> = notice
            .body
            .lines()
            .map(|line| plain(line, LINE))
            .filter(|line| !line.is_empty())
            .take(LINES)
            .collect();
        if !abilities.actions {
            lines.push("Open Perch to act on it.".into());
        }
        let body = lines.join("\n");
        let buttons = notice
            .buttons
            .iter()
            .filter(|_| abilities.actions)
            .take(BUTTONS)
            .map(|button| Button {
                id: button.id.clone(),
                label: plain(&button.label, LABEL),
            })
            .collect();
        Self {
            title: plain(&notice.title, TITLE),
            body: if abilities.markup {
                escaped(&body)
            } else {
                body
            },
            buttons,
            pressable: abilities.actions,
        }
    }
}

/// `text` as one line of at most `limit` characters, without what is not seen or reorders what is.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    let seen: String = text
        .chars()
        .filter(|&c| c.is_whitespace() || !is_hidden(c))
        .collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let cut: String = line.chars().take(limit - 1).collect();
    format!("{}…", cut.trim_end())
}

/// Joiners stay: emoji and several scripts are written with them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Desktop Notifications 1.2, section "Markup": the body alone, and with XML's entities.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use perch_core::suggestion::Level;

    use super::*;

    fn notice(title: &str, body: &str, labels: &[&str]) -> Notice {
        Notice {
            tag: "one".into(),
            title: title.into(),
            body: body.into(),
            buttons: labels
                .iter()
                .map(|label| Button {
                    id: format!("id of {label}"),
                    label: (*label).into(),
                })
                .collect(),
            level: Level::Normal,
        }
    }

    #[test]
    fn hostile_text_is_shown_as_the_plain_line_it_is() {
        let cases = [
            ("fix\u{202e}drow\u{202c} ssap", "fixdrow ssap"),
            ("a\u{7}b\u{1b}[31mc\u{0}", "ab[31mc"),
            ("  much \t space\r\n here ", "much space here"),
            ("in\u{200b}vis\u{feff}ible\u{e0041}", "invisible"),
            (
                "👩\u{200d}🔧 می\u{200c}خواهم",
                "👩\u{200d}🔧 می\u{200c}خواهم",
            ),
            ("ten chars!", "ten chars!"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text, 40), expected);
        }
        assert_eq!(plain("one two three four", 9), "one two…");
        assert_eq!(plain("ééééé", 4), "ééé…");
    }

    #[test]
    fn markup_is_escaped_only_where_it_would_be_read() {
        let notice = notice("<b>Loud</b>", "<a href=\"x\">A & 'B'</a>", &[]);
        let words = |markup| {
            Words::of(
                &notice,
                Abilities {
                    actions: true,
                    markup,
                },
            )
        };
        assert_eq!(words(false).body, "<a href=\"x\">A & 'B'</a>");
        assert_eq!(
            words(true).body,
            "&lt;a href=&quot;x&quot;&gt;A &amp; &apos;B&apos;&lt;/a&gt;"
        );
        assert_eq!(words(true).title, "<b>Loud</b>", "titles are plain text");
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let long = "x".repeat(500);
        let words = Words::of(
            &notice(
                &long,
                &format!("{long}\n\n{long}\nthird"),
                &["A", "B", "C", "D"],
            ),
            Abilities {
                actions: true,
                markup: true,
            },
        );
        assert_eq!(words.title.chars().count(), 60);
        let lines: Vec<usize> = words
            .body
            .lines()
            .map(|line| line.chars().count())
            .collect();
        assert_eq!(lines, [LINE, LINE]);
        let labels: Vec<&str> = words.buttons.iter().map(|one| one.label.as_str()).collect();
        assert_eq!(labels, ["A", "B", "C"]);
    }

    #[test]
    fn without_buttons_the_body_says_where_they_are() {
        let words = Words::of(
            &notice(
                "Build failed",
                "acme/api · Create fix branch",
                &["Create fix branch"],
            ),
            Abilities {
                actions: false,
                markup: true,
            },
        );
        assert_eq!(
            words,
            Words {
                title: "Build failed".into(),
                body: "acme/api · Create fix branch\nOpen Perch to act on it.".into(),
                buttons: Vec::new(),
                pressable: false,
            }
        );
    }
}
