//! Looks at `PR_STALE` and `ISSUE_STALE`: whose turn it is and why, and the kindest thing that moves it.
//!
//! Activity is what people do; labels and programs move nothing. Perch proposes, and closes nothing by itself.

use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::evidence::Evidence;
use perch_core::facts::{Facts, Ticket, Want};
use perch_core::finding::{Finding, Offer, Point};
use perch_core::preferences::Staleness;
use perch_core::suggestion::Level;

use crate::analyser::{Analyser, Look};
use crate::conversation::claims::{Claims, Tie, ties};
use crate::conversation::{Conversation, Deed, Turn, ago, days, page, span};
use crate::{ticket, title};

mod issue;
mod pull;

pub(super) static ANALYSER: Stale = Stale;

pub(super) struct Stale;

impl Analyser for Stale {
    fn id(&self) -> &'static str {
        "stale"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::ISSUE_STALE, EventType::PR_STALE]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        if !facts.answered.contains(&Want::Ticket) {
            return vec![Want::Ticket, Want::Thread];
        }
        if rests(&ticket::of(event, facts), &Terms::of(event)).is_some() {
            return Vec::new();
        }
        let mut wants = vec![Want::Issues];
        if event.event_type == EventType::PR_STALE {
            wants = vec![Want::Reviews, Want::Commits, Want::Checks, Want::Diff];
            let said = facts.thread.iter().map(|remark| remark.body.as_str());
            let own = facts.ticket.iter().map(|ticket| ticket.body.as_str());
            // Whether what it waits for is done.
            if said
                .chain(own)
                .flat_map(ties)
                .any(|(tie, _)| tie == Tie::Blocks)
            {
                wants.push(Want::Issues);
            }
        }
        wants.retain(|want| !facts.answered.contains(want));
        wants
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let ticket = ticket::of(event, facts);
        let terms = Terms::of(event);
        if let Some(reason) = rests(&ticket, &terms) {
            return Look::Nothing(reason);
        }
        let conversation = Conversation::of(&ticket, facts);
        if let Some(reason) = moved(&conversation, &terms) {
            return Look::Nothing(reason);
        }
        let claims = Claims::of(&conversation, &ticket);
        let case = Case {
            event,
            facts,
            ticket,
            conversation,
            claims,
            terms,
        };
        if let Some(number) = case.waits_for() {
            return Look::Nothing(format!("it waits for #{number}, which is not done"));
        }
        let advice = if event.event_type == EventType::PR_STALE {
            pull::advise(&case)
        } else {
            issue::advise(&case)
        };
        match advice {
            Ok(advice) => Look::Found(Box::new(finding(&case, advice))),
            Err(reason) => Look::Nothing(reason),
        }
    }
}

/// What counts as stale, and the present.
struct Terms {
    days: i64,
    now: Timestamp,
    staleness: Staleness,
}

impl Terms {
    /// As the event brings them; what it lacks is as a new installation has it.
    fn of(event: &Event) -> Self {
        let told = &event.data["stale"];
        let usual = if event.event_type == EventType::PR_STALE {
            14
        } else {
            60
        };
        Self {
            days: told["days"].as_i64().unwrap_or(usual),
            now: told["seen_at"]
                .as_str()
                .and_then(|text| text.parse().ok())
                .unwrap_or(event.at),
            staleness: serde_json::from_value(told["terms"].clone()).unwrap_or_default(),
        }
    }
}

/// What an advice is drawn from.
struct Case<'a> {
    event: &'a Event,
    facts: &'a Facts,
    ticket: Ticket,
    conversation: Conversation,
    claims: Claims,
    terms: Terms,
}

impl Case<'_> {
    /// The newest tie of its kind told in the text or the thread, with who told it.
    fn tie(&self, wanted: Tie) -> Option<(u64, Option<&Turn>)> {
        let told = self.conversation.words().rev().find_map(|(turn, words)| {
            let found = ties(words)
                .into_iter()
                .rev()
                .find(|(tie, _)| *tie == wanted);
            found.map(|(_, number)| (number, Some(turn)))
        });
        told.or_else(|| {
            let in_text = ties(&self.ticket.body);
            let found = in_text.into_iter().rev().find(|(tie, _)| *tie == wanted);
            found.map(|(_, number)| (number, None))
        })
    }

    /// The issue it waits for, unless that is known to be done.
    fn waits_for(&self) -> Option<u64> {
        let (number, _) = self.tie(Tie::Blocks)?;
        let done = self
            .facts
            .issues
            .iter()
            .any(|issue| issue.number == number && !issue.open);
        (!done).then_some(number)
    }

    fn last(&self) -> &Turn {
        self.conversation.last().expect("somebody opened it")
    }

    fn name(&self) -> String {
        ticket::name(self.event)
    }

    /// True when it lay for so many times the days after which it counts as stale.
    fn lay(&self, times: i64) -> bool {
        days(self.last().at, self.terms.now) >= times * self.terms.days
    }

    /// True when somebody else asked for something and the author let it lie three times as long.
    fn is_abandoned(&self) -> bool {
        let author = self.conversation.last_of_author().map(|turn| turn.at);
        let others = self.conversation.last_of_others().map(|turn| turn.at);
        self.lay(3) && others > author
    }

    fn ago(&self, turn: &Turn) -> String {
        ago(turn.at, self.terms.now)
    }

    fn evidence(&self, turn: &Turn) -> Vec<Evidence> {
        turn.evidence(self.terms.now)
    }
}

/// What to do about it.
struct Advice {
    rule: &'static str,
    /// Behind "PR #42 ".
    heading: String,
    points: Vec<Point>,
    /// The message.
    comment: Option<String>,
    offers: Vec<Offer>,
    confidence: f32,
    level: Level,
}

/// Why it is left to rest whatever happened.
fn rests(ticket: &Ticket, terms: &Terms) -> Option<String> {
    if !ticket.open {
        return Some("it is closed already".into());
    }
    if ticket.draft && !terms.staleness.drafts {
        return Some("it is a draft, and drafts may rest".into());
    }
    let milestone = ticket.milestone.as_deref();
    let exempt = terms.staleness.exempts(&ticket.labels, milestone)?;
    Some(format!("`{exempt}` exempts it by your settings"))
}

/// What a person did of late.
fn moved(conversation: &Conversation, terms: &Terms) -> Option<String> {
    let last = conversation.last()?;
    (days(last.at, terms.now) < terms.days).then(|| {
        let did = match last.deed {
            Deed::Opened => "opened it",
            Deed::Said(_) => "commented",
            Deed::Reviewed(_) => "reviewed it",
            Deed::Committed => "pushed",
        };
        format!("{} {did} {}", last.who, ago(last.at, terms.now))
    })
}

fn finding(case: &Case<'_>, advice: Advice) -> Finding {
    let last = case.last();
    let name = case.name();
    Finding {
        analyser: "stale".into(),
        rule: advice.rule.into(),
        title: title::shortened(&format!("{name} {}", advice.heading)),
        why: format!(
            "Nobody moved “{}” for {}",
            case.ticket.title,
            span(last.at, case.terms.now)
        ),
        level: advice.level,
        category: Some("stale".into()),
        confidence: advice.confidence,
        fingerprint: format!(
            "stale/{}/{}",
            case.event.subject.repository_key, case.event.subject.key
        ),
        points: advice.points,
        comment: advice.comment,
        offers: advice.offers,
        ..Finding::default()
    }
}

/// A statement shown by a turn of the conversation.
fn shown(case: &Case<'_>, text: String, turn: &Turn) -> Point {
    Point {
        text,
        evidence: case.evidence(turn),
        todo: false,
    }
}

/// A statement shown by the issue or pull request itself.
fn told(case: &Case<'_>, text: String, what: &str) -> Point {
    Point {
        text,
        evidence: case.ticket.url.iter().map(|url| page(what, url)).collect(),
        todo: false,
    }
}

/// `names` to be told: `@ada and @grace`.
fn addressed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("@{name}")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests;
