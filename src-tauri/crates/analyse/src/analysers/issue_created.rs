//! Looks at `ISSUE_CREATED`: what it is, whether it is known already, where to begin, and what to ask or to split.
//!
//! Each part looks by itself and says what it saw; the weightiest gives the title.

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Ticket, Want};
use perch_core::finding::{Finding, Offer, Point};
use perch_core::program::is_program;
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};
use crate::{ticket, title};

mod duplicates;
mod gaps;
mod kind;
mod places;
mod plan;

use duplicates::Match;
use kind::Kind;
use places::Found;

pub(super) static ANALYSER: IssueCreated = IssueCreated;

pub(super) struct IssueCreated;

impl Analyser for IssueCreated {
    fn id(&self) -> &'static str {
        "issue_created"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::ISSUE_CREATED]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        if silence(&ticket::of(event, facts)).is_some() || facts.answered.contains(&Want::Issues) {
            return Vec::new();
        }
        vec![Want::Ticket, Want::Issues, Want::Tree]
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let ticket = ticket::of(event, facts);
        if let Some(reason) = silence(&ticket) {
            return Look::Nothing(reason.into());
        }
        let seen = Seen {
            kind: kind::of(&ticket, &facts.issues),
            known: duplicates::find(&ticket, &facts.issues),
            places: places::find(&ticket, &facts.tree),
            gaps: gaps::find(&ticket),
            parts: plan::parts(&ticket),
            large: plan::is_large(&ticket),
            ticket,
        };
        match seen.lead() {
            Some(lead) => Look::Found(Box::new(finding(event, facts, &seen, lead))),
            None => Look::Nothing(
                "it is labelled or of an uncertain kind, nothing like it is known, and it names no file".into(),
            ),
        }
    }
}

/// Why an issue is left alone whatever it says.
fn silence(ticket: &Ticket) -> Option<&'static str> {
    if is_program(&ticket.author) {
        return Some("a program opened it");
    }
    if !ticket.open {
        return Some("it is closed already");
    }
    None
}

/// What the parts saw.
struct Seen {
    ticket: Ticket,
    kind: Kind,
    known: Vec<Match>,
    places: Vec<Found>,
    gaps: Vec<&'static str>,
    parts: Vec<String>,
    large: bool,
}

/// What gives the title.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    Duplicate,
    Incomplete,
    Place,
    Split,
    Large,
    Type,
}

/// Gaps in a report of a bug from which asking is better than searching.
const GAPS: usize = 2;
/// Parts from which an issue is better several.
const PARTS: usize = 3;

impl Seen {
    fn lead(&self) -> Option<Lead> {
        let is_bug = self.kind.label == crate::triage::Label::Bug;
        let in_trace = self.places.iter().any(|place| place.sure);
        if self.known.iter().any(|known| known.sure) {
            Some(Lead::Duplicate)
        } else if is_bug && self.kind.sure && !in_trace && self.gaps.len() >= GAPS {
            Some(Lead::Incomplete)
        } else if self.large {
            Some(Lead::Large)
        } else if self.parts.len() >= PARTS {
            Some(Lead::Split)
        } else if in_trace {
            Some(Lead::Place)
        } else if self.kind.sure && self.kind.written.is_some() {
            Some(Lead::Type)
        } else {
            None
        }
    }
}

fn finding(event: &Event, facts: &Facts, seen: &Seen, lead: Lead) -> Finding {
    let name = ticket::name(event);
    let what = seen.kind.label.as_str();
    let (rule, heading) = match lead {
        Lead::Duplicate => (
            "issue/duplicate",
            format!("{name} looks like #{}", seen.known[0].number),
        ),
        Lead::Incomplete => (
            "issue/incomplete",
            format!("{name} lacks {}", gaps::heading(&seen.gaps)),
        ),
        Lead::Place => (
            "issue/place",
            format!("{name}: {what} in `{}`", file_name(&seen.places[0].path)),
        ),
        Lead::Split => (
            "issue/split",
            format!("{name} asks for {} things", seen.parts.len()),
        ),
        Lead::Large => ("issue/large", format!("{name} is large enough for an RFC")),
        Lead::Type => ("issue/type", format!("{name} is a {what} without a label")),
    };
    let points = points(seen, facts, lead);
    Finding {
        analyser: "issue_created".into(),
        rule: rule.into(),
        title: title::shortened(&heading),
        why: format!("{} opened “{}”", seen.ticket.author, seen.ticket.title),
        level: if lead == Lead::Type {
            Level::Silent
        } else {
            Level::Normal
        },
        category: Some(what.into()),
        confidence: match lead {
            Lead::Duplicate => seen.known[0].score,
            Lead::Type => seen.kind.confidence,
            _ => 0.75,
        },
        fingerprint: format!(
            "issue_created/{}/{}",
            event.subject.repository_key, event.subject.key
        ),
        comment: comment(seen, lead),
        offers: offers(seen, lead),
        fixes: plan::rfc(&seen.ticket, seen.large).into_iter().collect(),
        points,
        ..Finding::default()
    }
}

fn points(seen: &Seen, facts: &Facts, lead: Lead) -> Vec<Point> {
    let mut points = Vec::new();
    points.extend(seen.known.iter().map(duplicates::point));
    points.extend(kind::point(&seen.kind));
    if lead == Lead::Incomplete {
        points.push(gaps::point(&seen.gaps, &seen.ticket));
    }
    points.extend(places::point(&seen.places));
    points.extend(plan::points(
        &seen.ticket,
        seen.kind.label,
        &seen.places,
        &seen.parts,
        &facts.tree,
    ));
    // What leads comes first.
    points.sort_by_key(|point| point.todo);
    points
}

fn comment(seen: &Seen, lead: Lead) -> Option<String> {
    match lead {
        Lead::Duplicate => {
            let known = &seen.known[0];
            Some(format!(
                "This looks like #{} (“{}”). Does what is said there fit what you see? If so, let us go on there.",
                known.number, known.title
            ))
        }
        Lead::Incomplete => Some(gaps::question(&seen.gaps)),
        Lead::Place => Some(places::comment(&seen.places)),
        Lead::Split | Lead::Large => Some(plan::comment(&seen.parts, seen.large)),
        Lead::Type => None,
    }
}

fn offers(seen: &Seen, lead: Lead) -> Vec<Offer> {
    let mut offers = Vec::new();
    if seen.kind.sure
        && let Some(label) = &seen.kind.written
    {
        offers.push(Offer::Label {
            labels: vec![label.clone()],
        });
    }
    if seen.parts.len() >= PARTS {
        offers.push(Offer::OpenIssues {
            issues: plan::issues(&seen.ticket, &seen.parts),
            labels: seen.kind.written.iter().cloned().collect(),
            parts: true,
        });
    }
    if lead == Lead::Duplicate {
        offers.push(Offer::Close {
            comment: format!(
                "Closing this as a duplicate of #{}; please go on there, and say so here if it is something else.",
                seen.known[0].number
            ),
            not_planned: true,
        });
    }
    offers
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
