//! `repo.pr.opened`.

use jiff::{SignedDuration, Timestamp};
use perch_core::event_type::EventType;
use perch_core::filter::{Filter, Treatment};

use super::Expected::{Inbox, Silent, Toast};
use super::{all_hold, history};
use crate::house::acme::{Happening, UNTESTED, change, patch, pull, secret};
use crate::house::start;

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

/// `grace` opens a pull request and asks `reviewers`.
fn opened(number: u64, reviewers: &[&str], diff: &str, minutes: i64) -> Happening {
    let event = pull(
        EventType::PR_OPENED,
        number,
        "Change ranges",
        "grace",
        reviewers,
        after(minutes),
    );
    (
        event,
        change(diff, &["src/range.rs", "tests/other.rs"], &[]),
    )
}

#[tokio::test]
async fn what_a_reviewer_must_see_speaks_and_what_leaves_nothing_to_check_does_not() {
    let leaked = patch(
        "src/client.rs",
        &format!(" fn a() {{}}\n+const T: &str = \"{}\";\n", secret()),
    );
    let untested = patch("src/range.rs", UNTESTED);
    let skipped = patch("tests/other.rs", " #[test]\n+#[ignore]\n fn reads() {}\n");
    let contract = patch(
        "src/range.rs",
        " use a;\n-pub fn parse_range(text: &str) {\n+pub fn parse_range(text: &str, length: u64) {\n",
    );
    let workflow = patch(
        ".github/workflows/ci.yml",
        " on:\n+  pull_request_target:\n+      - uses: acme/deploy@v3\n+      - run: echo ${{ github.event.pull_request.title }}\n",
    );
    let draft = {
        let (mut event, facts) = opened(9, &["ada"], &untested, 1);
        event.data["pull_request"]["draft"] = true.into();
        (event, facts)
    };
    let own = {
        let (mut event, facts) = opened(9, &["ada"], &untested, 1);
        event.subject.branch = Some("perch/pr-merged/add-1".into());
        (event, facts)
    };
    all_hold(
        "pr_opened",
        vec![
            history(
                "a secret",
                vec![opened(9, &["ada"], &leaked, 1)],
                Toast("PR #9 adds a github token in `client.rs`"),
            ),
            history(
                "a function without a test",
                vec![opened(9, &["ada"], &untested, 1)],
                Toast("PR #9 has no test for `one`"),
            ),
            history(
                "a test that is skipped",
                vec![opened(9, &["ada"], &skipped, 1)],
                Toast("PR #9 skips a test in `other.rs`"),
            ),
            history(
                "an exported signature",
                vec![opened(9, &["ada"], &contract, 1)],
                Toast("PR #9 changes how `parse_range` is called"),
            ),
            history(
                "a workflow that runs strangers' code",
                vec![opened(9, &["ada"], &workflow, 1)],
                Toast("PR #9 runs `ci.yml` on `pull_request_target`"),
            ),
            history(
                "documents only",
                vec![opened(9, &["ada"], &patch("README.md", " a\n+b\n"), 1)],
                Silent("the diff touches only documentation"),
            ),
            history(
                "generated files only",
                vec![opened(9, &["ada"], &patch("Cargo.lock", " a\n+b\n"), 1)],
                Silent("the diff touches only generated and lock files"),
            ),
            history(
                "a small change",
                vec![opened(
                    9,
                    &["ada"],
                    &patch("src/range.rs", " a\n-    let b = 1;\n+    let b = 2;\n"),
                    1,
                )],
                Silent("the diff is small"),
            ),
            history(
                "Perch's own pull request",
                vec![own],
                Silent("Perch did this itself"),
            ),
            history(
                "one that a filter keeps out",
                vec![opened(9, &["ada"], &untested, 1)],
                Silent(
                    "your filter author `gr*`, path `src/**` says that nothing is ever made of it",
                ),
            )
            .wishing(|preferences| {
                preferences.filters = vec![Filter {
                    action: Treatment::Never,
                    author: Some("gr*".into()),
                    path: Some("src/**".into()),
                    ..Filter::default()
                }];
            }),
            history("a draft", vec![draft], Inbox("PR #9 has no test for `one`")),
            history(
                "one that others are asked about",
                vec![opened(9, &["linus"], &untested, 1)],
                Inbox("PR #9 has no test for `one`"),
            ),
        ],
    )
    .await;
}
