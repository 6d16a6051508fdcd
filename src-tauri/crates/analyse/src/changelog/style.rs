//! The style of a changelog's entries, told by those that are there.

use std::sync::LazyLock;

use regex::Regex;

use crate::changelog::layout::{Layout, is_entry};

/// Entries looked at, the newest first.
const SAMPLE: usize = 60;

/// How entries name their pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reference {
    None,
    /// `(#42)`.
    Plain,
    /// `#42` at the end.
    Bare,
    /// `([#42](url))` or `[#42](url)`; the address up to the number.
    Link {
        url: String,
        parentheses: bool,
    },
    /// `by @ada in url`, as GitHub's own notes have it; the address up to the number.
    ByIn {
        url: String,
    },
}

/// How entries name their author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credit {
    None,
    /// `by @ada`.
    By,
    /// `(@ada)`.
    Parentheses,
    /// `@ada (#42)`, as release-drafter has it.
    Before,
    /// `[@ada](https://…/ada)`.
    Link,
}

/// How entries name a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    None,
    /// `*(parser)* text`.
    Italic,
    /// `**parser:** text`.
    Bold,
    /// `parser: text`.
    Plain,
}

/// How entries name their commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hash {
    None,
    /// `(9d1c0e2)`.
    Plain,
    /// `([9d1c0e2](url))`; the address up to the hash.
    Link(String),
}

/// Where entries have a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dot {
    None,
    /// `Text. (#42)`, and `Text.` without a reference.
    BehindText,
    /// `Text (#42).`
    AtEnd,
}

/// The style of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Style {
    /// `\n` or `\r\n`.
    pub(crate) line_end: &'static str,
    /// What stands before an entry's text: `- `, `* `, ` - `.
    pub(crate) bullet: String,
    pub(crate) reference: Reference,
    /// What stands before a number: `#`, or `!` for a merge request.
    pub(crate) mark: char,
    pub(crate) credit: Credit,
    pub(crate) scope: Scope,
    pub(crate) hash: Hash,
    pub(crate) dot: Dot,
    /// Entries begin with a capital.
    pub(crate) capital: bool,
    /// The longest line, if entries are wrapped.
    pub(crate) width: Option<usize>,
    /// A new entry goes above the others.
    pub(crate) newest_first: bool,
    /// A blank line stands between a heading and what follows.
    pub(crate) blank_below_heading: bool,
    /// A blank line stands between entries.
    pub(crate) blank_between: bool,
    /// How entries say that they break something.
    pub(crate) breaking: Option<String>,
    /// The word for what breaks something, where none of the entries shows one.
    pub(crate) breaking_word: &'static str,
    /// Entries this was told by.
    pub(crate) samples: usize,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static BULLET: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s{0,3}[-*+•]\s+"));
static LINK: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(\()?\[[#!](\d+)\]\(((?:https?://|/)\S*?)(\d+)\)"));
static BY_IN: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\bby @[\w-]+ in (https?://\S+/)(\d+)\s*$"));
static CREDIT_BEFORE: LazyLock<Regex> = LazyLock::new(|| regex(r"\s@[\w-]+(?:\[bot\])? \(\[?#\d+"));
static PLAIN: LazyLock<Regex> = LazyLock::new(|| regex(r"\((?:[A-Za-z]+ )?[#!](\d+)\)"));
static BARE: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:^|\s)[#!](\d+)[.,;)]?\s*$"));
static MERGE_REQUEST: LazyLock<Regex> = LazyLock::new(|| regex(r"(?:^|[\s(\[])!\d+"));
static HASH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\((?:\[)?([0-9a-f]{7,12})(?:\]\((\S*?)[0-9a-f]{7,40}\))?\)"));
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:[\s,]*(?:\(?\[?[#!]\d+\]?(?:\([^)]*\))?\)?|\(?(?:by )?\[?@[\w-]+\]?(?:\([^)]*\))?\)?|\(\[?[0-9a-f]{7,12}\]?(?:\([^)]*\))?\)|in https?://\S+))+\.?\s*$",
    )
});
static SCOPED: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:\*\([^)]*\)\*|\*\*[^*]+:\*\*)\s*"));
static BREAKING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(\*\*BREAKING:?\*\*:?|\*\*Breaking:?\*\*:?|\*\*\[?BREAKING\]?:?\*\*|BREAKING:|Breaking:|\[\*\*breaking\*\*\]|\*\*Breaking change:?\*\*:?)\s",
    )
});

impl Style {
    /// True if no entry is there to tell the style by.
    pub(crate) fn is_unknown(&self) -> bool {
        self.samples == 0
    }

    pub(crate) fn read(text: &str, layout: &Layout) -> Self {
        let samples = samples(layout);
        let count = samples.len();
        // A habit is what at least half of the entries show.
        let habit = |of: &dyn Fn(&str) -> bool| {
            count > 0 && samples.iter().filter(|entry| of(&entry.text)).count() * 2 >= count
        };
        let first = |pattern: &Regex, group: usize| {
            samples.iter().find_map(|entry| {
                pattern
                    .captures(&entry.text)?
                    .get(group)
                    .map(|found| found.as_str().to_owned())
            })
        };
        let reference = if habit(&|text| BY_IN.is_match(text)) {
            Reference::ByIn {
                url: first(&BY_IN, 1).unwrap_or_default(),
            }
        } else if habit(&|text| LINK.is_match(text)) {
            Reference::Link {
                url: first(&LINK, 3).unwrap_or_default(),
                parentheses: habit(&|text| text.contains("([#") || text.contains("([!")),
            }
        } else if habit(&|text| PLAIN.is_match(text)) {
            Reference::Plain
        } else if habit(&|text| BARE.is_match(text)) {
            Reference::Bare
        } else {
            Reference::None
        };
        let credit = match reference {
            Reference::ByIn { .. } => Credit::None,
            _ if habit(&|text| text.contains("[@")) => Credit::Link,
            _ if habit(&|text| text.contains("by @")) => Credit::By,
            _ if habit(&|text| text.contains("(@")) => Credit::Parentheses,
            _ if habit(&|text| CREDIT_BEFORE.is_match(text)) => Credit::Before,
            _ => Credit::None,
        };
        let some = |of: &dyn Fn(&str) -> bool| {
            samples.iter().filter(|entry| of(&entry.text)).count() * 5 >= count.max(1)
        };
        let scope = if some(&|text| text.starts_with("*(")) {
            Scope::Italic
        } else if some(&|text| text.starts_with("**") && text.contains(":** ")) {
            Scope::Bold
        } else if habit(&|text| {
            text.split(' ')
                .next()
                .is_some_and(|word| word.len() > 2 && word.ends_with(':') && !word.contains('`'))
        }) {
            Scope::Plain
        } else {
            Scope::None
        };
        let hash = match (habit(&|text| HASH.is_match(text)), first(&HASH, 2)) {
            (false, _) => Hash::None,
            (true, None) => Hash::Plain,
            (true, Some(url)) => Hash::Link(url),
        };
        let own = |text: &str| TAIL.replace(text, "").trim_end().to_owned();
        let lengths = samples.iter().filter(|entry| entry.lines > 1).count();
        let widest = samples
            .iter()
            .filter(|entry| entry.lines > 1)
            .map(|entry| entry.widest)
            .max();
        let numbers: Vec<Vec<u64>> = runs(&samples);
        let (mut rising, mut falling) = (0, 0);
        for pair in numbers.iter().flat_map(|run| run.windows(2)) {
            rising += usize::from(pair[0] < pair[1]);
            falling += usize::from(pair[0] > pair[1]);
        }
        let below: Vec<bool> = layout
            .headings
            .iter()
            .filter_map(|heading| layout.lines.get(heading.line + heading.lines))
            .map(|line| line.trim().is_empty())
            .collect();
        let between = samples
            .windows(2)
            .filter(|pair| pair[0].list == pair[1].list);
        let (apart, pairs) = between.fold((0, 0), |(apart, pairs), pair| {
            (apart + usize::from(pair[1].blank_before), pairs + 1)
        });
        Self {
            samples: count,
            breaking_word: layout.language().breaking,
            line_end: if text
                .split_once('\n')
                .is_some_and(|(line, _)| line.ends_with('\r'))
            {
                "\r\n"
            } else {
                "\n"
            },
            bullet: samples
                .first()
                .map_or_else(|| "- ".into(), |entry| entry.bullet.clone()),
            reference,
            mark: if some(&|text| MERGE_REQUEST.is_match(text)) {
                '!'
            } else {
                '#'
            },
            credit,
            scope,
            hash,
            dot: if habit(&|text| own(text).ends_with('.')) {
                Dot::BehindText
            } else if habit(&|text| text.ends_with('.')) {
                Dot::AtEnd
            } else {
                Dot::None
            },
            capital: count == 0
                || habit(&|text| {
                    !SCOPED
                        .replace(text, "")
                        .trim_start_matches(['*', '(', '`'])
                        .starts_with(|c: char| c.is_lowercase())
                }),
            width: widest
                .filter(|widest| lengths * 4 >= count && *widest <= 110)
                .map(|widest| widest.max(60)),
            newest_first: falling > rising,
            blank_below_heading: below.is_empty()
                || below.iter().filter(|blank| **blank).count() * 2 >= below.len(),
            blank_between: pairs > 0 && apart * 2 > pairs,
            breaking: samples
                .iter()
                .find_map(|entry| Some(BREAKING.captures(&entry.text)?[1].to_owned())),
        }
    }
}

/// An entry that is there, on one line.
struct Sample {
    bullet: String,
    text: String,
    lines: usize,
    widest: usize,
    /// Which list it is in, by the line of the heading above.
    list: usize,
    blank_before: bool,
}

fn samples(layout: &Layout) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    let mut list = 0;
    let mut blank = false;
    let mut open = false;
    let end = layout
        .versions
        .last()
        .map_or(layout.lines.len(), |version| version.end);
    for (number, line) in layout.lines.iter().enumerate().take(end) {
        if layout.headings.iter().any(|heading| heading.line == number) {
            list = number;
            open = false;
        } else if line.trim().is_empty() {
            open = false;
        } else if is_entry(line) && BULLET.is_match(line) {
            let bullet = BULLET
                .find(line)
                .map_or("- ", |found| found.as_str())
                .to_owned();
            samples.push(Sample {
                text: line[bullet.len()..].trim_end().to_owned(),
                bullet,
                lines: 1,
                widest: line.chars().count(),
                list,
                blank_before: blank,
            });
            open = true;
            if samples.len() > SAMPLE {
                break;
            }
        } else if open
            && line.starts_with(' ')
            && !is_entry(line)
            && let Some(last) = samples.last_mut()
        {
            last.lines += 1;
            last.widest = last.widest.max(line.chars().count());
            last.text = format!("{} {}", last.text, line.trim());
        } else {
            open = false;
        }
        blank = line.trim().is_empty();
    }
    samples
}

/// The numbers that the entries of each list name, in order.
fn runs(samples: &[Sample]) -> Vec<Vec<u64>> {
    let mut runs: Vec<Vec<u64>> = Vec::new();
    let mut list = usize::MAX;
    for sample in samples {
        if sample.list != list {
            runs.push(Vec::new());
            list = sample.list;
        }
        let number = sample
            .text
            .rsplit('#')
            .next()
            .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
            .filter(|_| sample.text.contains('#'))
            .and_then(|digits| digits.parse().ok());
        if let (Some(number), Some(run)) = (number, runs.last_mut()) {
            run.push(number);
        }
    }
    runs
}
