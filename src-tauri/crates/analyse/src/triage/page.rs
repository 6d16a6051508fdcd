//! An issue's text taken apart: headings with their first answer, prose, code, tables.
//!
//! Headings are what Markdown and issue forms make of them; nothing is rendered.

use std::sync::LazyLock;

use regex::Regex;

use super::Report;

/// An issue, taken apart.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Headings with the first line below them, in order.
    pub(super) sections: Vec<(String, String)>,
    /// What people wrote: no code, tables, tags, addresses or pictures.
    pub(super) prose: String,
    /// Code blocks.
    pub(super) blocks: usize,
    /// Lines that begin with a number, and with a bullet.
    pub(super) numbered: usize,
    pub(super) bullets: usize,
    /// The text without comments of the template.
    pub(super) text: String,
}

static COMMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)<!--.*?-->").expect("a valid pattern"));
static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(?:#{1,6}\s*(.+?)\s*#*|\*\*(.+?)\*\*:?|__(.+?)__:?|([A-Z][\w /'’]{2,50}):)\s*$",
    )
    .expect("a valid pattern")
});
static NUMBERED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*\d+[.)]\s").expect("a valid pattern"));
static NOISE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"!\[[^\]]*\]\([^)]*\)|https?://\S+").expect("a valid pattern"));

/// Text beyond this many bytes is not read: nobody explains themselves that late.
const LONGEST: usize = 1 << 16;

impl Page {
    pub(super) fn of(report: &Report) -> Self {
        let body = cut(&report.body, LONGEST).replace('\r', "");
        let text = COMMENT.replace_all(&body, " ").into_owned();
        let mut page = Self::default();
        let mut prose = String::new();
        let mut in_code = false;
        let mut after_blank = false;
        for line in text.lines() {
            let written = line.trim();
            if written.starts_with("```") || written.starts_with("~~~") {
                in_code = !in_code;
                page.blocks += usize::from(in_code);
                continue;
            }
            if in_code {
                continue;
            }
            if let Some(found) = HEADING.captures(line) {
                let heading = found.iter().skip(1).flatten().next();
                let heading = heading.map_or("", |found| found.as_str());
                page.sections.push((heading.to_lowercase(), String::new()));
                continue;
            }
            let is_table = written.starts_with('|') || written.matches('|').count() >= 3;
            let is_code = after_blank && line.starts_with("    ");
            if is_table || written.starts_with('<') || is_code {
                continue;
            }
            after_blank = written.is_empty();
            page.numbered += usize::from(NUMBERED.is_match(line));
            page.bullets += usize::from(written.starts_with("- ") || written.starts_with("* "));
            if let Some((_, answer)) = page.sections.last_mut()
                && answer.is_empty()
            {
                *answer = written.to_lowercase();
            }
            prose.push_str(written);
            prose.push('\n');
        }
        page.prose = NOISE.replace_all(&prose, " ").into_owned();
        page.text = text;
        page
    }
}

/// The first `bytes` of `text`, whole letters.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// `text` as words between single spaces, with a space at both ends: lower case, `?`, `!` and `[` words of their own.
pub(super) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    let mut in_word = false;
    for letter in text.chars().flat_map(char::to_lowercase) {
        let letter = if letter == '’' { '\'' } else { letter };
        if letter.is_alphanumeric() || letter == '_' || letter == '\'' {
            words.push(letter);
            in_word = true;
            continue;
        }
        if in_word {
            words.push(' ');
        }
        in_word = false;
        if matches!(letter, '?' | '!' | '[') {
            words.push(letter);
            words.push(' ');
        }
    }
    if in_word {
        words.push(' ');
    }
    words
}
