//! The heading of a new version, in the manner of one that is there.

use std::sync::LazyLock;

use jiff::Timestamp;
use regex::{Captures, Regex};

static ISO: LazyLock<Regex> = LazyLock::new(|| regex(r"\b\d{4}-\d{2}-\d{2}\b"));
static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\d+\.\d+(?:\.\d+)*(?:[-.]?(?:rc|alpha|beta|pre|dev|a|b)[\w.-]*)?"));
static COMPARE: LazyLock<Regex> = LazyLock::new(|| regex(r"(compare/)[^)\s]+?(\.\.\.?)[^)\s]+"));

/// Ways of writing a day, other than ISO 8601's, as a pattern and as jiff writes them.
static DAYS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\b\d{4}/\d{2}/\d{2}\b", "%Y/%m/%d"),
        (r"\b\d{2}\.\d{2}\.\d{4}\b", "%d.%m.%Y"),
        (r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, \d{4}\b", "%B %-d, %Y"),
        (r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}\b", "%-d %B %Y"),
        (r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2}, \d{4}\b", "%b %-d, %Y"),
        (r"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b", "%-d %b %Y"),
    ]
    .into_iter()
    .map(|(pattern, format)| (regex(pattern), format))
    .collect()
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

/// A version that came out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Released<'a> {
    /// `1.3.0`.
    pub(crate) number: &'a str,
    /// When.
    pub(crate) at: Timestamp,
    /// The tag before it, and its own.
    pub(crate) tags: (Option<&'a str>, &'a str),
}

/// `model`, the heading of another version, with this version's number, day and tags.
pub(crate) fn heading(model: &str, released: &Released<'_>) -> String {
    let with_day = |text: &str| {
        let iso = ISO
            .replace_all(text, released.at.strftime("%Y-%m-%d").to_string().as_str())
            .into_owned();
        DAYS.iter().fold(iso, |text, (pattern, format)| {
            pattern
                .replace_all(&text, released.at.strftime(format).to_string().as_str())
                .into_owned()
        })
    };
    let compare = |found: &Captures<'_>| match released.tags.0 {
        Some(from) => format!("{}{from}{}{}", &found[1], &found[2], released.tags.1),
        None => found[0].to_owned(),
    };
    // The address first: its numbers are tags, not the version.
    let (words, address) = match model.split_once("](") {
        Some((words, address)) => {
            let (address, rest) = address.split_once(')').unwrap_or((address, ""));
            let named = model_number(words);
            let address = if COMPARE.is_match(address) {
                COMPARE.replace(address, compare).into_owned()
            } else if let Some(number) = named {
                address.replace(number, released.number)
            } else {
                address.to_owned()
            };
            (words, Some((address, rest)))
        }
        None => (model, None),
    };
    let words = with_day(words);
    let words = match model_number(&words) {
        Some(number) => words.replacen(number, released.number, 1),
        None => words.clone(),
    };
    match address {
        Some((address, rest)) => format!("{words}]({address}){}", with_day(rest)),
        None => words,
    }
}

/// The number of the version a heading names.
fn model_number(words: &str) -> Option<&str> {
    NUMBER.find(words).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_written_as_the_others_are() {
        let released = Released {
            number: "1.3.0",
            at: "2026-03-04T05:06:07Z".parse().unwrap(),
            tags: (Some("v1.2.0"), "v1.3.0"),
        };
        for (model, expected) in [
            ("[1.2.0] - 2026-01-02", "[1.3.0] - 2026-03-04"),
            ("1.2.0 (January 2, 2026)", "1.3.0 (March 4, 2026)"),
            ("v1.2", "v1.3.0"),
            ("Version 1.2.0 / 2. 1.", "Version 1.3.0 / 2. 1."),
            ("1.2.0 — 02.01.2026", "1.3.0 — 04.03.2026"),
            (
                "[1.2.0](https://f.test/a/b/compare/v1.1.0...v1.2.0) (2026-01-02)",
                "[1.3.0](https://f.test/a/b/compare/v1.2.0...v1.3.0) (2026-03-04)",
            ),
            (
                "[1.2.0](https://f.test/a/b/releases/1.2.0)",
                "[1.3.0](https://f.test/a/b/releases/1.3.0)",
            ),
            ("web 1.2.0-rc.1", "web 1.3.0"),
        ] {
            assert_eq!(heading(model, &released), expected);
        }
    }
}
