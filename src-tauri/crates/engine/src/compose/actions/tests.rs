//! Every offer as an action, word for word.

use std::fmt::Write as _;

use jiff::Timestamp;
use perch_core::event::{Event, EventRow, EventState};
use perch_core::event_type::EventType;
use perch_core::filter::{Filter, Treatment};
use perch_core::id::{AgentRunId, ConnectionId, EventId, UserId};
use perch_core::preferences::Preferences;
use perch_core::subject::Subject;
use perch_core::suggestion::Suggestion;

use super::*;
use crate::compose::compose;
use crate::rank::{at_once, by_itself};

fn row(event_type: EventType, key: &str) -> EventRow {
    EventRow {
        id: EventId::new(Timestamp::UNIX_EPOCH, &["event"]),
        user_id: UserId::new("ada"),
        connection_id: ConnectionId::new("work"),
        delivery_id: None,
        event: Event {
            event_type,
            dedup_key: format!("github/github.com/1/{key}/opened"),
            subject: Subject {
                repository: "acme/api".into(),
                repository_key: "1".into(),
                key: key.into(),
                number: Some(7),
                branch: Some("topic".into()),
                commit: Some("c0ffee".into()),
                ..Subject::default()
            },
            at: Timestamp::UNIX_EPOCH,
            actor: None,
            involves: Vec::new(),
            data: serde_json::json!({"build": {"workflow": "CI", "job": "test"}}),
        },
        stored_at: Timestamp::UNIX_EPOCH,
        state: EventState::New,
        verdict: None,
        attempts: 0,
        suggestion_id: None,
        user_actioned: false,
    }
}

fn suggested(
    row: &EventRow,
    offers: &[Offer],
    knows: &(dyn Fn(&Step) -> bool + Sync),
) -> Suggestion {
    suggested_where(row, offers, knows, &|_| true)
}

fn suggested_where(
    row: &EventRow,
    offers: &[Offer],
    knows: &(dyn Fn(&Step) -> bool + Sync),
    can_undo: &(dyn Fn(&Step) -> bool + Sync),
) -> Suggestion {
    let finding = finding(offers);
    composed(row, &finding, knows, can_undo)
}

fn finding(offers: &[Offer]) -> Finding {
    Finding {
        rule: "rule".into(),
        title: "Title".into(),
        points: vec![perch_core::finding::Point {
            text: "Point".into(),
            evidence: Vec::new(),
            todo: false,
        }],
        offers: offers.to_vec(),
        ..Finding::default()
    }
}

/// The suggestion of `finding` to ada.
fn composed(
    row: &EventRow,
    finding: &Finding,
    knows: &(dyn Fn(&Step) -> bool + Sync),
    can_undo: &(dyn Fn(&Step) -> bool + Sync),
) -> Suggestion {
    let material = Material {
        event: row,
        base: None,
        local: false,
        knows,
        can_undo,
        is_user: &|name| name == "ada",
        run_id: AgentRunId::new(Timestamp::UNIX_EPOCH, &["run"]),
        now: Timestamp::UNIX_EPOCH,
    };
    compose(finding, &material).expect("it states something")
}

/// One offer of every kind, in all the ways that are worded differently.
fn offers() -> Vec<Offer> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let issue = |title: &str| (title.to_owned(), "Text.".to_owned());
    let line = |lines, body: &str, replacement: Option<&str>| Offer::ReviewComment {
        path: "src/a.rs".into(),
        lines,
        body: body.into(),
        replacement: replacement.map(Into::into),
    };
    vec![
        Offer::Label {
            labels: names(&["bug"]),
        },
        Offer::Label {
            labels: names(&["bug", "later"]),
        },
        Offer::RequestReviewers {
            reviewers: names(&["grace", "acme/core"]),
        },
        Offer::Close {
            comment: "No news for a year.".into(),
            not_planned: true,
        },
        Offer::Close {
            comment: String::new(),
            not_planned: false,
        },
        Offer::OpenIssues {
            issues: vec![issue("One")],
            labels: names(&["bug"]),
            parts: false,
        },
        Offer::OpenIssues {
            issues: ["One", "Two", "Three", "Four"].map(issue).to_vec(),
            labels: Vec::new(),
            parts: true,
        },
        Offer::EditIssue {
            before: "Old".into(),
            after: "First line\n\nSecond line".into(),
        },
        line((3, 3), "Count from zero.", None),
        line((5, 9), "Shorter:\n\nso.", Some("a\n")),
        Offer::Rerun,
    ]
}

#[test]
fn every_offer_is_said_word_for_word() {
    let mut said = String::new();
    for (event_type, key) in [
        (EventType::ISSUE_CREATED, "issue/7"),
        (EventType::PR_OPENED, "pull/7"),
        (EventType::BUILD_FAILED, "run/981"),
    ] {
        let row = row(event_type, key);
        let suggestion = suggested(&row, &offers(), &|_| true);
        let _ = writeln!(said, "{event_type}");
        for action in &suggestion.actions {
            let taken_back = if action.reversible { "" } else { " (for good)" };
            let _ = writeln!(
                said,
                "  {} | {} | {}{taken_back}",
                action.kind, action.label, action.effect
            );
            for step in &action.steps {
                let step = serde_json::to_string(step).expect("a step has JSON");
                let _ = writeln!(said, "    {step}");
            }
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn only_what_the_provider_knows_is_offered_and_a_close_is_all_or_nothing() {
    let row = row(EventType::ISSUE_CREATED, "issue/7");
    let suggestion = suggested(&row, &offers(), &|step| {
        matches!(step, Step::AddLabels { .. } | Step::Comment { .. })
    });
    let kinds: Vec<&str> = suggestion
        .actions
        .iter()
        .map(|one| one.kind.as_str())
        .collect();
    assert_eq!(kinds, ["label", "label"]);
}

#[test]
fn a_toast_starts_what_can_be_undone_is_allowed_and_says_all_that_others_will_read() {
    let all = |kinds: &[&str]| Preferences {
        toast_actions: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ..Preferences::default()
    };
    let label = Offer::Label {
        labels: vec!["bug".into()],
    };
    let comment = |text: &str| Offer::Close {
        comment: text.into(),
        not_planned: true,
    };
    let build = row(EventType::BUILD_FAILED, "run/981");
    let issue = row(EventType::ISSUE_CREATED, "issue/7");
    for (row, offer, preferences, starts) in [
        (&issue, label.clone(), all(&["label"]), true),
        (&issue, label, all(&["comment"]), false),
        (&issue, comment("No news."), all(&["close"]), true),
        (&issue, comment("One.\n\nTwo."), all(&["close"]), false),
        (&build, Offer::Rerun, all(&["rerun"]), false),
    ] {
        let suggestion = suggested(row, std::slice::from_ref(&offer), &|_| true);
        let found = at_once(&suggestion, &preferences).is_some();
        assert_eq!(found, starts, "{offer:?}");
    }
}

#[test]
fn what_a_forge_cannot_take_back_is_not_said_to_be_undone() {
    let offers = [Offer::Close {
        comment: String::new(),
        not_planned: false,
    }];
    let row = row(EventType::PR_STALE, "pull/42");
    let closes = |step: &Step| matches!(step, Step::Close { .. });
    for (declines_for_good, expected) in [(false, true), (true, false)] {
        let suggestion = suggested_where(&row, &offers, &|_| true, &|step| {
            !(declines_for_good && closes(step))
        });
        let close = suggestion
            .actions
            .iter()
            .find(|action| action.kind == "close");
        assert_eq!(close.expect("offered").reversible, expected);
    }
}

#[test]
fn closing_never_runs_by_itself() {
    let preferences = Preferences {
        approval_required: false,
        auto_accept: vec!["close".into(), "label".into(), "rerun".into()],
        ..Preferences::default()
    };
    let row = row(EventType::ISSUE_CREATED, "issue/7");
    for (offer, runs) in [
        (offers().swap_remove(0), true),
        (offers().swap_remove(3), false),
        (offers().swap_remove(4), false),
    ] {
        let mut suggestion = suggested(&row, std::slice::from_ref(&offer), &|_| true);
        assert_eq!(
            by_itself(&suggestion, &preferences, None).is_some(),
            runs,
            "{offer:?}"
        );
        let filter = Filter {
            action: Treatment::Accept,
            ..Filter::default()
        };
        let by_filter = by_itself(&suggestion, &Preferences::default(), Some(&filter));
        assert_eq!(by_filter.is_some(), runs, "{offer:?}");
        // Nor under another name.
        suggestion.actions[0].kind = "label".into();
        assert_eq!(
            by_itself(&suggestion, &preferences, None).is_some(),
            runs,
            "{offer:?}"
        );
    }
}

#[test]
fn nobody_is_offered_to_write_to_themself() {
    let row = row(EventType::ISSUE_STALE, "issue/7");
    for (text, offered) in [
        ("@ada, are you still on this?", false),
        ("@grace, are you still on this?", true),
        ("@ada and @grace, are you still on this?", true),
        ("#3, which @ada waited for, is closed.", true),
    ] {
        let finding = Finding {
            comment: Some(text.into()),
            ..finding(&[])
        };
        let suggestion = composed(&row, &finding, &|_| true, &|_| true);
        assert_eq!(!suggestion.actions.is_empty(), offered, "{text}");
    }
}
