//! Bug, feature or question, and the label the repository has for it.

use std::collections::BTreeMap;

use perch_core::facts::Ticket;
use perch_core::finding::Point;

use crate::conversation::page;
use crate::triage::{Judge, Label, Report};

/// What the issue is.
pub(super) struct Kind {
    pub(super) label: Label,
    pub(super) confidence: f32,
    /// True when it may be said without "perhaps".
    pub(super) sure: bool,
    /// The label as the repository writes it; absent where the issue has one of a type or the repository none for it.
    pub(super) written: Option<String>,
    /// How many labelled issues were learnt from.
    lessons: usize,
    url: Option<String>,
}

/// From here on a judgement of the labelled issues is right four times in five.
const SURE: f32 = 0.55;

/// What `ticket` is, judged as the repository's other issues are labelled.
pub(super) fn of(ticket: &Ticket, issues: &[Ticket]) -> Kind {
    let lessons: Vec<(Report, Label)> = issues
        .iter()
        .filter_map(|issue| Some((report(issue), typed(&issue.labels)?)))
        .collect();
    let judgement = Judge::trained(&lessons).judge(&report(ticket));
    let own = typed(&ticket.labels);
    let label = own.unwrap_or(judgement.label);
    Kind {
        label,
        confidence: if own.is_some() {
            1.0
        } else {
            judgement.confidence
        },
        sure: own.is_some() || judgement.confidence >= SURE,
        written: if own.is_none() {
            written(label, issues)
        } else {
            None
        },
        lessons: lessons.len(),
        url: ticket.url.clone(),
    }
}

fn report(ticket: &Ticket) -> Report {
    Report {
        title: ticket.title.clone(),
        body: ticket.body.clone(),
    }
}

fn typed(labels: &[String]) -> Option<Label> {
    labels.iter().find_map(|label| Label::meant_by(label))
}

/// The label most of the repository's issues of this type carry.
fn written(label: Label, issues: &[Ticket]) -> Option<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for written in issues.iter().flat_map(|issue| &issue.labels) {
        if Label::meant_by(written) == Some(label) {
            *times.entry(written).or_default() += 1;
        }
    }
    let most = times.into_iter().max_by_key(|(_, times)| *times)?;
    Some(most.0.to_owned())
}

pub(super) fn point(kind: &Kind) -> Option<Point> {
    if !kind.sure || kind.confidence >= 1.0 {
        return None;
    }
    let what = kind.label.as_str();
    let like = match kind.lessons {
        0..10 => "by the way it is written".to_owned(),
        lessons => format!("as {lessons} labelled issues are written here"),
    };
    let label = kind.written.as_ref().map_or(String::new(), |written| {
        format!("; the label here is `{written}`")
    });
    Some(Point {
        text: format!("Reads as a {what}, {like}{label}"),
        evidence: kind
            .url
            .iter()
            .map(|url| page(format!("reads as a {what}"), url))
            .collect(),
        todo: false,
    })
}
