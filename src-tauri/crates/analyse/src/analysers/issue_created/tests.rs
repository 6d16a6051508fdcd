//! Which new issues deserve a word, and which do not.

use super::*;
use crate::history::{self, History, page as shown, said};

fn look(history: &History) -> Look {
    history::look(history, &ANALYSER, &history.opened())
}

const TRACE: &str = "It ends with\n\n```\nTraceback (most recent call last):\n  \
    File \"/home/me/api/src/range.py\", line 40, in parse_range\n    return int(text)\n  \
    File \"/home/me/api/src/number.py\", line 7, in to_int\n\
    ValueError: invalid literal for int() with base 10: 'a'\n```\n\n1. run `api parse a` with 2.1.0\n";

fn crash() -> History {
    History::issue("Crash when a range holds letters", TRACE).tree(&[
        "src/range.py",
        "src/number.py",
        "src/log.py",
        "tests/test_range.py",
        "README.md",
    ])
}

#[test]
fn an_issue_with_something_to_say_about_is_told() {
    let cases = [
        (
            crash().beside(
                3,
                "parse fails",
                "ValueError: invalid literal for int() with base 10: 'x'",
                &[],
            ),
            "issue/duplicate: Issue #7 looks like #3",
        ),
        (crash(), "issue/place: Issue #7: bug in `range.py`"),
        (
            History::issue(
                "Crash in the exporter",
                "It crashed twice today. This is a regression, it used to work.",
            ),
            "issue/incomplete: Issue #7 lacks steps to reproduce and a version",
        ),
        (
            History::issue(
                "Add support for exports",
                "It would be nice to have exports. We want:\n\n- export as CSV\n- export as JSON\n- choose the columns\n",
            ),
            "issue/split: Issue #7 asks for 3 things",
        ),
        (
            History::issue(
                "Add an option to sort the list",
                "It would be useful to sort.",
            )
            .beside(1, "Add a flag", "", &["kind/feature"])
            .beside(2, "It crashes", "", &["kind/bug"]),
            "issue/type: Issue #7 is a feature without a label",
        ),
        (
            History::issue(
                "RFC: redesign the storage",
                "A breaking change of the schema: we migrate everything to a new protocol.",
            ),
            "issue/large: Issue #7 is large enough for an RFC",
        ),
        (
            History::issue(
                "Export writes the wrong time zone in reports",
                "See title, with 2.0.1: expected UTC. Steps: export.",
            )
            .beside(
                3,
                "Wrong time zone in exported reports",
                "Exports are off.",
                &["closed"],
            ),
            "issue/duplicate: Issue #7 looks like #3",
        ),
    ];
    for (history, expected) in cases {
        assert_eq!(said(&look(&history)), expected, "{}", history.ticket.title);
    }
}

#[test]
fn an_issue_with_nothing_to_add_to_is_left_alone() {
    let nothing = "nothing: it is labelled or of an uncertain kind, nothing like it is known, and it names no file";
    let cases = [
        (
            History::issue(
                "Dependency Dashboard",
                "- [ ] one\n- [ ] two\n- [ ] three\n",
            )
            .with(|ticket| ticket.author = "renovate[bot]".into()),
            "nothing: a program opened it",
        ),
        (
            crash().with(|ticket| ticket.open = false),
            "nothing: it is closed already",
        ),
        (
            History::issue("Add an option to sort the list", "It would be useful.")
                .with(|ticket| ticket.labels = vec!["enhancement".into()])
                .beside(1, "Add a flag", "", &["enhancement"]),
            nothing,
        ),
        (
            History::issue("Add an option to sort the list", "It would be useful."),
            nothing,
        ),
        (
            History::issue("Sort the list by name", "See title. Since 2.1 please.")
                .beside(
                    3,
                    "Sort out the build of the documentation",
                    "The build is slow.",
                    &[],
                )
                .beside(4, "List of sponsors", "Please add us.", &[]),
            nothing,
        ),
        (
            History::issue(
                "How do I parse a range?",
                "- [x] I have searched the issues\n- [ ] I have read the manual\n- [ ] I agree to the code of conduct\n",
            ),
            nothing,
        ),
    ];
    for (history, expected) in cases {
        assert_eq!(said(&look(&history)), expected, "{}", history.ticket.title);
    }
}

fn told(history: &History) -> String {
    match look(history) {
        Look::Found(finding) => shown(&finding),
        Look::Nothing(reason) => panic!("nothing: {reason}"),
    }
}

#[test]
fn a_crash_is_told_whole() {
    let history = crash()
        .beside(2, "Parsing is slow", "It takes minutes.", &["C-bug"])
        .beside(
            3,
            "Crash when a range is empty",
            "ValueError: empty",
            &["C-bug"],
        )
        .beside(4, "Add colours", "It would be nice.", &["C-enhancement"]);
    insta::assert_snapshot!(told(&history));
}

#[test]
fn a_large_wish_is_told_whole() {
    let body = "It would be great to have exports. This needs a migration of the schema and a new protocol.\n\n\
        ## Requirements\n\n- [ ] Export as CSV\n- [ ] Export as JSON, see `log.py`\n- [ ] Choose the columns\n\
        - [ ] Stream large tables\n- [ ] Resume after a break\n- [ ] Document it\n";
    let history = History::issue("Feature request: exports", body)
        .tree(&["src/log.py", "tests/test_log.py"])
        .beside(4, "Add colours", "It would be nice.", &["C-enhancement"]);
    insta::assert_snapshot!(told(&history));
}

#[test]
fn a_bare_report_is_asked_for_what_it_lacks() {
    let history = History::issue(
        "Crash in the exporter",
        "It crashed twice today. This is a regression, it used to work.",
    );
    insta::assert_snapshot!(told(&history));
}
