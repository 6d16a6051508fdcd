//! `issue.created`.

use perch_core::filter::{Filter, Treatment};
use perch_testkit::history::{History, day};

use super::Expected::{Inbox, Silent, Toast};
use super::{Case, Expected, all_hold, history};

/// `grace` opens an issue, which is assigned to the user.
fn issue(title: &str, body: &str) -> History {
    History::issue(title, body)
        .with(|ticket| {
            ticket.author = "grace".into();
            ticket.assignees = vec!["ada".into()];
        })
        .tree(&[
            "src/range.py",
            "src/number.py",
            "src/log.py",
            "tests/test_range.py",
        ])
}

fn opened(what: &'static str, history: &History, expected: Expected) -> Case {
    super::history(what, vec![(history.opened(), history.facts())], expected)
}

const TRACE: &str = "It ends with\n\n```\nTraceback (most recent call last):\n  \
    File \"/home/me/api/src/range.py\", line 40, in parse_range\n    return int(text)\n\
    ValueError: invalid literal for int() with base 10: 'a'\n```\n\n1. run `api parse a` with 2.1.0\n";

const NOTHING: &str =
    "it is labelled or of an uncertain kind, nothing like it is known, and it names no file";

fn crash() -> History {
    issue("Crash when a range holds letters", TRACE)
}

fn wish() -> History {
    issue(
        "Add an option to sort the list",
        "It would be useful to sort.",
    )
}

#[tokio::test]
async fn what_a_new_issue_needs_is_said_and_what_leaves_nothing_to_add_is_not() {
    let exports = issue(
        "Add support for exports",
        "It would be nice to have exports. We want:\n\n- export as CSV\n- export as JSON\n- choose the columns\n",
    );
    let storage = issue(
        "RFC: redesign the storage",
        "A breaking change of the schema: we migrate everything to a new protocol.",
    );
    let bare = issue(
        "Crash in the exporter",
        "It crashed twice today. This is a regression, it used to work.",
    );
    let template = issue(
        "How do I parse a range?",
        "- [x] I have searched the issues\n- [ ] I have read the manual\n- [ ] I agree to the code of conduct\n",
    );
    let first = issue(
        "Export writes the wrong time zone in reports",
        "Since 2.0.1.",
    )
    .with(|ticket| ticket.number = 3);
    let again = issue(
        "Export writes the wrong time zone in the reports",
        "See title, with 2.0.1: expected UTC. Steps: export.",
    )
    .with(|ticket| ticket.created_at = day(1));
    all_hold(
        "issue_created",
        vec![
            opened(
                "it ends in the error of an issue that is known",
                &crash().beside(
                    3,
                    "parse fails",
                    "ValueError: invalid literal for int() with base 10: 'x'",
                    &[],
                ),
                Toast("Issue #7 looks like #3"),
            ),
            opened(
                "its stack trace goes through a file of the repository",
                &crash(),
                Toast("Issue #7: bug in `range.py`"),
            ),
            opened(
                "a bug is reported without a word of how to see it",
                &bare,
                Toast("Issue #7 lacks steps to reproduce and a version"),
            ),
            opened(
                "it asks for several things at once",
                &exports,
                Toast("Issue #7 asks for 3 things"),
            ),
            opened(
                "it asks for what others have to agree on",
                &storage,
                Toast("Issue #7 is large enough for an RFC"),
            ),
            history(
                "it repeats an issue that Perch heard of and the forge does not list any more",
                vec![
                    (first.opened(), first.facts()),
                    (again.opened(), again.facts()),
                ],
                Toast("Issue #7 looks like #3"),
            ),
            opened(
                "it is of a kind the repository has a label for",
                &wish()
                    .beside(1, "Add a flag", "", &["kind/feature"])
                    .beside(2, "It crashes", "", &["kind/bug"]),
                Inbox("Issue #7 is a feature without a label"),
            ),
            opened(
                "a crash that is none of the user's",
                &crash().with(|ticket| ticket.assignees = vec!["linus".into()]),
                Inbox("Issue #7: bug in `range.py`"),
            ),
            opened(
                "a program opens its dashboard",
                &issue(
                    "Dependency Dashboard",
                    "- [ ] one\n- [ ] two\n- [ ] three\n",
                )
                .with(|ticket| ticket.author = "renovate[bot]".into()),
                Silent("a program opened it"),
            ),
            opened(
                "it is closed again before Perch looks",
                &crash().with(|ticket| ticket.open = false),
                Silent("it is closed already"),
            ),
            opened(
                "its boxes are those of the template",
                &template,
                Silent(NOTHING),
            ),
            opened(
                "it shares a word or two with issues about something else",
                &issue("Sort the list by name", "See title. Since 2.1 please.")
                    .beside(
                        3,
                        "Sort out the build of the documentation",
                        "The build is slow.",
                        &[],
                    )
                    .beside(4, "List of sponsors", "Please add us.", &[]),
                Silent(NOTHING),
            ),
            opened(
                "it is labelled and says all there is to say",
                &wish().with(|ticket| ticket.labels = vec!["enhancement".into()]),
                Silent(NOTHING),
            ),
            opened(
                "Perch itself opened it",
                &issue(
                    "Export as CSV",
                    "Part of #4.\n\n<!-- perch:0123456789abcdef -->",
                ),
                Silent("Perch did this itself"),
            ),
            opened(
                "the user wants to hear nothing of such issues",
                &crash().with(|ticket| ticket.labels = vec!["wontfix".into()]),
                Silent("your filter label `wontfix` says that nothing is ever made of it"),
            )
            .wishing(|preferences| {
                preferences.filters = vec![Filter {
                    action: Treatment::Never,
                    label: Some("wontfix".into()),
                    ..Filter::default()
                }];
            }),
        ],
    )
    .await;
}
