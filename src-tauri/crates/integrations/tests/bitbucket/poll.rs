//! Watching: what a look costs, and that everything is seen once.

use std::collections::BTreeSet;

use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::scenario::poll as scenario;

use crate::support::{REPO, Watch, keys};

/// A repository with a bit of everything.
async fn lively() -> Watch {
    Watch::begun(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        world.run(REPO, None, &main, "main", &[("test", "success", "ok\n")]);
        world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        let issue = world.open_issue(REPO, "It breaks", "Always", "grace");
        world.comment(REPO, issue, "ada", "I see");
        world.review(REPO, 1, "grace", "APPROVED");
    })
    .await
}

#[tokio::test]
async fn at_rest_a_look_is_four_requests_and_now_and_then_five() {
    let mut watch = lively().await;
    let mut asked = 0;
    for number in 0..60 {
        assert_eq!(watch.messages().await, [], "poll {number}");
        let log = watch.forge.take_log();
        assert!(log.len() <= 5, "poll {number}: {log:#?}");
        assert!(
            log.iter()
                .all(|asked| asked.authorized && asked.status == 200)
        );
        asked += log.len();
    }
    assert!(asked <= 250, "{asked}");
}

#[tokio::test]
async fn each_thing_that_happens_is_seen_by_the_next_look() {
    let mut watch = lively().await;
    watch.later(2 * 3_600);
    assert_eq!(watch.messages().await, []);
    let main = watch
        .forge
        .with(|world| world.repo(REPO).head("main").expect("a commit"));

    watch
        .forge
        .with(|world| world.review(REPO, 2, "ada", "CHANGES_REQUESTED"));
    let events = watch.events().await;
    assert_eq!(events.len(), 1, "{:?}", keys(&events));
    assert_eq!(events[0].data["review"]["state"], "changes_requested");
    assert_eq!(events[0].subject.branch.as_deref(), Some("linus:patch-1"));
    assert_eq!(events[0].actor.as_deref(), Some("ada"));

    let pushed = watch
        .forge
        .with(|world| world.push(REPO, "main", &[("n", "1\n")], "Step on"));
    let events = watch.events().await;
    assert_eq!(keys(&events), [format!("repo.push branch/main/{pushed}")]);
    assert!(events[0].subject.on_default_branch);
    assert_eq!(events[0].subject.before.as_deref(), Some(&*main));
    assert_eq!(events[0].data["push"]["commits"][0]["sha"], pushed);
    assert_eq!(events[0].data["push"]["forced"], false);

    watch
        .forge
        .with(|world| world.force_push(REPO, "main", &main));
    let events = watch.events().await;
    assert_eq!(keys(&events), [format!("repo.push branch/main/{main}")]);
    assert_eq!(events[0].data["push"]["forced"], true);

    let feature = watch
        .forge
        .with(|world| world.repo(REPO).head("feature").expect("a commit"));
    let run = watch.forge.with(|world| {
        let jobs = [("test", "failure", "no\n")];
        world.run(REPO, None, &feature, "feature", &jobs)
    });
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [format!("repo.build.failed pipeline/{run}/failed")]
    );
    assert_eq!(events[0].subject.number, Some(1));
    assert!(events[0].involves.contains(&"ada".to_owned()));
}

#[tokio::test]
async fn a_status_on_a_fresh_head_is_seen_at_once() {
    let mut watch = Watch::begun(|_| {}).await;
    let sha = watch.forge.with(|world| {
        let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        sha
    });
    assert_eq!(watch.events().await.len(), 2);
    for state in ["pending", "failure"] {
        watch
            .forge
            .with(|world| world.status(REPO, &sha, "lint", state));
        let events = watch.events().await;
        assert_eq!(events.len(), usize::from(state == "failure"), "{state}");
        for event in events {
            assert_eq!(event.subject.number, Some(1));
            assert_eq!(event.subject.branch.as_deref(), Some("feature"));
            assert!(event.involves.contains(&"ada".to_owned()));
        }
    }
}

#[tokio::test]
async fn where_pipelines_cannot_be_read_their_statuses_speak_for_them() {
    let mut watch = Watch::new().await;
    let refused = perch_testkit::scenario::faults::refuse("/pipelines", 403, "No", vec![]);
    watch.forge.with(|world| world.refusals.push(refused));
    assert!(watch.poll().await.expect("the rest answers").baseline);
    let run = watch.forge.with(|world| {
        let main = world.push(REPO, "main", &[("a", "1\n")], "Step");
        world.run(REPO, None, &main, "main", &[("test", "failure", "no\n")])
    });
    let found = keys(&watch.events().await);
    assert!(
        found.contains(&format!("repo.build.failed pipeline/{run}/failed")),
        "{found:?}"
    );
}

#[tokio::test]
async fn what_was_there_before_watching_is_a_baseline_and_told_no_more() {
    let expected = [
        "issue.created issue/2/opened",
        "repo.pr.opened pull/1/opened",
    ];
    let mut watch = scenario::what_was_there_before_is_a_baseline::<Bitbucket>(
        |world| {
            let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
            world.open_pull(REPO, "feature", "Add a", "ada");
            world.status(REPO, &sha, "ci/build", "failure");
            world.open_issue(REPO, "It breaks", "Always", "grace");
            let closed = world.open_issue(REPO, "It broke", "Once", "grace");
            world.set_state(REPO, closed, "closed");
            world.comment(REPO, closed, "ada", "Gone");
        },
        &expected,
        8,
    )
    .await;
    // A closed one that is talked about is not closed anew.
    let comment = watch
        .forge
        .with(|world| world.comment(REPO, 3, "ada", "Really"));
    assert_eq!(
        keys(&watch.events().await),
        [format!("issue.comment.created issue/3/comment/{comment}")]
    );
}

#[tokio::test]
async fn a_closed_pull_request_that_is_talked_about_is_neither_new_nor_closed_again() {
    let mut watch = Watch::begun(|world| {
        world.push(REPO, "old", &[("o", "1\n")], "Old");
        world.open_pull(REPO, "old", "Old", "grace");
        world.set_state(REPO, 1, "closed");
    })
    .await;
    watch.later(600);
    let comment = watch
        .forge
        .with(|world| world.comment(REPO, 1, "ada", "Pity"));
    assert_eq!(
        keys(&watch.events().await),
        [format!("issue.comment.created pull/1/comment/{comment}")]
    );
}

#[tokio::test]
async fn a_pull_request_opened_and_merged_between_two_looks_is_both() {
    scenario::opened_and_merged_between_two_looks_is_both(lively().await).await;
}

#[tokio::test]
async fn after_a_week_offline_nothing_is_lost_and_nothing_comes_twice() {
    let mut watch = lively().await;
    let mut expected = BTreeSet::new();
    for day in 0..7 {
        watch.later(86_400);
        for number in 0..36 {
            watch.later(if number % 3 == 0 { 0 } else { 7 });
            let title = format!("{day} {number}");
            let issue = watch
                .forge
                .with(|world| world.open_issue(REPO, &title, "", "grace"));
            expected.insert(format!("issue.created issue/{issue}/opened"));
            if number % 2 == 0 {
                watch.later(3);
                let comment = watch
                    .forge
                    .with(|world| world.comment(REPO, issue, "ada", "Seen"));
                expected.insert(format!(
                    "issue.comment.created issue/{issue}/comment/{comment}"
                ));
            }
            if number % 12 == 0 {
                watch.later(3);
                let closed = watch.forge.with(|world| {
                    world.set_state(REPO, issue, "closed");
                    world.now.as_second()
                });
                expected.insert(format!("issue.closed issue/{issue}/closed/{closed}"));
            }
        }
        for number in 0..18 {
            let branch = format!("late-{day}-{number}");
            let (sha, pull, run, comment) = watch.forge.with(|world| {
                let sha = world.push(REPO, &branch, &[("late", &branch)], "Late");
                let pull = world.open_pull(REPO, &branch, "Late", "grace");
                let jobs = [("test", "failure", "no\n")];
                let run = world.run(REPO, None, &sha, &branch, &jobs);
                (sha, pull, run, world.comment(REPO, pull, "ada", "Hm"))
            });
            expected.insert(format!("repo.push branch/{branch}/{sha}"));
            expected.insert(format!("repo.pr.opened pull/{pull}/opened"));
            expected.insert(format!("repo.build.failed pipeline/{run}/failed"));
            expected.insert(format!(
                "issue.comment.created pull/{pull}/comment/{comment}"
            ));
        }
    }
    let asked = scenario::all_is_seen_once(&mut watch, &expected, 14).await;
    assert!(asked.iter().all(|count| *count < 260), "{asked:?} requests");
    assert!(asked.iter().sum::<usize>() < 900, "{asked:?}");
}

#[tokio::test]
async fn what_changes_while_pages_are_read_is_neither_lost_nor_told_twice() {
    let mut watch = lively().await;
    watch.later(600);
    let mut expected = BTreeSet::new();
    for number in 0..250 {
        let issue = watch.forge.with(|world| {
            world.later(1);
            world.open_issue(REPO, &format!("Number {number}"), "", "grace")
        });
        expected.insert(format!("issue.created issue/{issue}/opened"));
    }
    watch.now = watch.forge.with(|world| world.now);
    // The first look breaks off within the pages, the second sees others in front.
    watch
        .forge
        .trouble(4, perch_testkit::forge::Trouble::Refuse(502));
    let _ = watch.poll().await;
    watch.forge.with(|world| {
        for number in 4..60 {
            world.retitle(REPO, number, "Moved");
        }
    });
    scenario::all_is_seen_once(&mut watch, &expected, 5).await;
}
