//! Looks at `ISSUE_COMMENT_CREATED`: what was decided, what is open, and who owes what, once a comment moves that.
//!
//! It repeats people's own sentences and never sums up what nobody said.

use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Remark, Ticket, Want};
use perch_core::finding::{Finding, Offer, Point};
use perch_core::program::is_program;
use perch_core::suggestion::Level;
use serde_json::Value;

use crate::analyser::{Analyser, Look};
use crate::conversation::claims::{Claim, Claims};
use crate::conversation::{Conversation, ago, page};
use crate::{ticket, title};

pub(super) static ANALYSER: IssueComment = IssueComment;

pub(super) struct IssueComment;

/// Statements of one kind at most: the newest.
const MOST: usize = 4;
/// A task list is offered from this many things to do.
const TASKS: usize = 2;

impl Analyser for IssueComment {
    fn id(&self) -> &'static str {
        "issue_comment"
    }

    fn watches(&self) -> &'static [EventType] {
        &[EventType::ISSUE_COMMENT_CREATED]
    }

    fn wants(&self, event: &Event, facts: &Facts) -> Vec<Want> {
        let comment = &event.data["comment"];
        if silence(event, comment).is_some() || facts.answered.contains(&Want::Thread) {
            return Vec::new();
        }
        vec![Want::Ticket, Want::Thread]
    }

    fn look(&self, event: &Event, facts: &Facts) -> Look {
        let comment = &event.data["comment"];
        if let Some(reason) = silence(event, comment) {
            return Look::Nothing(reason.into());
        }
        let ticket = ticket::of(event, facts);
        let facts = with_comment(event, comment, facts);
        let conversation = Conversation::of(&ticket, &facts);
        let claims = Claims::of(&conversation, &ticket);
        let news = News::of(&claims, event, comment);
        let Some(lead) = news.lead() else {
            return Look::Nothing("the comment decides, asks and promises nothing".into());
        };
        Look::Found(Box::new(finding(event, &ticket, &claims, lead)))
    }
}

/// Why nothing is said of `comment` whatever the thread holds.
fn silence(event: &Event, comment: &Value) -> Option<&'static str> {
    if comment["edited"] == true {
        return Some("a comment was edited, not made");
    }
    let by_program = event.actor.as_deref().is_some_and(is_program);
    if by_program {
        return Some("a program commented");
    }
    None
}

/// `facts` with the event's own comment in the thread, which the forge may not show yet.
fn with_comment(event: &Event, comment: &Value, facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    let text = |field: &str| comment[field].as_str().map(ToOwned::to_owned);
    let url = text("url").or_else(|| event.subject.url.clone());
    let body = text("body").unwrap_or_default();
    let known = facts
        .thread
        .iter()
        .any(|remark| (url.is_some() && remark.url == url) || remark.body == body);
    if !known && !body.is_empty() {
        facts.thread.push(Remark {
            author: text("author")
                .or_else(|| event.actor.clone())
                .unwrap_or_default(),
            bot: false,
            at: event.at,
            body,
            url,
        });
    }
    facts
}

/// What the newest comment itself added.
struct News<'a> {
    decided: Option<&'a Claim>,
    open: Option<&'a Claim>,
    owed: Option<&'a Claim>,
}

impl<'a> News<'a> {
    fn of(claims: &'a Claims, event: &Event, comment: &Value) -> Self {
        let url = comment["url"].as_str();
        let by = comment["author"].as_str().or(event.actor.as_deref());
        let is_new = |claim: &&Claim| {
            (url.is_some() && claim.url.as_deref() == url)
                || (claim.at == event.at && Some(claim.by.as_str()) == by)
        };
        // A question to nobody in particular is talk; one to somebody is owed an answer.
        let asks = |claim: &&Claim| is_new(claim) && !claim.who.is_empty();
        Self {
            decided: claims.decided.iter().find(is_new),
            open: claims.open.iter().find(asks),
            owed: claims.owed.iter().find(is_new),
        }
    }

    fn lead(&self) -> Option<Lead<'a>> {
        let as_lead = |rule, confidence| {
            move |claim| Lead {
                rule,
                confidence,
                claim,
            }
        };
        self.open
            .map(as_lead("comment/asks", 0.8))
            .or(self.decided.map(as_lead("comment/decides", 0.75)))
            .or(self.owed.map(as_lead("comment/promises", 0.75)))
    }
}

/// What the finding is named after.
struct Lead<'a> {
    rule: &'static str,
    confidence: f32,
    claim: &'a Claim,
}

fn finding(event: &Event, ticket: &Ticket, claims: &Claims, lead: Lead<'_>) -> Finding {
    let now = event.at;
    let name = ticket::name(event);
    let Lead {
        rule,
        confidence,
        claim,
    } = lead;
    let heading = match rule {
        "comment/asks" => format!("{name}: {} asks {}", claim.by, claim.who.join(" and ")),
        "comment/decides" => format!("{name}: decided by {}", claim.by),
        _ => format!("{name}: {} promises something", claim.by),
    };
    let points = points(claims, now);
    Finding {
        analyser: "issue_comment".into(),
        rule: rule.into(),
        title: title::shortened(&heading),
        why: format!(
            "{} commented on “{}”: {}",
            claim.by, ticket.title, claim.text
        ),
        level: if rule == "comment/promises" {
            Level::Silent
        } else {
            Level::Normal
        },
        category: Some("discussion".into()),
        confidence,
        fingerprint: format!(
            "issue_comment/{}/{}",
            event.subject.repository_key, event.subject.key
        ),
        comment: Some(reply(claims, now)),
        offers: tasks(event, ticket, claims).into_iter().collect(),
        points,
        ..Finding::default()
    }
}

fn newest(claims: &[Claim]) -> &[Claim] {
    &claims[claims.len().saturating_sub(MOST)..]
}

fn points(claims: &Claims, now: Timestamp) -> Vec<Point> {
    let point = |text: String, claim: &Claim, todo| Point {
        text,
        evidence: claim
            .url
            .iter()
            .map(|url| page(format!("{} said so {}", claim.by, ago(claim.at, now)), url))
            .collect(),
        todo,
    };
    let decided = newest(&claims.decided).iter().map(|claim| {
        point(
            format!(
                "Decided: “{}” ({}, {})",
                claim.text,
                claim.by,
                ago(claim.at, now)
            ),
            claim,
            false,
        )
    });
    let open = newest(&claims.open).iter().map(|claim| {
        let whom = if claim.who.is_empty() {
            String::new()
        } else {
            format!(" {}", claim.who.join(" and "))
        };
        point(
            format!(
                "Open: {} asks{whom}: “{}” ({})",
                claim.by,
                claim.text,
                ago(claim.at, now)
            ),
            claim,
            false,
        )
    });
    let owed = newest(&claims.owed).iter().map(|claim| {
        point(
            format!(
                "{} owes: “{}” ({})",
                claim.who.join(" and "),
                claim.text,
                ago(claim.at, now)
            ),
            claim,
            true,
        )
    });
    decided.chain(open).chain(owed).collect()
}

/// The reply to be posted: where the thread stands, with whom it waits.
fn reply(claims: &Claims, now: Timestamp) -> String {
    let mut text = String::from("Where this stands:\n");
    let link = |claim: &Claim| {
        let said = format!("{}, {}", claim.by, ago(claim.at, now));
        claim
            .url
            .as_ref()
            .map_or_else(|| said.clone(), |url| format!("[{said}]({url})"))
    };
    let mut section = |name: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n**{name}**\n\n{}\n", lines.join("\n")));
        }
    };
    let decided = newest(&claims.decided).iter();
    section(
        "Decided",
        decided
            .map(|claim| format!("- {} ({})", claim.text, link(claim)))
            .collect(),
    );
    let open = newest(&claims.open).iter();
    section(
        "Open",
        open.map(|claim| {
            let whom = unnamed(claim, "@");
            format!("- {whom}{} ({})", claim.text, link(claim))
        })
        .collect(),
    );
    let owed = newest(&claims.owed).iter();
    section(
        "To do",
        owed.map(|claim| format!("- [ ] {} ({})", claim.text, link(claim)))
            .collect(),
    );
    text
}

/// Who owes something because of `claim`, where its own words do not say.
fn unnamed(claim: &Claim, mark: &str) -> String {
    let absent = |who: &&String| !claim.text.contains(&format!("@{who}"));
    let names: Vec<String> = claim
        .who
        .iter()
        .filter(absent)
        .map(|who| format!("{mark}{who}"))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("{}: ", names.join(", "))
}

/// The issue's text with what is to be done as boxes to tick, where it has none.
fn tasks(event: &Event, ticket: &Ticket, claims: &Claims) -> Option<Offer> {
    let has_boxes = ticket.body.contains("- [ ]") || ticket.body.contains("- [x]");
    let todo: Vec<String> = newest(&claims.owed)
        .iter()
        .chain(
            newest(&claims.open)
                .iter()
                .filter(|claim| !claim.who.is_empty()),
        )
        .map(|claim| format!("- [ ] {}{}", unnamed(claim, ""), claim.text))
        .collect();
    if ticket::is_pull(event) || has_boxes || ticket.body.is_empty() || todo.len() < TASKS {
        return None;
    }
    Some(Offer::EditIssue {
        before: ticket.body.clone(),
        after: format!(
            "{}\n\n### To do\n\n{}\n",
            ticket.body.trim_end(),
            todo.join("\n")
        ),
    })
}

#[cfg(test)]
mod tests;
