//! A document's outline, read from a template or from one that is there, and filled with what is known.
//!
//! Headings, their order and level, the fields above them and the hints of a template stay as they are; what nobody
//! told is marked [`TODO`].

use std::sync::LazyLock;

use regex::Regex;

use super::TODO;
use super::folder::slug;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)<!--.*?-->"));
static HEADING: LazyLock<Regex> = LazyLock::new(|| regex(r"^(#{1,6})\s+(.*?)\s*#*$"));
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(\s{0,3}(?:[-*+]\s+)?(?:\*\*|__)?)([\p{L}][\p{L} /_-]{1,40}?)((?:\*\*|__)?:(?:\*\*|__)?)(?:\s+(.*))?$",
    )
});
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\{([^{}\n]+)\}|<([\p{L}][^<>\n]* [^<>\n]*)>|\[([^\[\]\n]* [^\[\]\n]*)\](?:$|[^(\[:])")
});
static TITLE_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^((?:(?i:ADR|RFC|RFD|DR|PM|Decision|Proposal|Incident|Postmortem))?[ #-]*)(\d{1,6}|NUMBER|N{3,5}|X{3,5})(\s*[.:)]?(?:\s*[-–—:])?\s+)",
    )
});

/// What is known and where it goes.
pub(super) struct Filling<'a> {
    /// The document's title, as Markdown within a line.
    pub(super) title: String,
    /// Its number as files write it.
    pub(super) number: Option<String>,
    /// The day it is.
    pub(super) today: String,
    /// Who writes.
    pub(super) author: Option<String>,
    /// The word for a document that is not decided yet, in the documents' own language.
    pub(super) status: Option<String>,
    /// Fields that are known, by a word of their name.
    pub(super) fields: Vec<(&'a str, String)>,
    /// What stands below a heading, as Markdown, if something is known.
    pub(super) section: &'a dyn Fn(&str) -> Option<String>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `---`, fields and `---`.
    Front(Vec<String>),
    Heading {
        level: usize,
        text: String,
    },
    /// Lines below a heading, or above the first.
    Body(Vec<String>),
}

/// A document taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    parts: Vec<Part>,
    /// True when it is a template, so that its bodies are hints and not somebody else's words.
    hints: bool,
    /// The heading that is the document's title, if it has one.
    title: Option<String>,
}

impl Outline {
    /// The outline of a template.
    pub(super) fn template(text: &str) -> Self {
        Self::read(text, true)
    }

    /// The outline of a document that is there: its headings and fields without what they hold.
    pub(super) fn example(text: &str) -> Self {
        Self::read(text, false)
    }

    /// An outline of these sections below a title.
    pub(super) fn of(sections: &[&str]) -> Self {
        let sections: Vec<String> = sections.iter().map(|name| format!("## {name}\n")).collect();
        Self::read(
            &format!("# Title\n\nDate: {TODO}\n\n{}", sections.join("\n")),
            true,
        )
    }

    fn read(text: &str, hints: bool) -> Self {
        let text = COMMENT
            .replace_all(&text.replace("\r\n", "\n"), "")
            .into_owned();
        let mut lines = text.lines().peekable();
        let mut parts = Vec::new();
        if lines.peek().is_some_and(|line| line.trim_end() == "---") {
            lines.next();
            let front: Vec<String> = lines
                .by_ref()
                .take_while(|line| line.trim_end() != "---")
                .map(str::to_owned)
                .collect();
            parts.push(Part::Front(front));
        }
        let mut body = Vec::new();
        let mut fenced = false;
        for line in lines {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            match HEADING.captures(line).filter(|_| !fenced) {
                Some(found) => {
                    parts.push(Part::Body(std::mem::take(&mut body)));
                    parts.push(Part::Heading {
                        level: found[1].len(),
                        text: found[2].to_owned(),
                    });
                }
                None => body.push(line.to_owned()),
            }
        }
        parts.push(Part::Body(body));
        parts.retain(|part| !matches!(part, Part::Body(lines) if lines.iter().all(|line| line.trim().is_empty())));
        let headings: Vec<(usize, &String)> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Heading { level, text } => Some((*level, text)),
                _ => None,
            })
            .collect();
        // One heading above all others is the title; where several stand at the top, all are sections.
        let title = match headings.as_slice() {
            [(top, first), rest @ ..] if rest.iter().all(|(level, _)| level > top) => {
                Some((*first).clone())
            }
            _ => None,
        };
        Self {
            parts,
            hints,
            title,
        }
    }

    /// The headings below the title.
    pub(super) fn headings(&self) -> Vec<&str> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                Part::Heading { text, .. } if Some(text) != self.title.as_ref() => {
                    Some(text.as_str())
                }
                _ => None,
            })
            .collect()
    }

    /// Only the headings that `others` have as well, by half of them.
    pub(super) fn common(mut self, others: &[Self]) -> Self {
        let often = |text: &str| {
            let count = others
                .iter()
                .filter(|other| {
                    other
                        .headings()
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(text))
                })
                .count();
            count * 2 >= others.len()
        };
        let mut kept = true;
        let title = self.title.clone();
        self.parts.retain(|part| {
            if let Part::Heading { text, .. } = part {
                kept = title.as_ref() == Some(text) || often(text);
            }
            kept
        });
        self
    }

    /// What its field or section of this name says, in one line.
    pub(super) fn said(&self, name: &str) -> Option<String> {
        let mut under = false;
        for part in &self.parts {
            match part {
                Part::Front(lines) | Part::Body(lines) => {
                    if under {
                        return lines
                            .iter()
                            .find(|line| !line.trim().is_empty())
                            .map(|line| line.trim().to_owned());
                    }
                    let field = lines
                        .iter()
                        .filter_map(|line| FIELD.captures(line))
                        .find(|found| found[2].eq_ignore_ascii_case(name));
                    if let Some(value) = field.and_then(|found| {
                        found.get(4).map(|value| value.as_str().trim().to_owned())
                    }) {
                        return Some(value);
                    }
                }
                Part::Heading { text, .. } => under = text.eq_ignore_ascii_case(name),
            }
        }
        None
    }

    /// The document with everything that is known in its place. `sample` is the title of one that is there, with its number.
    pub(super) fn fill(&self, filling: &Filling<'_>, sample: Option<(&str, u64)>) -> String {
        let mut blocks: Vec<String> = Vec::new();
        let mut heading: Option<&str> = None;
        let mut open = false;
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Front(lines) => {
                    let lines: Vec<String> =
                        lines.iter().map(|line| self.field(line, filling)).collect();
                    blocks.push(format!("---\n{}\n---", lines.join("\n")));
                }
                Part::Heading { level, text } => {
                    self.leave(&mut open, heading, at, filling, &mut blocks);
                    let is_title = Some(text) == self.title.as_ref();
                    let shown = if is_title {
                        titled(text, sample, filling)
                    } else {
                        text.clone()
                    };
                    blocks.push(format!("{} {shown}", "#".repeat(*level)));
                    heading = (!is_title).then_some(text.as_str());
                    open = !is_title;
                }
                Part::Body(lines) => {
                    let body = match heading {
                        Some(heading) => self.below(heading, lines, filling),
                        None => self.fields(lines, filling),
                    };
                    if !body.is_empty() {
                        blocks.push(body);
                    }
                    open = false;
                }
            }
        }
        self.leave(&mut open, heading, self.parts.len(), filling, &mut blocks);
        format!("{}\n", blocks.join("\n\n"))
    }

    /// Fills a heading with nothing below it, unless what follows are its own parts.
    fn leave(
        &self,
        open: &mut bool,
        heading: Option<&str>,
        next: usize,
        filling: &Filling<'_>,
        blocks: &mut Vec<String>,
    ) {
        let Some(heading) = heading.filter(|_| *open) else {
            return;
        };
        *open = false;
        let own = |at: usize| match self.parts.get(at) {
            Some(Part::Heading { level, .. }) => *level,
            _ => 0,
        };
        let holds_parts = next > 0 && own(next) > own(next - 1);
        match self.known(heading, filling) {
            Some(text) => blocks.push(text),
            None if holds_parts => {}
            None => blocks.push(TODO.into()),
        }
    }

    fn known(&self, heading: &str, filling: &Filling<'_>) -> Option<String> {
        if is_status(heading) {
            return filling.status.clone();
        }
        (filling.section)(heading)
    }

    fn below(&self, heading: &str, lines: &[String], filling: &Filling<'_>) -> String {
        if let Some(text) = self.known(heading, filling) {
            return text;
        }
        if !self.hints {
            return TODO.into();
        }
        hinted(lines)
    }

    /// The fields above the first section; other words there are kept only from a template.
    fn fields(&self, lines: &[String], filling: &Filling<'_>) -> String {
        let known = |line: &&String| self.hints || FIELD.is_match(line) || line.trim().is_empty();
        let lines: Vec<String> = lines
            .iter()
            .filter(known)
            .map(|line| {
                if line.trim().is_empty() {
                    String::new()
                } else {
                    self.field(line, filling)
                }
            })
            .collect();
        lines.join("\n").trim_matches('\n').to_owned()
    }

    fn field(&self, line: &str, filling: &Filling<'_>) -> String {
        let Some(found) = FIELD.captures(line) else {
            let line = line
                .replace("NUMBER", filling.number.as_deref().unwrap_or_default())
                .replace("TITLE", &filling.title);
            return PLACEHOLDER.replace_all(&line, TODO).into_owned();
        };
        let name = found[2].trim().to_lowercase();
        let value = found.get(4).map_or("", |value| value.as_str());
        let known = filling
            .fields
            .iter()
            .find(|(word, _)| name.split([' ', '-', '_']).any(|part| part == *word));
        let value = if let Some((_, value)) = known {
            value.clone()
        } else if is_status(&name) || name == "state" {
            filling.status.clone().unwrap_or_else(|| TODO.into())
        } else if [
            "date", "datum", "fecha", "data", "дата", "日期", "created", "updated",
        ]
        .iter()
        .any(|word| name.contains(word))
        {
            filling.today.clone()
        } else if name == "feature name" {
            // Rust's RFCs and what follows them: an identifier.
            format!("`{}`", slug(&filling.title).replace('-', "_"))
        } else if name.ends_with("name") || name == "title" || name == "titel" {
            filling.title.clone()
        } else if name.starts_with("author") || name == "autor" || name == "auteur" {
            filling.author.clone().unwrap_or_else(|| TODO.into())
        } else if value.is_empty() {
            return line.trim_end().to_owned();
        } else {
            TODO.into()
        };
        format!("{}{}{} {value}", &found[1], &found[2], &found[3])
    }
}

fn is_status(name: &str) -> bool {
    matches!(
        name.to_lowercase().as_str(),
        "status" | "statut" | "estado" | "stato" | "статус" | "状态" | "ステータス" | "stan"
    )
}

/// Hints of a template as things to be done.
fn hinted(lines: &[String]) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut marked = false;
    for line in lines {
        let text = line.trim();
        let dots = text.trim_start_matches(['*', '-', '+', ' ']);
        if matches!(dots, "…" | "..." | "") && !text.is_empty() {
            continue;
        }
        if PLACEHOLDER.is_match(line) {
            let line = PLACEHOLDER.replace_all(line, |found: &regex::Captures<'_>| {
                let text = found
                    .get(1)
                    .or(found.get(2))
                    .or(found.get(3))
                    .map_or("", |text| text.as_str());
                let rest = found.get(0).map_or("", |whole| whole.as_str());
                let behind = if rest.starts_with('[') && !rest.ends_with(']') {
                    &rest[rest.len() - 1..]
                } else {
                    ""
                };
                format!(
                    "{TODO}: {}{behind}",
                    text.trim_end_matches(['…', '.', ',', ' '])
                )
            });
            out.push(line.trim_end().to_owned());
            marked = true;
        } else if text.is_empty() || marked {
            out.push(line.trim_end().to_owned());
        } else {
            marked = true;
            out.push(format!("{TODO}: {text}"));
        }
    }
    let text = out.join("\n");
    let text = text.trim_matches('\n');
    if text.is_empty() {
        TODO.into()
    } else {
        text.to_owned()
    }
}

/// The title's line, numbered as the one that is there.
fn titled(model: &str, sample: Option<(&str, u64)>, filling: &Filling<'_>) -> String {
    let (model, known) = sample.map_or((model, None), |(title, number)| (title, Some(number)));
    let Some(found) = TITLE_NUMBER.captures(model) else {
        return filling.title.clone();
    };
    let digits = &found[2];
    let number = filling
        .number
        .as_deref()
        .unwrap_or_default()
        .trim_start_matches('0');
    let own = digits.parse::<u64>().ok();
    // Digits that are not the document's number are a part of its title.
    if known.is_some() && own != known && own.is_some() || filling.number.is_none() {
        return filling.title.clone();
    }
    let width = if digits.starts_with('0') || own.is_none() && digits != "NUMBER" {
        digits.len()
    } else {
        0
    };
    let number = if number.is_empty() { "0" } else { number };
    format!(
        "{}{number:0>width$}{}{}",
        &found[1], &found[3], filling.title
    )
}

/// The title of a document.
pub(super) fn title(text: &str) -> Option<String> {
    Outline::example(text).title
}
