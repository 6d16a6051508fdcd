//! `issue.comment.created`.

use perch_testkit::history::History;

use super::Expected::{Inbox, Silent, Toast};
use super::{Case, Expected, all_hold};

/// The user asks which format settings should have.
fn issue() -> History {
    History::issue(
        "Which format should settings have?",
        "JSON knows no comments.",
    )
}

/// The last remark on `history` is heard.
fn remark(what: &'static str, history: History, expected: Expected) -> Case {
    super::history(what, vec![(history.commented(), history.facts())], expected)
}

const NOTHING: &str = "the comment decides, asks and promises nothing";

#[tokio::test]
async fn what_moves_a_thread_is_said_and_talk_is_not() {
    let linus_issue = || issue().with(|ticket| ticket.author = "linus".into());
    all_hold(
        "issue_comment",
        vec![
            remark(
                "somebody asks the user for what is missing",
                issue().said("grace", 1, "Could you attach your settings file?"),
                Toast("Issue #7: grace asks ada"),
            ),
            remark(
                "a choice is made after some talk",
                issue()
                    .said("linus", 1, "TOML or YAML.")
                    .said("grace", 3, "Let's go with TOML."),
                Toast("Issue #7: decided by grace"),
            ),
            remark(
                "the user is asked by name in somebody else's issue",
                linus_issue().said("grace", 2, "@ada, which of both do you prefer?"),
                Toast("Issue #7: grace asks ada"),
            ),
            remark(
                "a reviewer asks for a test in the user's pull request",
                History::pull("Read TOML", "As decided.").said(
                    "grace",
                    1,
                    "> nit\n\nPlease add a test for the empty file.",
                ),
                Toast("PR #42: grace asks ada"),
            ),
            remark(
                "the user's issue is closed as out of scope",
                issue().said("grace", 5, "Closing this as out of scope; JSON stays."),
                Toast("Issue #7: decided by grace"),
            ),
            remark(
                "two promises and a question leave a list of what is to be done",
                issue()
                    .said("linus", 1, "I'll write the reader next week.")
                    .said(
                        "grace",
                        4,
                        "@ada, could you write the guide? I will review it.",
                    ),
                Toast("Issue #7: grace asks ada"),
            ),
            remark(
                "somebody promises something",
                issue().said("linus", 1, "I'll send a patch next week."),
                Inbox("Issue #7: linus promises something"),
            ),
            remark(
                "others decide among themselves",
                linus_issue().said("grace", 3, "Let's go with TOML."),
                Inbox("Issue #7: decided by grace"),
            ),
            remark(
                "somebody agrees",
                issue().said("linus", 1, "+1"),
                Silent(NOTHING),
            ),
            remark(
                "a program asks for tests",
                issue().said("codecov[bot]", 1, "Could you add tests?"),
                Silent("a program commented"),
            ),
            remark(
                "the user answers",
                issue().said("grace", 1, "Which version do you use?").said(
                    "ada",
                    2,
                    "2.1.0. Could you look at it?",
                ),
                Silent("you did this yourself"),
            ),
            remark(
                "a question is quoted and answered",
                issue().said("grace", 1, "> Could you attach it?\n\nHere it is: a.toml"),
                Silent(NOTHING),
            ),
            remark(
                "a decision stands in code that is shown",
                issue().said("linus", 1, "```\nlet's go with TOML\n```\nSee above."),
                Silent(NOTHING),
            ),
            remark(
                "somebody weighs both without choosing",
                issue().said("linus", 1, "One could go with TOML. YAML would do as well."),
                Silent(NOTHING),
            ),
            remark(
                "somebody asks for news",
                issue().said("linus", 9, "Any updates?"),
                Silent(NOTHING),
            ),
        ],
    )
    .await;
}
