//! `repo.pr.stale`.

use perch_testkit::history::{History, day};

use super::Expected::{Inbox, Silent, Toast};
use super::{all_hold, neglected, nothing};

/// The user's pull request, which `grace` is asked to review.
fn pull() -> History {
    History::pull("Parse ranges", "Ranges are parsed now.")
        .with(|ticket| ticket.reviewers = vec!["grace".into()])
}

#[tokio::test]
async fn whose_turn_it_is_is_said_and_what_may_rest_is_left_alone() {
    all_hold(
        "pr_stale",
        vec![
            neglected(
                "nobody reviewed it",
                pull(),
                nothing,
                Toast("PR #42 waits for grace's review"),
            ),
            neglected(
                "its base moved on and it conflicts",
                pull(),
                |pull| pull.with(|ticket| ticket.mergeable = Some(false)),
                Toast("PR #42 has conflicts: ada's turn"),
            ),
            neglected(
                "changes were asked for and nothing was pushed since",
                pull().reviewed("grace", 2, "changes_requested"),
                nothing,
                Toast("PR #42 waits for asked changes: ada's turn"),
            ),
            neglected(
                "it is approved and nobody merged it",
                pull().reviewed("grace", 3, "approved").check("test", true),
                nothing,
                Toast("PR #42 is approved and not merged"),
            ),
            neglected(
                "somebody says which one takes its place",
                pull().said("linus", 5, "This is superseded by #50."),
                nothing,
                Toast("PR #42 is superseded by #50"),
            ),
            neglected(
                "its checks fail",
                pull(),
                |pull| pull.check("test", false).check("lint", true),
                Toast("PR #42 fails its checks: ada's turn"),
            ),
            neglected(
                "a program was the only one to speak",
                pull(),
                |pull| pull.said("stale[bot]", 13, "This pull request is stale."),
                Toast("PR #42 waits for grace's review"),
            ),
            neglected(
                "nobody reviewed what is none of the user's",
                pull().with(|ticket| ticket.author = "linus".into()),
                nothing,
                Inbox("PR #42 waits for grace's review"),
            ),
            neglected(
                "its author pushed, of which Perch did not hear",
                pull(),
                |pull| pull.pushed(9),
                Silent("ada pushed 5 days ago"),
            ),
            neglected(
                "it waits for another one that is not done",
                pull().said("grace", 1, "This is blocked by #30."),
                nothing,
                Silent("it waits for #30, which is not done"),
            ),
            neglected(
                "it was closed, of which Perch did not hear",
                pull(),
                |pull| pull.with(|ticket| ticket.open = false),
                Silent("it is closed already"),
            ),
            neglected(
                "it became a draft",
                pull(),
                |pull| pull.with(|ticket| ticket.draft = true),
                Silent("it is a draft, and drafts may rest"),
            ),
            neglected(
                "somebody pinned it",
                pull(),
                |pull| pull.with(|ticket| ticket.labels = vec!["Pinned".into()]),
                Silent("`Pinned` exempts it by your settings"),
            ),
            neglected(
                "a reviewer looked at it, of which Perch did not hear",
                pull(),
                |pull| pull.reviewed("grace", 10, "commented"),
                Silent("grace reviewed it 4 days ago"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn three_times_as_long_without_a_word_of_its_author_offers_to_close_it() {
    let house = crate::house::House::at_a_forge();
    let left = pull().reviewed("grace", 2, "changes_requested");
    house.hears((left.opened(), left.facts())).await;
    house.hears((left.latest(), left.facts())).await;
    house.far_side().facts = left.facts();
    for days in [16, 44] {
        house.step(day(days)).await;
    }
    let found = house.suggestions().await;
    let stale: Vec<&str> = found
        .iter()
        .filter(|one| one.rule.starts_with("pr-stale/"))
        .map(|one| one.title.as_str())
        .collect();
    assert_eq!(stale, ["PR #42 was left by ada"]);
    assert!(found[0].actions.iter().any(|action| action.kind == "close"));
}
