//! Which comments move a thread, and which do not.

use serde_json::json;

use super::*;
use crate::history::{self, History, page as shown, said};

/// What is made of the history's last remark.
fn look(history: &History) -> Look {
    history::look(history, &ANALYSER, &history.commented())
}

fn issue() -> History {
    History::issue(
        "Which format should settings have?",
        "JSON knows no comments.",
    )
}

#[test]
fn a_comment_that_moves_the_thread_is_told() {
    let cases = [
        (
            issue().said("grace", 1, "Could you attach your settings file?"),
            "comment/asks: Issue #7: grace asks ada",
        ),
        (
            issue()
                .said("linus", 1, "TOML or YAML.")
                .said("grace", 3, "Let's go with TOML."),
            "comment/decides: Issue #7: decided by grace",
        ),
        (
            issue().said("linus", 1, "I'll send a patch next week."),
            "comment/promises: Issue #7: linus promises something",
        ),
        (
            issue().said("linus", 2, "@grace, @ada: which of both do you prefer?"),
            "comment/asks: Issue #7: linus asks grace and ada",
        ),
        (
            History::pull("Read TOML", "As decided.").said(
                "grace",
                1,
                "> nit\n\nPlease add a test for the empty file.",
            ),
            "comment/asks: PR #42: grace asks ada",
        ),
        (
            issue().said("grace", 5, "Closing this as out of scope; JSON stays."),
            "comment/decides: Issue #7: decided by grace",
        ),
    ];
    for (history, expected) in cases {
        assert_eq!(said(&look(&history)), expected);
    }
}

#[test]
fn a_comment_that_moves_nothing_is_not() {
    let nothing = "nothing: the comment decides, asks and promises nothing";
    let cases = [
        (issue().said("linus", 1, "+1"), nothing),
        (issue().said("grace", 1, "Thanks for the report!"), nothing),
        (
            issue().said("grace", 1, "> Could you attach it?\n\nHere it is: a.toml"),
            nothing,
        ),
        (
            issue().said("codecov[bot]", 1, "Could you add tests?"),
            "nothing: a program commented",
        ),
        (
            issue().said("grace", 1, "Which version do you use?").said(
                "ada",
                2,
                "2.1.0, on Linux.",
            ),
            nothing,
        ),
        (
            issue().said("linus", 1, "```\nlet's go with TOML\n```\nSee above."),
            nothing,
        ),
        (issue().said("linus", 9, "Any updates?"), nothing),
    ];
    for (history, expected) in cases {
        let words = history.facts.thread.last().map(|last| last.body.clone());
        assert_eq!(said(&look(&history)), expected, "{words:?}");
    }
}

#[test]
fn a_thread_is_told_whole() {
    let history = issue()
        .said(
            "linus",
            1,
            "I can write the reader. I'll look at it on Monday.",
        )
        .said(
            "grace",
            2,
            "We agreed on TOML then. Let's keep JSON for one release.",
        )
        .said("renovate[bot]", 3, "Could you rebase?")
        .said(
            "grace",
            4,
            "@ada, could you write the migration guide? I will review it.",
        );
    let Look::Found(finding) = look(&history) else {
        panic!("nothing was found");
    };
    insta::assert_snapshot!(shown(&finding));
}

#[test]
fn a_thread_the_forge_does_not_show_leaves_the_comment_itself() {
    let history = issue();
    let url = "https://forge.test/acme/api/issue/7#1";
    let data = json!({"comment": {"author": "grace", "body": "Let's use TOML.", "url": url}});
    let event = history.event(EventType::ISSUE_COMMENT_CREATED, "grace", &data);
    let look = history::look(&history, &ANALYSER, &event);
    assert_eq!(said(&look), "comment/decides: Issue #7: decided by grace");
}

#[test]
fn an_edited_comment_is_no_news() {
    let history = issue();
    let data = json!({"comment": {"author": "grace", "body": "Let's use TOML.", "edited": true}});
    let event = history.event(EventType::ISSUE_COMMENT_CREATED, "grace", &data);
    let look = history::look(&history, &ANALYSER, &event);
    assert_eq!(said(&look), "nothing: a comment was edited, not made");
}
