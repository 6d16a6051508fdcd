//! Watching: what a look costs, and that everything is seen once.

use std::collections::BTreeSet;

use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::scenario::poll as scenario;

use crate::support::{REPO, Watch, keys};

/// A repository with a bit of everything.
async fn lively() -> Watch {
    Watch::begun(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        world.status(REPO, &main, "ci/build", "success");
        world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        world.comment(REPO, 1, "ada", "I see");
        world.review(REPO, 1, "grace", "APPROVED");
        world.later(1);
    })
    .await
}

#[tokio::test]
async fn at_rest_a_look_is_four_requests() {
    let mut watch = lively().await;
    assert_eq!(watch.messages().await, []);
    watch.forge.take_log();
    for number in 0..30 {
        assert_eq!(watch.messages().await, [], "poll {number}");
        let log = watch.forge.take_log();
        assert!(log.len() <= 4, "poll {number}: {log:#?}");
        assert!(
            log.iter()
                .all(|asked| asked.authorized && asked.status == 200)
        );
    }
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
    watch
        .forge
        .with(|world| world.status(REPO, &feature, "ci/build", "failure"));
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [format!(
            "repo.build.failed status/{feature}/ci/build/failed"
        )]
    );
    assert_eq!(events[0].subject.number, Some(1));
    assert!(events[0].involves.contains(&"ada".to_owned()));
}

#[tokio::test]
async fn a_build_on_a_fresh_head_is_seen_at_once_and_when_it_ends() {
    let mut watch = Watch::begun(|_| {}).await;
    let sha = watch.forge.with(|world| {
        let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        sha
    });
    assert_eq!(watch.events().await.len(), 2);
    for state in ["pending", "failure", "success"] {
        watch
            .forge
            .with(|world| world.status(REPO, &sha, "lint", state));
        let events = watch.events().await;
        assert_eq!(events.len(), usize::from(state != "pending"), "{state}");
        for event in events {
            assert_eq!(event.subject.number, Some(1));
            assert_eq!(event.subject.branch.as_deref(), Some("feature"));
            assert!(event.involves.contains(&"ada".to_owned()));
        }
    }
}

#[tokio::test]
async fn what_was_there_before_watching_is_a_baseline_and_told_no_more() {
    let mut watch = scenario::what_was_there_before_is_a_baseline::<BitbucketDc>(
        |world| {
            let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
            world.open_pull(REPO, "feature", "Add a", "ada");
            world.status(REPO, &sha, "ci/build", "failure");
            world.push(REPO, "old", &[("o", "1\n")], "Old");
            let closed = world.open_pull(REPO, "old", "Old", "grace");
            world.comment(REPO, closed, "ada", "Gone");
            world.set_state(REPO, closed, "closed");
        },
        &["repo.pr.opened pull/1/opened"],
        8,
    )
    .await;
    // A closed one that is talked about is not closed anew.
    watch.later(60);
    let comment = watch
        .forge
        .with(|world| world.comment(REPO, 2, "ada", "Really"));
    assert_eq!(
        keys(&watch.events().await),
        [format!("issue.comment.created pull/2/comment/{comment}")]
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
            let branch = format!("late-{day}-{number}");
            let (sha, pull, comment) = watch.forge.with(|world| {
                let sha = world.push(REPO, &branch, &[("late", &branch)], "Late");
                let pull = world.open_pull(REPO, &branch, "Late", "grace");
                world.status(REPO, &sha, "ci/build", "failure");
                (sha, pull, world.comment(REPO, pull, "ada", "Hm"))
            });
            expected.insert(format!("repo.push branch/{branch}/{sha}"));
            expected.insert(format!("repo.pr.opened pull/{pull}/opened"));
            let comment = format!("pull/{pull}/comment/{comment}");
            expected.insert(format!("issue.comment.created {comment}"));
            // Builds on what is closed by now nobody waits for.
            if number % 6 == 5 {
                let closed = watch.forge.with(|world| {
                    world.later(1);
                    world.set_state(REPO, pull, "closed");
                    world.now.as_second()
                });
                expected.insert(format!("repo.pr.closed pull/{pull}/closed/{closed}"));
            } else {
                let build = format!("status/{sha}/ci/build/failed");
                expected.insert(format!("repo.build.failed {build}"));
            }
        }
    }
    watch.now = watch.forge.with(|world| world.now);
    let asked = scenario::all_is_seen_once(&mut watch, &expected, 14).await;
    assert!(asked.iter().all(|count| *count < 260), "{asked:?} requests");
    assert!(asked.iter().sum::<usize>() < 1_200, "{asked:?}");
}
