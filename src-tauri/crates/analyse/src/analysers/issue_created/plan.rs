//! What to do about it: the approach, the parts it asks for, and an RFC where it is large.

use perch_core::evidence::Evidence;
use perch_core::facts::Ticket;
use perch_core::finding::{Fix, Point, Remedy};

use super::places::{Found, written};
use crate::change::testing::TestFiles;
use crate::conversation::page;
use crate::triage::Label;

/// Parts beyond this are named no more.
const MOST: usize = 10;
/// What makes an issue large: so many parts, or so much text on so grave a matter.
const LARGE_PARTS: usize = 6;
const LARGE_TEXT: usize = 1_500;

/// Words of a change that others have to agree on.
const GRAVE: &[&str] = &[
    "architecture",
    "backwards compat",
    "backward compat",
    "breaking change",
    "deprecat",
    "design",
    "migrat",
    "protocol",
    "redesign",
    "refactor",
    "rewrite",
    "rfc",
    "roadmap",
    "schema",
];

/// What a heading calls the parts.
const PARTS_OF: &[&str] = &[
    "acceptance",
    "checklist",
    "deliverable",
    "goal",
    "plan",
    "proposal",
    "requirement",
    "scope",
    "task",
    "to do",
    "todo",
    "we need",
    "wishlist",
    "should",
    "want",
];

/// What the issue asks for, one by one: boxes to tick, or the list below a heading or line that announces parts.
pub(super) fn parts(ticket: &Ticket) -> Vec<String> {
    let boxes: Vec<String> = ticket
        .body
        .lines()
        .filter_map(|line| {
            line.trim_start()
                .trim_start_matches(['-', '*', '+'])
                .trim_start()
                .strip_prefix("[ ] ")
        })
        .filter(|part| !is_formality(part))
        .map(|part| part.trim().to_owned())
        .collect();
    let mut parts = if boxes.len() >= 2 {
        boxes
    } else {
        listed(&ticket.body)
    };
    parts.truncate(MOST);
    parts
}

/// Boxes of a template, which everybody is to tick.
fn is_formality(part: &str) -> bool {
    let lower = part.to_lowercase();
    [
        "i have",
        "i've",
        "i am",
        "i agree",
        "i searched",
        "i checked",
        "i read",
        "i understand",
        "yes",
        "no",
        "this is",
        "code of conduct",
    ]
    .iter()
    .any(|begin| lower.starts_with(begin))
        || lower.contains("duplicate")
}

fn listed(body: &str) -> Vec<String> {
    let mut announced = false;
    let mut in_code = false;
    let mut parts = Vec::new();
    for line in body.lines() {
        let written = line.trim();
        if written.starts_with("```") {
            in_code = !in_code;
        }
        if in_code || written.is_empty() {
            continue;
        }
        let bullet = ["- ", "* ", "+ "]
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .or_else(|| {
                let digits = written.trim_start_matches(|letter: char| letter.is_ascii_digit());
                (digits.len() < written.len())
                    .then(|| digits.strip_prefix(". ").or(digits.strip_prefix(") ")))?
            });
        match bullet {
            Some(part) if announced && part.split_whitespace().count() >= 2 => {
                parts.push(part.trim().trim_end_matches(['.', ';', ',']).to_owned());
            }
            Some(_) => {}
            None if line.starts_with(' ') => {}
            None => {
                let lower = written.to_lowercase();
                let heads = written.starts_with('#') || written.ends_with(':');
                announced = heads && PARTS_OF.iter().any(|word| lower.contains(word));
            }
        }
    }
    parts
}

/// Whether others have to agree before anybody begins.
pub(super) fn is_large(ticket: &Ticket) -> bool {
    let lower = format!("{}\n{}", ticket.title, ticket.body).to_lowercase();
    let title = ticket.title.to_lowercase();
    let grave = GRAVE.iter().filter(|word| lower.contains(**word)).count();
    let asks_for_one =
        title.starts_with("rfc") || title.starts_with("[rfc") || title.starts_with("proposal");
    let long = ticket.body.len() >= LARGE_TEXT;
    asks_for_one && (long || grave >= 2)
        || grave >= 2 && (long && grave >= 3 || parts(ticket).len() >= LARGE_PARTS)
}

/// How the RFC is written.
pub(super) fn rfc(ticket: &Ticket, large: bool) -> Option<Fix> {
    large.then(|| Fix {
        title: "Write an RFC from this issue".into(),
        explanation:
            "It prefills the repository's own form of RFC with what the issue and its thread say."
                .into(),
        remedy: Remedy::Command {
            command: format!("perch rfc {}", ticket.number),
        },
        confidence: 0.7,
    })
}

/// The approach, and the parts as boxes to tick.
pub(super) fn points(
    ticket: &Ticket,
    label: Label,
    places: &[Found],
    parts: &[String],
    tree: &[String],
) -> Vec<Point> {
    let of_issue = || {
        let urls = ticket.url.iter();
        urls.map(|url| page("asked for there", url))
            .collect::<Vec<_>>()
    };
    let todo = |text: String| Point {
        text,
        evidence: of_issue(),
        todo: true,
    };
    let mut points: Vec<Point> = parts.iter().cloned().map(todo).collect();
    let Some(place) = places.first() else {
        return points;
    };
    let tests = TestFiles::among(tree.iter().map(String::as_str));
    let test = tests.candidates(&place.path);
    let test = test.first().filter(|test| **test != place.path);
    let mut step = |text: String, evidence: Evidence| {
        points.push(Point {
            text,
            evidence: vec![evidence],
            todo: true,
        });
    };
    let source = || Evidence::file("where to begin", &place.path, place.line);
    let begin = written(place);
    match (label, test) {
        (Label::Bug, Some(test)) => {
            let at_test = Evidence::file("tests it", *test, None);
            step(
                format!("Write the failing case first, in `{test}`"),
                at_test,
            );
            step(format!("Then change {begin}"), source());
        }
        (Label::Bug, None) => step(
            format!("Write a failing test for {begin} first: no file of tests was found for it"),
            source(),
        ),
        (Label::Feature, Some(test)) => step(
            format!("Begin in {begin}, with a case in `{test}`"),
            source(),
        ),
        _ => {}
    }
    points
}

/// Title and text of an issue for each part.
pub(super) fn issues(ticket: &Ticket, parts: &[String]) -> Vec<(String, String)> {
    parts
        .iter()
        .map(|part| {
            let title = crate::title::shortened(part);
            (title, format!("{part}\n\nPart of #{}.\n", ticket.number))
        })
        .collect()
}

/// The comment that proposes the split or the RFC.
pub(super) fn comment(parts: &[String], large: bool) -> String {
    let mut text = String::from(if large {
        "This is large enough to be agreed on before somebody begins: shall we write an RFC?"
    } else {
        "These could be done one by one, each in an issue of its own:"
    });
    if !parts.is_empty() {
        text.push_str("\n\n- ");
        text.push_str(&parts.join("\n- "));
        text.push('\n');
    }
    text
}
