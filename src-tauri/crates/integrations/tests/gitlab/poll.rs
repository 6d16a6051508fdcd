//! Watching: what a poll at rest costs, and that everything is seen once.

use std::collections::BTreeSet;

use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::forge::Refusal;
use perch_testkit::scenario::poll as scenario;

use crate::support::{REPO, Watch, keys};

/// A project with a bit of everything.
async fn lively() -> Watch {
    Watch::begun(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        world.run(REPO, None, &main, "main", &[("test", "success", "ok\n")]);
        world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        let issue = world.open_issue(REPO, "It breaks", "Always", "grace");
        world.comment(REPO, issue, "ada", "I see");
        world.release(REPO, "v1");
    })
    .await
}

#[tokio::test]
async fn at_rest_a_poll_is_four_conditional_requests_all_unchanged() {
    let mut watch = lively().await;
    for number in 0..25 {
        assert_eq!(watch.messages().await, [], "poll {number}");
        let log = watch.forge.take_log();
        assert_eq!(log.len(), 4, "poll {number}: {log:#?}");
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
async fn what_was_there_before_watching_is_a_baseline_and_told_no_more() {
    let expected = [
        "issue.created issue/2/opened",
        "repo.pr.opened pull/1/opened",
    ];
    let mut watch = scenario::what_was_there_before_is_a_baseline::<GitLab>(
        |world| {
            let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
            world.open_pull(REPO, "feature", "Add a", "ada");
            world.run(REPO, None, &sha, "feature", &[("test", "failure", "no\n")]);
            world.open_issue(REPO, "It breaks", "Always", "grace");
            let closed = world.open_issue(REPO, "It broke", "Once", "grace");
            world.set_state(REPO, closed, "closed");
            world.release(REPO, "v1");
        },
        &expected,
        12,
    )
    .await;
    // The last of each list is read again when another changes, and is still no news.
    watch.later(60);
    watch.forge.with(|world| {
        world.label(REPO, 2, "bug");
        world.label(REPO, 1, "bug");
        world.label(REPO, 3, "bug");
    });
    let changed = keys(&watch.events().await);
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(changed[0].starts_with("repo.pr.updated pull/1/updated/"));
}

#[tokio::test]
async fn an_old_thing_that_changes_first_is_not_taken_for_a_new_one() {
    let mut watch = Watch::begun(|world| {
        for number in 0..30 {
            world.open_issue(REPO, &format!("Number {number}"), "", "grace");
            world.later(1);
        }
        // The newest 20 changes are not of the newest issues.
        for number in 1..22 {
            world.label(REPO, number, "old");
            world.later(1);
        }
    })
    .await;
    watch.later(600);
    watch.forge.with(|world| world.label(REPO, 30, "bug"));
    assert_eq!(watch.messages().await, []);
}

#[tokio::test]
async fn a_push_of_many_branches_is_seen_branch_by_branch() {
    let mut watch = lively().await;
    watch
        .forge
        .with(|world| world.push_many(REPO, &["a", "b", "c", "feature"]));
    let found = keys(&watch.events().await);
    let pushes = found.iter().filter(|key| key.starts_with("repo.push "));
    assert_eq!(pushes.count(), 4, "{found:?}");
    for _ in 0..12 {
        assert_eq!(watch.messages().await, []);
    }
}

#[tokio::test]
async fn after_a_week_offline_nothing_is_lost_and_nothing_comes_twice() {
    let mut watch = lively().await;
    let mut expected = BTreeSet::new();
    for day in 0..7 {
        watch.later(86_400);
        for number in 0..36 {
            watch.later(if number % 3 == 0 { 0 } else { 7 });
            let issue = watch
                .forge
                .with(|world| world.open_issue(REPO, &format!("{day} {number}"), "", "grace"));
            expected.insert(format!("issue.created issue/{issue}/opened"));
            if number % 2 == 0 {
                let comment = watch
                    .forge
                    .with(|world| world.comment(REPO, issue, "ada", "Seen"));
                expected.insert(format!(
                    "issue.comment.created issue/{issue}/comment/{comment}"
                ));
            }
        }
        for number in 0..18 {
            let branch = format!("late-{day}-{number}");
            let (sha, pull, run) = watch.forge.with(|world| {
                let sha = world.push(REPO, &branch, &[("late", &branch)], "Late");
                let pull = world.open_pull(REPO, &branch, "Late", "grace");
                let jobs = [("test", "failure", "no\n")];
                let run = world.run(REPO, None, &sha, &branch, &jobs);
                (sha, pull, run)
            });
            expected.insert(format!("repo.push branch/{branch}/{sha}"));
            expected.insert(format!("repo.pr.opened pull/{pull}/opened"));
            let second = watch.now.as_second();
            expected.insert(format!("repo.build.failed pipeline/{run}/{second}/failed"));
        }
    }
    let asked = scenario::all_is_seen_once(&mut watch, &expected, 14).await;
    assert!(asked.iter().all(|count| *count < 260), "{asked:?} requests");
    // GitLab.com lets 2,000 be asked a minute.
    assert!(asked.iter().sum::<usize>() < 1_000, "{asked:?}");
}

#[tokio::test]
async fn what_changes_while_pages_are_read_is_neither_lost_nor_told_twice() {
    let mut watch = lively().await;
    watch.later(600);
    for number in 0..250 {
        watch.forge.with(|world| {
            world.later(1);
            world.open_issue(REPO, &format!("Number {number}"), "", "grace");
        });
    }
    watch.now = watch.forge.with(|world| world.now);
    // The first poll breaks off within the pages, the second sees others in front.
    watch
        .forge
        .trouble(3, perch_testkit::forge::Trouble::Refuse(404));
    let mut seen = keys(&watch.events().await);
    watch.forge.with(|world| {
        for number in 4..60 {
            world.label(REPO, number, "moved");
        }
    });
    for _ in 0..4 {
        seen.extend(keys(&watch.events().await));
    }
    let opened: BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), opened.len()), (250, 250));
}

#[tokio::test]
async fn a_project_without_issues_is_watched_all_the_same() {
    let mut watch = Watch::new().await;
    watch.forge.with(|world| {
        world.refusals.push(Refusal {
            method: http::Method::GET,
            path: "/issues".into(),
            status: 403,
            message: "403 Forbidden".into(),
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

#[tokio::test]
async fn a_project_that_moved_is_followed_by_its_number() {
    let mut watch = lively().await;
    watch.forge.with(|world| {
        world.repo(REPO).full_name = "acme/renamed".into();
        world.open_issue(REPO, "New", "", "grace");
    });
    let events = watch.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].subject.repository, REPO);
}
