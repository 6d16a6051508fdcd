//! The history of an issue or pull request, told in days: the ticket, what was said and done on it, and its events.

use jiff::{SignedDuration, Timestamp};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Check, Commit, Facts, Remark, Review, Ticket};
use perch_core::program::is_program;
use perch_core::subject::Subject;
use serde_json::{Value, json};

/// What happened to one issue or pull request of `acme/api`.
#[derive(Debug, Clone)]
pub struct History {
    /// What it is now.
    pub ticket: Ticket,
    /// What else a forge tells of it.
    pub facts: Facts,
    /// The present, in days since it was opened.
    pub today: i64,
    family: &'static str,
}

/// The first of November 2026 and so many days.
pub fn day(day: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-01T09:00:00Z".parse().expect("a moment");
    begin + SignedDuration::from_hours(24 * day)
}

impl History {
    /// An issue ada opened on day 0.
    pub fn issue(title: &str, body: &str) -> Self {
        Self::of("issue", 7, title, body)
    }

    /// A pull request ada opened on day 0.
    pub fn pull(title: &str, body: &str) -> Self {
        Self::of("pull", 42, title, body)
    }

    fn of(family: &'static str, number: u64, title: &str, body: &str) -> Self {
        let url = format!("https://forge.test/acme/api/{family}/{number}");
        Self {
            ticket: Ticket {
                number,
                title: title.into(),
                body: body.into(),
                author: "ada".into(),
                labels: Vec::new(),
                assignees: Vec::new(),
                reviewers: Vec::new(),
                milestone: None,
                open: true,
                draft: false,
                mergeable: None,
                created_at: day(0),
                updated_at: day(0),
                url: Some(url),
            },
            facts: Facts::default(),
            today: 0,
            family,
        }
    }

    /// `who` said `words` on `on`.
    pub fn said(mut self, who: &str, on: i64, words: &str) -> Self {
        let place = self.facts.thread.len() + 1;
        self.facts.thread.push(Remark {
            author: who.into(),
            bot: is_program(who),
            at: day(on),
            body: words.into(),
            url: self.ticket.url.as_ref().map(|url| format!("{url}#{place}")),
        });
        self
    }

    /// `who` reviewed with `state` on `on`.
    pub fn reviewed(mut self, who: &str, on: i64, state: &str) -> Self {
        self.facts.reviews.push(Review {
            author: who.into(),
            state: state.into(),
            at: day(on),
        });
        self
    }

    /// A commit was pushed on `on`.
    pub fn pushed(mut self, on: i64) -> Self {
        self.facts.commits.push(Commit {
            sha: format!("{on:040}"),
            message: "Go on".into(),
            author: "ada@acme.test".into(),
            at: day(on),
        });
        self
    }

    /// A check ended.
    pub fn check(mut self, name: &str, passed: bool) -> Self {
        self.facts.checks.push(Check {
            name: name.into(),
            passed: Some(passed),
            url: Some(format!("https://ci.test/{name}")),
        });
        self
    }

    /// Changes what the ticket says of itself.
    pub fn with(mut self, change: impl FnOnce(&mut Ticket)) -> Self {
        change(&mut self.ticket);
        self
    }

    /// Another issue of the repository, newest first.
    pub fn beside(mut self, number: u64, title: &str, body: &str, labels: &[&str]) -> Self {
        self.facts.issues.push(Ticket {
            number,
            title: title.into(),
            body: body.into(),
            author: "linus".into(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            url: Some(format!("https://forge.test/acme/api/issue/{number}")),
            assignees: Vec::new(),
            milestone: None,
            open: !labels.contains(&"closed"),
            ..self.ticket.clone()
        });
        self
    }

    /// The files of the repository.
    pub fn tree(mut self, paths: &[&str]) -> Self {
        self.facts.tree = paths.iter().map(|path| (*path).to_owned()).collect();
        self.facts.tree.sort();
        self
    }

    /// The present is `today`.
    pub fn on(mut self, today: i64) -> Self {
        self.today = today;
        self
    }

    /// The event of its opening.
    pub fn opened(&self) -> Event {
        let event_type = if self.family == "pull" {
            EventType::PR_OPENED
        } else {
            EventType::ISSUE_CREATED
        };
        let mut event = self.event(event_type, &self.ticket.author, &json!({}));
        event.dedup_key.push_str("/opened");
        event.at = self.ticket.created_at;
        event
    }

    /// The event of the last remark on it, which involves those it names.
    ///
    /// # Panics
    /// Where nobody said anything.
    pub fn commented(&self) -> Event {
        let last = self.facts.thread.last().expect("somebody commented");
        let data = json!({"comment": {
            "author": last.author, "body": last.body, "url": last.url, "edited": false,
        }});
        let mut event = self.event(EventType::ISSUE_COMMENT_CREATED, &last.author, &data);
        let place = self.facts.thread.len();
        event.dedup_key.push_str(&format!("/comment/{place}"));
        event.at = last.at;
        let words = last.body.split_whitespace();
        let named = words.filter_map(|word| word.strip_prefix('@'));
        let letters = |letter: char| !letter.is_alphanumeric();
        event
            .involves
            .extend(named.map(|name| name.trim_end_matches(letters).to_owned()));
        event.involves.push(last.author.clone());
        event
    }

    /// The event of the last that somebody said, reviewed or opened.
    pub fn latest(&self) -> Event {
        let said = self.facts.thread.last().map(|remark| remark.at);
        match self.facts.reviews.last() {
            Some(review) if Some(review.at) > said => {
                let data = json!({"review": { "author": review.author, "state": review.state }});
                let mut event = self.event(EventType::PR_UPDATED, &review.author, &data);
                let place = self.facts.reviews.len();
                event.dedup_key.push_str(&format!("/review/{place}"));
                event.at = review.at;
                event
            }
            _ if said.is_some() => self.commented(),
            _ => self.opened(),
        }
    }

    /// The event of `event_type`, by `actor`, with `data` over what a provider gives.
    pub fn event(&self, event_type: EventType, actor: &str, data: &Value) -> Event {
        let ticket = &self.ticket;
        let field = if event_type.as_str().starts_with("repo.pr.") {
            "pull_request"
        } else {
            "issue"
        };
        let mut told = json!({ field: {
            "number": ticket.number, "title": ticket.title, "body": ticket.body, "author": ticket.author,
            "labels": ticket.labels, "assignees": ticket.assignees, "requested_reviewers": ticket.reviewers,
            "state": if ticket.open { "open" } else { "closed" }, "draft": ticket.draft,
        }});
        if let Some(data) = data.as_object() {
            for (field, value) in data {
                told[field] = value.clone();
            }
        }
        let key = format!("{}/{}", self.family, ticket.number);
        let mut involves = vec![ticket.author.clone()];
        involves.extend(ticket.assignees.iter().chain(&ticket.reviewers).cloned());
        Event {
            event_type,
            dedup_key: format!("github/github.com/1/{key}"),
            subject: Subject {
                repository: "acme/api".into(),
                repository_key: "1".into(),
                key,
                title: ticket.title.clone(),
                number: Some(ticket.number),
                base_branch: Some("main".into()),
                url: ticket.url.clone(),
                ..Subject::default()
            },
            at: day(self.today),
            actor: Some(actor.into()),
            involves,
            data: told,
        }
    }

    /// All that a forge tells of it.
    pub fn facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.ticket = Some(self.ticket.clone());
        facts.issues.reverse();
        facts
    }
}
