//! `issue.stale`.

use perch_testkit::history::History;

use super::Expected::{Inbox, Silent, Toast};
use super::{all_hold, neglected, nothing};

/// An issue the user opened.
fn issue() -> History {
    History::issue("Ranges are not parsed", "They should be.")
}

#[tokio::test]
async fn what_an_old_issue_waits_for_is_said_and_what_may_lie_is_left_alone() {
    all_hold(
        "issue_stale",
        vec![
            neglected(
                "its reporter was asked and did not answer",
                issue().said("grace", 1, "Which version do you use?"),
                nothing,
                Toast("Issue #7 waits for ada's answer"),
            ),
            neglected(
                "somebody promised to look at it",
                issue().said("linus", 2, "I'll take a look."),
                nothing,
                Toast("Issue #7 waits for linus"),
            ),
            neglected(
                "somebody says what did it",
                issue().said("grace", 2, "This should be fixed by #12."),
                nothing,
                Toast("Issue #7 seems done: #12"),
            ),
            neglected(
                "some of its boxes are ticked",
                issue().with(|ticket| {
                    ticket.body = "- [x] a reader\n- [ ] a writer\n- [ ] a guide\n".into();
                }),
                nothing,
                Toast("Issue #7 is half done: 2 parts are left"),
            ),
            neglected(
                "what it waited for is done",
                issue().said("grace", 1, "Blocked by #3."),
                |issue| issue.beside(3, "Read files", "", &["closed"]),
                Toast("Issue #7 can go on: #3 is closed"),
            ),
            neglected(
                "the user has it",
                issue().with(|ticket| {
                    ticket.author = "linus".into();
                    ticket.assignees = vec!["ada".into()];
                }),
                nothing,
                Toast("Issue #7 is with ada"),
            ),
            neglected(
                "nobody answered it",
                issue(),
                nothing,
                Inbox("Issue #7 waits for an answer to ada"),
            ),
            neglected(
                "a colleague promised something in a colleague's issue",
                issue().with(|ticket| ticket.author = "grace".into()).said(
                    "linus",
                    2,
                    "I'll take a look.",
                ),
                nothing,
                Inbox("Issue #7 waits for linus"),
            ),
            neglected(
                "it was answered and nothing is asked of anybody",
                issue().said("grace", 1, "Thanks, noted for later."),
                nothing,
                Silent("somebody answered last, and nothing is asked of anybody"),
            ),
            neglected(
                "its reporter spoke again, of which Perch did not hear",
                issue(),
                |issue| issue.said("ada", 58, "Still so with 2.2."),
                Silent("ada commented 2 days ago"),
            ),
            neglected(
                "it was labelled as a matter of security",
                issue(),
                |issue| issue.with(|ticket| ticket.labels = vec!["security".into()]),
                Silent("`security` exempts it by your settings"),
            ),
            neglected(
                "what it waits for is not done",
                issue().said("grace", 1, "Blocked by #3."),
                |issue| issue.beside(3, "Read files", "", &[]),
                Silent("it waits for #3, which is not done"),
            ),
            neglected(
                "it was closed, of which Perch did not hear",
                issue(),
                |issue| issue.with(|ticket| ticket.open = false),
                Silent("it is closed already"),
            ),
        ],
    )
    .await;
}
