//! Watching: what a poll at rest costs, and that everything is seen once.

use std::collections::BTreeSet;

use perch_integrations::providers::github::GitHub;
use perch_testkit::scenario::poll as scenario;

use crate::support::{REPO, Watch, keys};

/// A repository with a bit of everything.
async fn lively() -> Watch {
    Watch::begun(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        world.status(REPO, &main, "ci/build", "success");
        world.run(REPO, None, &main, "main", &[("test", "success", "ok\n")]);
        let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.check(REPO, &sha, "lint", Some("success"));
        world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        let issue = world.open_issue(REPO, "It breaks", "Always", "grace");
        world.comment(REPO, issue, "ada", "I see");
        world.release(REPO, "v1");
    })
    .await
}

/// The number of an open pull request from a fork, and its head.
fn fork(watch: &Watch) -> (u64, String) {
    watch.forge.with(|world| {
        let pull = world.repo(REPO).pull(2);
        let sha = pull["head"]["sha"].as_str().expect("a hash");
        (2, sha.to_owned())
    })
}

#[tokio::test]
async fn at_rest_a_poll_is_at_most_four_conditional_requests_all_unchanged() {
    let mut watch = lively().await;
    for number in 0..25 {
        assert_eq!(watch.messages().await, [], "poll {number}");
        let log = watch.forge.take_log();
        assert!(log.len() <= 4, "poll {number}: {log:#?}");
        for request in log {
            assert_eq!(
                (request.status, request.conditional, request.authorized),
                (304, true, true),
                "poll {number}: {} {}?{}",
                request.method,
                request.path,
                request.query
            );
        }
    }
}

#[tokio::test]
async fn after_rest_each_thing_that_happens_is_seen_by_the_next_poll() {
    let mut watch = lively().await;
    for _ in 0..10 {
        assert_eq!(watch.messages().await, []);
    }
    let main = watch
        .forge
        .with(|world| world.repo(REPO).head("main").expect("a commit"));
    watch
        .forge
        .with(|world| world.status(REPO, &main, "ci/build", "failure"));
    assert_eq!(
        keys(&watch.events().await),
        [format!("repo.build.failed status/{main}/ci/build/failed")]
    );

    // A push makes a commit hot: its checks are asked for by every poll.
    let (pull, sha) = fork(&watch);
    let review = watch
        .forge
        .with(|world| world.review(REPO, pull, "ada", "CHANGES_REQUESTED"));
    assert_eq!(
        keys(&watch.events().await),
        [format!("repo.pr.updated pull/{pull}/review/{review}")]
    );

    let comment = watch
        .forge
        .with(|world| world.comment(REPO, pull, "linus", "Why?"));
    assert_eq!(
        keys(&watch.events().await),
        [format!(
            "issue.comment.created issue/{pull}/comment/{comment}"
        )]
    );
    watch
        .forge
        .with(|world| world.edit_comment(REPO, comment, "Why, @ada?"));
    let edited = watch.events().await;
    assert_eq!(edited.len(), 1);
    assert_eq!(edited[0].event_type.as_str(), "repo.pr.updated");
    assert_eq!(edited[0].data["comment"]["edited"], true);
    assert!(edited[0].involves.contains(&"ada".to_owned()));

    let check = watch
        .forge
        .with(|world| world.check(REPO, &sha, "build", None));
    let mut polls = 0;
    while watch
        .forge
        .take_log()
        .iter()
        .all(|asked| asked.status != 200)
    {
        assert_eq!(watch.messages().await, []);
        polls += 1;
        assert!(polls <= 2, "two heads are hot and take turns");
    }
    // Pending now, so it is asked for until it ends.
    watch
        .forge
        .with(|world| world.finish_check(REPO, check, "failure"));
    let mut failed = watch.events().await;
    if failed.is_empty() {
        failed = watch.events().await;
    }
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(failed[0].event_type.as_str(), "repo.build.failed");
    assert_eq!(failed[0].subject.number, Some(pull));
    assert_eq!(failed[0].subject.branch.as_deref(), Some("linus:patch-1"));
    assert!(failed[0].involves.contains(&"linus".to_owned()));
    assert!(!failed[0].subject.on_default_branch);
}

#[tokio::test]
async fn the_only_hot_head_is_asked_for_its_checks_by_every_poll() {
    for rest in 10..16 {
        let mut watch = Watch::begun(|world| {
            world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        })
        .await;
        for _ in 0..rest {
            assert_eq!(watch.messages().await, []);
        }
        let check = watch.forge.with(|world| {
            let pull = world.repo(REPO).pull(1);
            let sha = pull["head"]["sha"].as_str().expect("a hash").to_owned();
            world.check(REPO, &sha, "build", Some("failure"))
        });
        let events = watch.events().await;
        assert_eq!(events.len(), 1, "after {rest} polls at rest");
        assert_eq!(events[0].data["build"]["check_run_id"], check);
    }
}

#[tokio::test]
async fn a_push_to_the_default_branch_is_seen_by_the_next_poll_or_the_one_after() {
    let mut watch = lively().await;
    for number in 0..12 {
        let pushed = watch
            .forge
            .with(|world| world.push(REPO, "main", &[("n", &number.to_string())], "Step on"));
        let mut events = watch.events().await;
        if events.is_empty() {
            events = watch.events().await;
        }
        assert_eq!(keys(&events), [format!("repo.push branch/main/{pushed}")]);
        assert!(events[0].subject.on_default_branch);
        assert_eq!(events[0].data["push"]["commits"][0]["sha"], pushed);
        for _ in 0..number % 4 {
            assert_eq!(watch.messages().await, []);
        }
    }
}

#[tokio::test]
async fn what_was_there_before_watching_is_a_baseline_and_told_no_more() {
    let expected = [
        "issue.created issue/2/opened",
        "repo.pr.opened pull/1/opened",
    ];
    scenario::what_was_there_before_is_a_baseline::<GitHub>(
        |world| {
            world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
            world.open_pull(REPO, "feature", "Add a", "ada");
            world.open_issue(REPO, "It breaks", "Always", "grace");
            let closed = world.open_issue(REPO, "It broke", "Once", "grace");
            world.set_state(REPO, closed, "closed");
        },
        &expected,
        6,
    )
    .await;
}

#[tokio::test]
async fn after_a_week_offline_nothing_is_lost_and_nothing_comes_twice() {
    let mut watch = lively().await;
    watch.later(7 * 86_400);
    let mut expected = BTreeSet::new();
    for number in 0..250 {
        watch.later(1);
        let issue = watch
            .forge
            .with(|world| world.open_issue(REPO, &format!("Number {number}"), "", "grace"));
        expected.insert(format!("issue.created issue/{issue}/opened"));
    }
    for number in 0..130_u64 {
        watch.later(1);
        let issue = number + 4;
        let comment = watch
            .forge
            .with(|world| world.comment(REPO, issue, "ada", "Seen"));
        expected.insert(format!(
            "issue.comment.created issue/{issue}/comment/{comment}"
        ));
    }
    for number in 0..120_u64 {
        watch.later(1);
        let branch = format!("late-{number}");
        let (sha, pull) = watch.forge.with(|world| {
            let sha = world.push(REPO, &branch, &[("late", &branch)], "Late");
            (sha, world.open_pull(REPO, &branch, "Late", "grace"))
        });
        expected.insert(format!("repo.push branch/{branch}/{sha}"));
        expected.insert(format!("repo.pr.opened pull/{pull}/opened"));
    }
    scenario::all_is_seen_once(&mut watch, &expected, 12).await;
}

#[tokio::test]
async fn the_build_of_a_pull_request_that_came_and_went_while_nobody_looked_is_found() {
    let mut watch = lively().await;
    watch.later(86_400);
    let run = watch.forge.with(|world| {
        let sha = world.push(REPO, "quick", &[("q.txt", "1\n")], "Quick");
        let pull = world.open_pull(REPO, "quick", "Quick", "grace");
        let run = world.run(REPO, None, &sha, "quick", &[("test", "failure", "no\n")]);
        world.set_state(REPO, pull, "closed");
        run
    });
    let found = keys(&watch.events().await);
    let wanted = format!("repo.build.failed run/{run}/1/failed");
    assert!(found.contains(&wanted), "{found:?}");
    for _ in 0..3 {
        watch.later(86_400);
        assert_eq!(watch.messages().await, []);
    }
}

#[tokio::test]
async fn a_repository_without_issues_is_watched_by_its_pull_requests() {
    let mut watch = Watch::new().await;
    watch.forge.with(|world| {
        world.refusals.push(perch_testkit::forge::Refusal {
            method: http::Method::GET,
            path: "/issues".into(),
            status: 410,
            message: "Issues are disabled for this repo".into(),
            headers: Vec::new(),
        });
    });
    assert!(watch.poll().await.expect("the stub answers").baseline);
    watch.forge.with(|world| {
        world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada")
    });
    let found = keys(&watch.events().await);
    assert!(
        found.contains(&"repo.pr.opened pull/1/opened".to_owned()),
        "{found:?}"
    );
}
