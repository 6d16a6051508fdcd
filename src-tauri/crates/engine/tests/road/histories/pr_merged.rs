//! `repo.pr.merged`.

use jiff::{SignedDuration, Timestamp};
use perch_core::event_type::EventType;

use super::Expected::{Inbox, Silent, Toast};
use super::{all_hold, history};
use crate::house::acme::{Happening, change, patch, pull};
use crate::house::start;

fn after(minutes: i64) -> Timestamp {
    start() + SignedDuration::from_mins(minutes)
}

/// `author` merges a pull request.
fn merged(title: &str, author: &str, diff: &str, files: &[(&str, &str)]) -> Happening {
    let event = pull(EventType::PR_MERGED, 9, title, author, &[], after(1));
    (event, change(diff, &["src/range.rs"], files))
}

const LOG: &[(&str, &str)] = &[(
    "CHANGELOG.md",
    "# Changelog\n\n## Unreleased\n\n- Other (#8)\n\n## 1.0\n\n- Begin (#1)\n",
)];

#[tokio::test]
async fn what_belongs_into_the_changelog_speaks_and_what_does_not_stays_silent() {
    let code = patch("src/range.rs", " fn a() {\n+    b();\n }\n");
    let renamed = patch(
        "src/range.rs",
        " use a;\n-pub fn parse_range(text: &str) -> u64 {\n+pub fn read_range(text: &str) -> u64 {\n     1\n }\n",
    );
    let own = format!("{code}{}", patch("CHANGELOG.md", " a\n+b\n"));
    let readme = [LOG, &[("README.md", "Call `parse_range` first.\n")]].concat();
    let monorepo = [
        ("crates/a/CHANGELOG.md", "## Unreleased\n\n- A (#1)\n"),
        ("CHANGELOG.md", "## Unreleased\n\n- B (#2)\n"),
    ];
    all_hold(
        "pr_merged",
        vec![
            history(
                "a feature",
                vec![merged("Parse ranges", "ada", &code, LOG)],
                Toast("PR #9 has its changelog entry ready"),
            ),
            history(
                "a conventional fix",
                vec![merged("fix: parse ranges", "ada", &code, LOG)],
                Toast("PR #9 has its changelog entry ready"),
            ),
            history(
                "a feature of a part of a monorepo",
                vec![merged(
                    "Parse ranges",
                    "ada",
                    &patch("crates/a/src/x.rs", " fn a() {\n+    b();\n }\n"),
                    &monorepo,
                )],
                Toast("PR #9 has its changelog entry ready"),
            ),
            history(
                "a name that documents mention",
                vec![merged("Rename it", "ada", &renamed, &readme)],
                Toast("PR #9 has its changelog entry ready"),
            ),
            history(
                "a change that only documents mention",
                vec![merged(
                    "Rename it",
                    "ada",
                    &renamed,
                    &[("README.md", "Call `parse_range` first.\n")],
                )],
                Toast("`README.md` still names `parse_range`"),
            ),
            history(
                "no changelog",
                vec![merged("Parse ranges", "ada", &code, &[])],
                Silent("the repository has no changelog"),
            ),
            history(
                "it wrote its own entry",
                vec![merged("Parse ranges", "ada", &own, LOG)],
                Silent("the pull request changed `CHANGELOG.md` itself"),
            ),
            history(
                "its entry is there",
                vec![merged(
                    "Parse ranges",
                    "ada",
                    &code,
                    &[("CHANGELOG.md", "## Unreleased\n\n- Parse ranges (#9)\n")],
                )],
                Silent("`CHANGELOG.md` already names this change"),
            ),
            history(
                "documents only",
                vec![merged(
                    "Say more",
                    "ada",
                    &patch("docs/a.md", " a\n+b\n"),
                    LOG,
                )],
                Silent("only documents changed"),
            ),
            history(
                "the pipeline only",
                vec![merged(
                    "Cache more",
                    "ada",
                    &patch(".github/workflows/ci.yml", " a\n+b\n"),
                    LOG,
                )],
                Silent("only the pipeline changed"),
            ),
            history(
                "a colleague's",
                vec![merged("Parse ranges", "grace", &code, LOG)],
                Inbox("PR #9 has its changelog entry ready"),
            ),
        ],
    )
    .await;
}
