//! Requests for comments: an issue and what was said about it, sorted into the sections of the repository's RFCs.
//!
//! Everything in it is a quote with its source; nobody's conclusion is drawn for them.

use super::folder::{Custom, Series};
use super::outline::Filling;
use super::quotes::{self, Post, Said};
use super::{About, Ask, Document, Kind, Material, Need, TODO};
use crate::markdown::{inline, visible};

pub(super) static KIND: Rfc = Rfc;

pub(super) struct Rfc;

static ABOUT: About = About {
    name: "Request for comments",
    argument: "Issue, its event, or a title",
    example: "#42",
    required: true,
    needs_checkout: false,
};

static CUSTOM: Custom = Custom {
    folders: &[
        "rfcs",
        "rfc",
        "text",
        "rfds",
        "rfd",
        "proposals",
        "design-docs",
        "enhancements",
    ],
    dated: false,
};

/// Paragraphs of the issue that are quoted.
const PARAGRAPHS: usize = 8;

impl Kind for Rfc {
    fn id(&self) -> &'static str {
        "rfc"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, ask: &Ask, material: &Material) -> Result<Vec<Need>, String> {
        let event = event(&ask.argument).map(Need::Event);
        let thread = number(ask, material).map(Need::Thread);
        let texts = series(material).read().into_iter().map(Need::Text);
        Ok(material.open(event.into_iter().chain(thread).chain(texts)))
    }

    fn write(&self, ask: &Ask, material: &Material) -> Result<Document, String> {
        let asked = visible(&ask.argument);
        if asked.is_empty() {
            return Err("an RFC needs an issue or a title: perch rfc 42".into());
        }
        let number = number(ask, material);
        if number.is_none() && event(&asked).is_some() {
            return Err(
                "this event is about no issue; `perch events \"issue\"` lists those that are"
                    .into(),
            );
        }
        let posts = quotes::posts(&material.thread);
        let title = match number {
            Some(number) => title_of(material).ok_or_else(|| {
                format!(
                    "nothing is known of issue #{number}: `perch events \"issue\"` lists what is; connect the forge, or give a title instead"
                )
            })?,
            None => asked,
        };
        let series = series(material);
        let sections = sections(&posts);
        let headings = series.headings(material, &sections);
        let thread = Thread {
            posts: &posts,
            headings: &headings,
            number,
        };
        let filling = Filling {
            title: inline(&title),
            number: series.next(),
            today: material.today(),
            author: material
                .survey
                .as_ref()
                .and_then(|survey| survey.person.as_deref())
                .map(inline),
            status: series.undecided(material),
            fields: number
                .map(|_| ("issue", thread.issue()))
                .into_iter()
                .collect(),
            section: &|heading| thread.section(heading),
        };
        series.document(title, material, &sections, &filling, Vec::new())
    }
}

fn series(material: &Material) -> Series {
    // A folder called `text` holds RFCs only where their template stands beside it.
    let has_template = material
        .paths()
        .iter()
        .any(|path| path == "0000-template.md");
    let custom = Custom { ..CUSTOM };
    let paths: Vec<String> = material
        .paths()
        .iter()
        .filter(|path| has_template || !path.starts_with("text/"))
        .cloned()
        .collect();
    Series::find(&paths, &custom, None)
}

/// The number of the issue that is meant: as it was given, or of the event that was.
fn number(ask: &Ask, material: &Material) -> Option<u64> {
    let told = material
        .event
        .as_ref()
        .filter(|_| event(&ask.argument).is_some());
    issue(&ask.argument).or_else(|| told?.subject.number)
}

/// The id of an event in full; a part of one may as well be a title.
fn event(argument: &str) -> Option<String> {
    let id = argument.trim();
    let is_id = id.len() == 36
        && id.chars().enumerate().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    is_id.then(|| id.to_owned())
}

/// The number of the issue meant by `42`, `#42` or its address.
fn issue(argument: &str) -> Option<u64> {
    let argument = argument.trim();
    let last = if argument.contains("://") {
        let path = argument.split(['#', '?']).next()?;
        path.trim_end_matches('/').rsplit('/').next()?
    } else {
        argument.strip_prefix('#').unwrap_or(argument)
    };
    last.parse().ok()
}

fn title_of(material: &Material) -> Option<String> {
    let event = material.thread.last()?;
    let title = event.data["issue"]["title"]
        .as_str()
        .unwrap_or(&event.subject.title);
    Some(visible(title)).filter(|title| !title.is_empty())
}

/// The sections where the repository has no RFC yet: the usual ones, and those that something was said for.
fn sections(posts: &[Post]) -> Vec<&'static str> {
    let said = |wanted| quotes::about_in(posts, wanted).is_some();
    let mut sections = vec!["Status", "Summary", "Motivation"];
    if said(Said::Constraint) {
        sections.push("Constraints");
    }
    sections.extend(["Proposal", "Drawbacks", "Alternatives"]);
    if said(Said::Agreed) {
        sections.push("Agreed so far");
    }
    sections.extend(["Open questions"]);
    if !posts.is_empty() {
        sections.push("References");
    }
    sections
}

/// What a heading asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Summary,
    Motivation,
    Constraints,
    Alternatives,
    Agreed,
    Questions,
    References,
}

/// Words of headings, in the order they are tried.
const SLOTS: &[(Slot, &[&str])] = &[
    (
        Slot::Questions,
        &[
            "question",
            "unresolved",
            "offene fragen",
            "questions ouvertes",
            "preguntas",
            "未解決",
            "открытые вопросы",
        ],
    ),
    (
        Slot::Constraints,
        &[
            "constraint",
            "requirement",
            "driver",
            "anforderung",
            "contrainte",
            "requisito",
            "требования",
        ],
    ),
    (
        Slot::Alternatives,
        &[
            "alternative",
            "options",
            "rationale",
            "considered",
            "alternativen",
            "alternativas",
            "代替",
            "альтернативы",
        ],
    ),
    (
        Slot::Agreed,
        &[
            "agreed",
            "decision",
            "outcome",
            "entscheidung",
            "décision",
            "decisión",
        ],
    ),
    (
        Slot::Summary,
        &[
            "summary",
            "abstract",
            "tl;dr",
            "overview",
            "zusammenfassung",
            "résumé",
            "resumen",
            "resumo",
            "概要",
            "кратко",
        ],
    ),
    (
        Slot::Motivation,
        &[
            "motivation",
            "background",
            "context",
            "problem",
            "why",
            "kontext",
            "contexte",
            "motivación",
            "動機",
            "мотивация",
        ],
    ),
    (
        Slot::References,
        &[
            "reference",
            "links",
            "related",
            "prior discussion",
            "verweise",
            "références",
            "referencias",
        ],
    ),
];

fn slot(heading: &str) -> Option<Slot> {
    let heading = heading.to_lowercase();
    SLOTS
        .iter()
        .find(|(_, words)| words.iter().any(|word| heading.contains(word)))
        .map(|(slot, _)| *slot)
}

/// What was said, for the headings there are.
struct Thread<'a> {
    posts: &'a [Post],
    headings: &'a [String],
    number: Option<u64>,
}

impl Thread<'_> {
    fn section(&self, heading: &str) -> Option<String> {
        let wanted = slot(heading)?;
        // Only the first heading of a kind is filled; its like below it stays open.
        let first = self
            .headings
            .iter()
            .find(|known| slot(known) == Some(wanted))?;
        if first != heading {
            return None;
        }
        let missing = |slot_wanted| {
            !self
                .headings
                .iter()
                .any(|known| slot(known) == Some(slot_wanted))
        };
        let mut parts: Vec<String> = match wanted {
            Slot::Summary => self.quote(0, 1).into_iter().collect(),
            Slot::Motivation => {
                let start = usize::from(!missing(Slot::Summary));
                let told = self.quote(start, PARAGRAPHS);
                let said = missing(Slot::Constraints)
                    .then(|| quotes::about_in(self.posts, Said::Constraint))
                    .flatten();
                told.into_iter().chain(said).collect()
            }
            Slot::Constraints => quotes::about_in(self.posts, Said::Constraint)
                .into_iter()
                .collect(),
            Slot::Alternatives => {
                let agreed = missing(Slot::Agreed)
                    .then(|| quotes::about_in(self.posts, Said::Agreed))
                    .flatten();
                let said = quotes::about_in(self.posts, Said::Option).into_iter();
                let lists: Vec<String> = said.chain(agreed).collect();
                Some(lists.join("\n"))
                    .filter(|list| !list.is_empty())
                    .into_iter()
                    .collect()
            }
            Slot::Agreed => quotes::about_in(self.posts, Said::Agreed)
                .into_iter()
                .collect(),
            Slot::Questions => quotes::about_in(self.posts, Said::Question)
                .into_iter()
                .collect(),
            Slot::References => self
                .posts
                .first()
                .map(|_| format!("- {}", self.issue()))
                .into_iter()
                .collect(),
        };
        // Quotes are where an author begins, not what they propose.
        let unfinished = matches!(
            wanted,
            Slot::Summary | Slot::Motivation | Slot::Alternatives
        );
        if unfinished && !parts.is_empty() {
            parts.push(TODO.into());
        }
        (!parts.is_empty()).then(|| parts.join("\n\n"))
    }

    /// Paragraphs of the issue's own text as a quote with its source.
    fn quote(&self, start: usize, count: usize) -> Option<String> {
        let post = self.posts.first().filter(|post| post.first)?;
        let paragraphs = quotes::paragraphs(&post.text);
        let lines: Vec<String> = paragraphs
            .iter()
            .skip(start)
            .take(count)
            .map(|paragraph| format!("> {}", inline(paragraph)))
            .collect();
        (!lines.is_empty())
            .then(|| format!("{}\n>\n> — {}", lines.join("\n>\n"), quotes::source(post)))
    }

    fn issue(&self) -> String {
        let number = self.number.unwrap_or_default();
        match self
            .posts
            .first()
            .and_then(|post| quotes::link(post.url.as_deref()?))
        {
            Some(url) => format!("[#{number}]({url})"),
            None => format!("#{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_are_named_by_number_or_address() {
        for (argument, expected) in [
            ("42", Some(42)),
            ("#42", Some(42)),
            (
                "https://forge.test/acme/api/issues/42#issuecomment-7",
                Some(42),
            ),
            ("Store ranges as text", None),
        ] {
            assert_eq!(issue(argument), expected, "{argument}");
        }
    }
}
