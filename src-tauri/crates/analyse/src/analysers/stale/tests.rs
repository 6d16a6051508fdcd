//! Whose turn it is: histories that must speak and those that must not.

use perch_core::facts::FileChange;
use serde_json::json;

use super::*;
use crate::history::{self, History, page as shown, said};

fn look_with(history: &History, days: i64, terms: &Staleness) -> Look {
    let is_pull = history.ticket.number == 42;
    let event_type = if is_pull {
        EventType::PR_STALE
    } else {
        EventType::ISSUE_STALE
    };
    let now = history::day(history.today).to_string();
    let data = json!({"stale": {"days": days, "seen_at": now, "terms": terms}});
    let event = history.event(event_type, "ada", &data);
    history::look(history, &ANALYSER, &event)
}

fn look(history: &History) -> Look {
    look_with(history, 14, &Staleness::default())
}

fn pull() -> History {
    History::pull("Parse ranges", "Ranges are parsed now.").on(20)
}

fn issue() -> History {
    History::issue("Ranges are not parsed", "They should be.").on(20)
}

/// A diff of so many lines in two files that have nothing to do with each other.
fn large() -> Vec<FileChange> {
    let lines = |name: &str| {
        (0..300)
            .map(|number| format!("+fn {name}_{number}() {{}}\n"))
            .collect::<String>()
    };
    let file = |name: &str| {
        format!(
            "diff --git a/src/{name}.rs b/src/{name}.rs\n@@ -1 +1,300 @@\n{}",
            lines(name)
        )
    };
    crate::change::sample::diff(&format!("{}{}", file("range"), file("log")))
}

#[test]
fn a_pull_request_that_waits_for_somebody_is_told() {
    let mut split = pull();
    split.facts.diff = large();
    let cases = [
        (
            pull().with(|ticket| ticket.reviewers = vec!["grace".into()]),
            "pr-stale/review: PR #42 waits for grace's review",
        ),
        (
            pull().with(|ticket| ticket.mergeable = Some(false)),
            "pr-stale/conflicts: PR #42 has conflicts: ada's turn",
        ),
        (
            pull().reviewed("grace", 2, "changes_requested"),
            "pr-stale/changes: PR #42 waits for asked changes: ada's turn",
        ),
        (
            pull().reviewed("grace", 3, "approved").check("test", true),
            "pr-stale/approved: PR #42 is approved and not merged",
        ),
        (
            pull().said("grace", 2, "Could you add a test?"),
            "pr-stale/question: PR #42 waits for an answer: ada's turn",
        ),
        (
            pull().check("test", false),
            "pr-stale/red: PR #42 fails its checks: ada's turn",
        ),
        (
            pull().said("linus", 5, "This is superseded by #50."),
            "pr-stale/superseded: PR #42 is superseded by #50",
        ),
        (
            pull().reviewed("grace", 2, "changes_requested").on(60),
            "pr-stale/abandoned: PR #42 was left by ada",
        ),
        (
            split,
            "pr-stale/split: PR #42 is large: 2 parts could go alone",
        ),
        (
            pull()
                .reviewed("grace", 2, "changes_requested")
                .pushed(4)
                .with(|ticket| ticket.reviewers = vec!["grace".into()]),
            "pr-stale/review: PR #42 waits for grace's review",
        ),
    ];
    for (history, expected) in cases {
        assert_eq!(said(&look(&history)), expected);
    }
}

#[test]
fn a_pull_request_that_may_rest_is_not() {
    let cases = [
        (
            pull().said("ada", 15, "Still on it."),
            "nothing: ada commented 5 days ago",
        ),
        (pull().pushed(19), "nothing: ada pushed yesterday"),
        (
            pull().with(|ticket| ticket.draft = true),
            "nothing: it is a draft, and drafts may rest",
        ),
        (
            pull().with(|ticket| ticket.labels = vec!["Pinned".into()]),
            "nothing: `Pinned` exempts it by your settings",
        ),
        (
            pull().said("grace", 1, "This is blocked by #30."),
            "nothing: it waits for #30, which is not done",
        ),
        (
            pull().with(|ticket| ticket.open = false),
            "nothing: it is closed already",
        ),
        (
            pull().reviewed("grace", 10, "commented"),
            "nothing: grace reviewed it 10 days ago",
        ),
    ];
    for (history, expected) in cases {
        assert_eq!(said(&look(&history)), expected);
    }
}

#[test]
fn an_issue_that_waits_for_somebody_is_told() {
    let cases = [
        (
            issue().said("grace", 1, "Which version do you use?"),
            "issue-stale/reporter: Issue #7 waits for ada's answer",
        ),
        (
            issue().said("grace", 1, "Which version do you use?").on(60),
            "issue-stale/no-answer: Issue #7 has no answer from ada",
        ),
        (
            issue(),
            "issue-stale/unanswered: Issue #7 waits for an answer to ada",
        ),
        (
            issue().said("linus", 2, "I'll take a look."),
            "issue-stale/promise: Issue #7 waits for linus",
        ),
        (
            issue().said("grace", 2, "This should be fixed by #12."),
            "issue-stale/done: Issue #7 seems done: #12",
        ),
        (
            issue().with(|ticket| ticket.assignees = vec!["grace".into()]),
            "issue-stale/assignee: Issue #7 is with grace",
        ),
        (
            issue().with(|ticket| {
                ticket.body = "- [x] a reader\n- [ ] a writer\n- [ ] a guide\n".into();
            }),
            "issue-stale/split: Issue #7 is half done: 2 parts are left",
        ),
        (
            issue()
                .said("grace", 1, "Blocked by #3.")
                .beside(3, "Read files", "", &["closed"]),
            "issue-stale/unblocked: Issue #7 can go on: #3 is closed",
        ),
    ];
    for (history, expected) in cases {
        assert_eq!(said(&look(&history)), expected);
    }
}

#[test]
fn an_issue_that_may_rest_is_not() {
    let cases = [
        (
            issue().said("grace", 1, "Thanks, noted for later."),
            "nothing: somebody answered last, and nothing is asked of anybody",
        ),
        (
            issue().said("ada", 18, "Still so with 2.2."),
            "nothing: ada commented 2 days ago",
        ),
        (
            issue().with(|ticket| ticket.labels = vec!["security".into()]),
            "nothing: `security` exempts it by your settings",
        ),
        (
            issue()
                .said("grace", 1, "Blocked by #3.")
                .beside(3, "Read files", "", &[]),
            "nothing: it waits for #3, which is not done",
        ),
        (
            issue().with(|ticket| ticket.open = false),
            "nothing: it is closed already",
        ),
    ];
    for (history, expected) in cases {
        assert_eq!(said(&look(&history)), expected);
    }
}

#[test]
fn programs_and_labels_are_no_activity() {
    let history = issue()
        .said("stale[bot]", 19, "This issue is stale.")
        .with(|ticket| ticket.updated_at = history::day(19));
    assert_eq!(
        said(&look(&history)),
        "issue-stale/unanswered: Issue #7 waits for an answer to ada"
    );
}

#[test]
fn settings_say_what_never_is_stale() {
    let terms = Staleness {
        exempt_milestones: vec!["*".into()],
        drafts: true,
        ..Staleness::default()
    };
    let planned = pull().with(|ticket| ticket.milestone = Some("2.0".into()));
    assert_eq!(
        said(&look_with(&planned, 14, &terms)),
        "nothing: `2.0` exempts it by your settings"
    );
    let draft = pull().with(|ticket| ticket.draft = true);
    assert_eq!(
        said(&look_with(&draft, 14, &terms)),
        "pr-stale/review: PR #42 waits, and nobody is asked to review"
    );
}

#[test]
fn advice_is_told_whole() {
    let mut split = pull();
    split.facts.diff = large();
    let histories = [
        pull()
            .with(|ticket| ticket.mergeable = Some(false))
            .reviewed("grace", 2, "changes_requested")
            .said("grace", 2, "Could you add a test for empty ranges?")
            .check("lint", false)
            .check("test", false),
        pull().reviewed("grace", 2, "changes_requested").on(60),
        pull()
            .with(|ticket| ticket.reviewers = vec!["grace".into(), "linus".into()])
            .said("ada", 3, "Ready."),
        pull().reviewed("grace", 3, "approved"),
        pull().said("linus", 5, "This is superseded by #50."),
        split,
        issue().said("grace", 1, "Which version do you use?"),
        issue().said("grace", 1, "Which version do you use?").on(60),
        issue()
            .with(|ticket| ticket.body = "- [x] a reader\n- [ ] a writer\n- [ ] a guide\n".into()),
        issue().said("linus", 2, "I'll take a look."),
        issue(),
    ];
    let pages: Vec<String> = histories
        .iter()
        .map(|history| match look(history) {
            Look::Found(finding) => shown(&finding),
            Look::Nothing(reason) => panic!("nothing: {reason}"),
        })
        .collect();
    insta::assert_snapshot!(pages.join("\n------\n"));
}
