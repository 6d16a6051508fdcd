//! Watching: what a poll at rest costs, and that everything is seen once.

use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::poll as scenario;
use std::collections::BTreeSet;

use crate::support::{REPO, Watch, keys};

/// A repository with a bit of everything.
async fn lively() -> Watch {
    Watch::begun(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        world.status(REPO, &main, "ci/build", "success");
        world.run(REPO, None, &main, "main", &[("test", "success", "ok\n")]);
        let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.status(REPO, &sha, "lint", "success");
        world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        let issue = world.open_issue(REPO, "It breaks", "Always", "grace");
        world.comment(REPO, issue, "ada", "I see");
        world.review(REPO, 1, "grace", "APPROVED");
        world.release(REPO, "v1");
    })
    .await
}

#[tokio::test]
async fn at_rest_a_poll_is_four_requests() {
    let mut watch = lively().await;
    for number in 0..25 {
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
async fn after_rest_each_thing_that_happens_is_seen_by_the_next_polls() {
    let mut watch = lively().await;
    watch.later(2 * 3_600);
    for _ in 0..10 {
        assert_eq!(watch.messages().await, []);
    }
    let main = watch
        .forge
        .with(|world| world.repo(REPO).head("main").expect("a commit"));

    // What issues, pull requests and branches tell is seen by the very next poll.
    let review = watch
        .forge
        .with(|world| world.review(REPO, 2, "ada", "CHANGES_REQUESTED"));
    let events = watch.events().await;
    assert_eq!(events.len(), 1, "{:?}", keys(&events));
    assert_eq!(events[0].data["review"]["id"], review);
    assert_eq!(events[0].data["review"]["state"], "changes_requested");
    assert_eq!(events[0].subject.branch.as_deref(), Some("linus:patch-1"));

    let comment = watch
        .forge
        .with(|world| world.comment(REPO, 2, "linus", "Why, @ada?"));
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [format!("issue.comment.created issue/2/comment/{comment}")]
    );
    assert!(events[0].involves.contains(&"ada".to_owned()));

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

    // Runs and the default branch's statuses take turns.
    let run = watch.forge.with(|world| {
        let jobs = [("test", "failure", "no\n")];
        world.run(REPO, None, &main, "main", &jobs)
    });
    let mut events = watch.events().await;
    events.extend(watch.events().await);
    assert_eq!(events.len(), 1, "{:?}", keys(&events));
    assert_eq!(events[0].event_type.as_str(), "repo.build.failed");
    assert_eq!(events[0].data["build"]["run_number"], run);
    watch
        .forge
        .with(|world| world.status(REPO, &main, "ci/build", "failure"));
    let mut events = watch.events().await;
    events.extend(watch.events().await);
    assert_eq!(
        keys(&events),
        [format!("repo.build.failed status/{main}/ci/build/failed")]
    );

    // The rest has its turn within a few.
    let release = watch.forge.with(|world| world.release(REPO, "v2"));
    let mut found = Vec::new();
    for _ in 0..12 {
        found.extend(keys(&watch.events().await));
    }
    assert_eq!(
        found,
        [format!(
            "repo.release.published release/{release}/published"
        )]
    );
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
        let mut events = watch.events().await;
        for _ in 0..2 {
            events.extend(watch.events().await);
        }
        let expected = usize::from(state == "failure");
        assert_eq!(events.len(), expected, "{state}");
        for event in events {
            assert_eq!(event.subject.number, Some(1));
            assert_eq!(event.subject.branch.as_deref(), Some("feature"));
            assert!(event.involves.contains(&"ada".to_owned()));
        }
    }
}

#[tokio::test]
async fn without_a_list_of_runs_the_jobs_statuses_are_told() {
    let mut watch = Watch::new().await;
    watch.forge.with(|world| world.lists_runs = false);
    assert!(watch.poll().await.expect("the stub answers").baseline);
    let main = watch.forge.with(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        let jobs = [("lint", "success", "ok\n"), ("test", "failure", "no\n")];
        world.run(REPO, None, &main, "main", &jobs);
        main
    });
    let mut found = Vec::new();
    for _ in 0..4 {
        found.extend(keys(&watch.events().await));
    }
    found.sort();
    assert_eq!(
        found,
        [
            format!("repo.build.completed status/{main}/ci.yaml / lint (push)/passed"),
            format!("repo.build.failed status/{main}/ci.yaml / test (push)/failed"),
        ]
    );
}

#[tokio::test]
async fn what_was_there_before_watching_is_a_baseline_and_told_no_more() {
    let expected = [
        "issue.created issue/2/opened",
        "repo.pr.opened pull/1/opened",
    ];
    let mut watch = scenario::what_was_there_before_is_a_baseline::<Gitea>(
        |world| {
            world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
            world.open_pull(REPO, "feature", "Add a", "ada");
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
    for issue in 10..30_u64 {
        let closed = watch.forge.with(|world| {
            world.later(1);
            world.set_state(REPO, issue, "closed");
            world.now.as_second()
        });
        watch.later(2);
        expected.insert(format!("issue.closed issue/{issue}/closed/{closed}"));
        let comment = watch
            .forge
            .with(|world| world.comment(REPO, issue, "ada", "Thanks"));
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
    for number in 0..70 {
        watch.later(1);
        let (run, ended) = watch.forge.with(|world| {
            let main = world.repo(REPO).head("main").expect("a commit");
            let end = if number % 2 == 0 {
                "failure"
            } else {
                "success"
            };
            let run = world.run(REPO, None, &main, "main", &[("test", end, "said\n")]);
            (run, world.now.as_second())
        });
        let (kind, result) = if number % 2 == 0 {
            ("failed", "failed")
        } else {
            ("completed", "passed")
        };
        expected.insert(format!("repo.build.{kind} run/{run}/{ended}/{result}"));
    }
    scenario::all_is_seen_once(&mut watch, &expected, 14).await;
}

#[tokio::test]
async fn pages_are_asked_of_the_address_that_was_given_whatever_links_say() {
    let mut watch = Watch::begun(|world| {
        for number in 0..120 {
            world.open_issue(REPO, &format!("Number {number}"), "", "grace");
        }
    })
    .await;
    watch.later(3_600);
    watch.forge.with(|world| {
        for number in 1..=120 {
            world.label(REPO, number, "old");
        }
    });
    assert_eq!(watch.messages().await, []);
    let pages: BTreeSet<String> = watch
        .forge
        .take_log()
        .iter()
        .filter(|asked| asked.path.ends_with("/issues"))
        .flat_map(|asked| asked.query.split('&').map(String::from).collect::<Vec<_>>())
        .filter(|pair| pair.starts_with("page="))
        .collect();
    assert_eq!(
        pages.into_iter().collect::<Vec<_>>(),
        ["page=1", "page=2", "page=3"]
    );
}
