//! A conversation on an issue or pull request: who did what and when, people only.
//!
//! Labels, assignments and what programs say are no activity.

pub(crate) mod claims;
pub(crate) mod sentences;

use jiff::Timestamp;
use perch_core::evidence::{Evidence, Place};
use perch_core::facts::{Facts, Ticket};
use perch_core::program::is_program;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Opened it.
    Opened,
    /// Said something.
    Said(String),
    /// Reviewed it, with the state forges give: `approved`, `changes_requested`, …
    Reviewed(String),
    /// Pushed a commit.
    Committed,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) who: String,
    pub(crate) at: Timestamp,
    pub(crate) deed: Deed,
    pub(crate) url: Option<String>,
}

/// What people did, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversation {
    pub(crate) author: String,
    pub(crate) turns: Vec<Turn>,
}

impl Conversation {
    /// The conversation on `ticket`.
    pub(crate) fn of(ticket: &Ticket, facts: &Facts) -> Self {
        let opened = Turn {
            who: ticket.author.clone(),
            at: ticket.created_at,
            deed: Deed::Opened,
            url: ticket.url.clone(),
        };
        let said = facts.thread.iter().filter(|remark| !remark.bot);
        let said = said.map(|remark| Turn {
            who: remark.author.clone(),
            at: remark.at,
            deed: Deed::Said(remark.body.clone()),
            url: remark.url.clone(),
        });
        let reviewed = facts.reviews.iter().map(|review| Turn {
            who: review.author.clone(),
            at: review.at,
            deed: Deed::Reviewed(review.state.clone()),
            url: ticket.url.clone(),
        });
        // Who commits to a pull request's branch is nearly always its author, whatever name git has.
        let committed = facts.commits.iter().map(|commit| Turn {
            who: ticket.author.clone(),
            at: commit.at,
            deed: Deed::Committed,
            url: None,
        });
        let after_opening =
            |turn: &Turn| turn.deed != Deed::Committed || turn.at > ticket.created_at;
        let mut turns: Vec<Turn> = std::iter::once(opened)
            .chain(said)
            .chain(reviewed)
            .chain(committed)
            .filter(|turn| turn.deed == Deed::Opened || !is_program(&turn.who))
            .filter(after_opening)
            .collect();
        turns.sort_by_key(|turn| turn.at);
        Self {
            author: ticket.author.clone(),
            turns,
        }
    }

    /// The newest turn.
    pub(crate) fn last(&self) -> Option<&Turn> {
        self.turns.last()
    }

    /// The newest turn of the author.
    pub(crate) fn last_of_author(&self) -> Option<&Turn> {
        self.turns.iter().rev().find(|turn| turn.who == self.author)
    }

    /// The newest turn of anybody else.
    pub(crate) fn last_of_others(&self) -> Option<&Turn> {
        self.turns.iter().rev().find(|turn| turn.who != self.author)
    }

    /// The newest turn of `who` after `at`.
    pub(crate) fn since(&self, who: &str, at: Timestamp) -> Option<&Turn> {
        let of = |turn: &&Turn| turn.at > at && turn.who.eq_ignore_ascii_case(who);
        self.turns.iter().rev().find(of)
    }

    /// Everything said, oldest first, with the turn it was said in.
    pub(crate) fn words(&self) -> impl DoubleEndedIterator<Item = (&Turn, &str)> {
        self.turns.iter().filter_map(|turn| match &turn.deed {
            Deed::Said(words) => Some((turn, words.as_str())),
            _ => None,
        })
    }
}

impl Turn {
    /// What was done, as evidence, seen from `now`.
    pub(crate) fn evidence(&self, now: Timestamp) -> Vec<Evidence> {
        let did = match &self.deed {
            Deed::Opened => "opened it",
            Deed::Said(_) => "said so",
            Deed::Reviewed(state) => match state.as_str() {
                "approved" => "approved",
                "changes_requested" => "requested changes",
                _ => "reviewed",
            },
            Deed::Committed => "pushed a commit",
        };
        let statement = format!("{} {did} {}", self.who, ago(self.at, now));
        self.url.iter().map(|url| page(&statement, url)).collect()
    }
}

/// A page as evidence.
pub(crate) fn page(statement: impl Into<String>, url: &str) -> Evidence {
    Evidence {
        statement: statement.into(),
        place: Place::Page { url: url.into() },
    }
}

/// Whole days from `at` to `now`.
pub(crate) fn days(at: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(at).as_hours() / 24
}

/// "today", "yesterday", "5 days ago", "3 months ago".
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    match days(at, now) {
        ..1 => "today".into(),
        1 => "yesterday".into(),
        days @ 2..60 => format!("{days} days ago"),
        days => format!("{} months ago", days / 30),
    }
}

/// "5 days", "3 months".
pub(crate) fn span(at: Timestamp, now: Timestamp) -> String {
    match days(at, now) {
        ..2 => "a day".into(),
        days @ 2..60 => format!("{days} days"),
        days => format!("{} months", days / 30),
    }
}
