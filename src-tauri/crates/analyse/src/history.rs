//! For tests: the history of an issue or pull request, told in days.

use jiff::{SignedDuration, Timestamp};
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Check, Commit, Facts, Remark, Review, Ticket, Want};
use perch_core::finding::{Finding, Offer};
use perch_core::program::is_program;
use perch_core::subject::Subject;
use serde_json::{Value, json};

use crate::analyser::{Analyser, Look};

/// What happened to one issue or pull request of `acme/api`.
pub(crate) struct History {
    pub(crate) ticket: Ticket,
    pub(crate) facts: Facts,
    /// The present, in days since it was opened.
    pub(crate) today: i64,
    family: &'static str,
}

/// The first of November 2026 and so many days.
pub(crate) fn day(day: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-01T09:00:00Z".parse().unwrap();
    begin + SignedDuration::from_hours(24 * day)
}

impl History {
    /// An issue ada opened on day 0.
    pub(crate) fn issue(title: &str, body: &str) -> Self {
        Self::of("issue", 7, title, body)
    }

    /// A pull request ada opened on day 0.
    pub(crate) fn pull(title: &str, body: &str) -> Self {
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
    pub(crate) fn said(mut self, who: &str, on: i64, words: &str) -> Self {
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
    pub(crate) fn reviewed(mut self, who: &str, on: i64, state: &str) -> Self {
        self.facts.reviews.push(Review {
            author: who.into(),
            state: state.into(),
            at: day(on),
        });
        self
    }

    /// A commit was pushed on `on`.
    pub(crate) fn pushed(mut self, on: i64) -> Self {
        self.facts.commits.push(Commit {
            sha: format!("{on:040}"),
            message: "Go on".into(),
            author: "ada@acme.test".into(),
            at: day(on),
        });
        self
    }

    /// A check ended.
    pub(crate) fn check(mut self, name: &str, passed: bool) -> Self {
        self.facts.checks.push(Check {
            name: name.into(),
            passed: Some(passed),
            url: Some(format!("https://ci.test/{name}")),
        });
        self
    }

    /// Changes what the ticket says of itself.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Ticket)) -> Self {
        change(&mut self.ticket);
        self
    }

    /// Another issue of the repository, newest first.
    pub(crate) fn beside(mut self, number: u64, title: &str, body: &str, labels: &[&str]) -> Self {
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
    pub(crate) fn tree(mut self, paths: &[&str]) -> Self {
        self.facts.tree = paths.iter().map(|path| (*path).to_owned()).collect();
        self.facts.tree.sort();
        self
    }

    /// The present is `today`.
    pub(crate) fn on(mut self, today: i64) -> Self {
        self.today = today;
        self
    }

    /// The event of `event_type`, by `actor`, with `data` over what a provider gives.
    pub(crate) fn event(&self, event_type: EventType, actor: &str, data: &Value) -> Event {
        let ticket = &self.ticket;
        let mut told = json!({ "issue": {
            "title": ticket.title, "body": ticket.body, "author": ticket.author, "labels": ticket.labels,
            "state": if ticket.open { "open" } else { "closed" },
        }});
        if let Some(data) = data.as_object() {
            for (field, value) in data {
                told[field] = value.clone();
            }
        }
        let key = format!("{}/{}", self.family, ticket.number);
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
            involves: vec![ticket.author.clone()],
            data: told,
        }
    }

    /// What `analyser` makes of `event`; everything it may want is answered.
    pub(crate) fn look(&self, analyser: &dyn Analyser, event: &Event) -> Look {
        let mut facts = self.facts.clone();
        facts.ticket = Some(self.ticket.clone());
        facts.issues.reverse();
        facts.answered = [
            Want::Ticket,
            Want::Thread,
            Want::Issues,
            Want::Tree,
            Want::Reviews,
            Want::Commits,
            Want::Checks,
            Want::Diff,
        ]
        .into();
        assert_eq!(analyser.wants(event, &facts), [], "all is answered");
        analyser.look(event, &facts)
    }
}

/// Rule and title of what was found, or why nothing was.
pub(crate) fn said(look: &Look) -> String {
    match look {
        Look::Found(finding) => format!("{}: {}", finding.rule, finding.title),
        Look::Nothing(reason) => format!("nothing: {reason}"),
    }
}

/// Everything a finding says, as a page.
pub(crate) fn page(finding: &Finding) -> String {
    let mut text = format!(
        "{} ({}, {:?}, {:.2})\n{}\n\n",
        finding.title, finding.rule, finding.level, finding.confidence, finding.why
    );
    for point in &finding.points {
        let mark = if point.todo { "[ ] " } else { "" };
        text.push_str(&format!("- {mark}{}\n", point.text));
        for evidence in &point.evidence {
            text.push_str(&format!(
                "    {}: {:?}\n",
                evidence.statement, evidence.place
            ));
        }
        assert!(!point.evidence.is_empty(), "no evidence: {}", point.text);
    }
    for fix in &finding.fixes {
        text.push_str(&format!("\n{}: {:?}\n", fix.title, fix.remedy));
    }
    if let Some(comment) = &finding.comment {
        text.push_str(&format!("\nComment:\n{comment}\n"));
    }
    for offer in &finding.offers {
        text.push_str(&format!("\nOffer: {}\n", offered(offer)));
    }
    text
}

fn offered(offer: &Offer) -> String {
    match offer {
        Offer::EditIssue { after, .. } => format!("the issue's text becomes\n{after}"),
        Offer::OpenIssues { issues, .. } => {
            let issues: Vec<String> = issues
                .iter()
                .map(|(title, body)| format!("{title} | {}", body.replace('\n', "⏎")))
                .collect();
            format!("open\n  {}", issues.join("\n  "))
        }
        other => format!("{other:?}"),
    }
}
