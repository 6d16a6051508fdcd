//! The thousand requests an hour that Bitbucket allows, with twenty repositories: counted at the stub.

use std::collections::BTreeMap;

use crate::support::{REPO, Watch, keys};

const REPOSITORIES: usize = 20;

/// Twenty repositories, watched, after their first looks.
async fn twenty() -> Watch {
    let mut watch = Watch::new().await;
    for number in 1..REPOSITORIES {
        let name = format!("acme/r{number}");
        watch.forge.with(|world| world.create(&name));
        watch.connection.watch.push(name);
    }
    for name in watch.connection.watch.clone() {
        watch.forge.with(|world| {
            let main = world.repo(&name).head("main").expect("a commit");
            world.run(&name, None, &main, "main", &[("test", "success", "ok\n")]);
            world.push(&name, "feature", &[("a.txt", "1\n")], "Add a");
            world.open_pull(&name, "feature", "Add a", "ada");
            world.open_issue(&name, "It breaks", "", "grace");
        });
    }
    assert!(watch.poll().await.expect("the stub answers").baseline);
    watch
}

/// An hour and what came before it that no longer counts.
async fn rested() -> Watch {
    let mut watch = twenty().await;
    for _ in 0..60 {
        assert_eq!(watch.messages().await, []);
    }
    watch.forge.take_log();
    watch
}

#[tokio::test]
async fn an_hour_at_rest_costs_less_than_six_hundred_requests() {
    let mut watch = rested().await;
    let mut most = 0;
    for _ in 0..60 {
        assert_eq!(watch.messages().await, []);
        most = most.max(watch.forge.take_log().len());
    }
    // Spread over the hour, and not all at once.
    assert!(most < 40, "{most} requests in one poll");
    let mut asked = 0;
    for _ in 0..60 {
        assert_eq!(watch.messages().await, []);
        asked += watch.forge.take_log().len();
    }
    assert!(asked < 600, "{asked} requests in an hour");
    println!("at rest: {asked} requests in an hour");
}

#[tokio::test]
async fn the_first_hour_stays_within_the_thousand() {
    let mut watch = twenty().await;
    for _ in 0..59 {
        assert_eq!(watch.messages().await, []);
    }
    let asked = watch.forge.take_log().len();
    assert!(asked < 1_000, "{asked} requests in the first hour");
    println!("the first hour: {asked} requests");
}

#[tokio::test]
async fn an_hour_with_forty_happenings_stays_within_the_thousand_and_each_is_seen_within_ten_minutes()
 {
    let mut watch = rested().await;
    let mut waiting: BTreeMap<String, i64> = BTreeMap::new();
    let (mut asked, mut slowest) = (0, 0);
    for minute in 0..72 {
        // Forty in the first hour, spread over repositories and kinds.
        if minute < 60 && minute % 3 != 2 {
            let number = minute / 3 * 2 + minute % 3;
            let name = watch.connection.watch[number * 7 % REPOSITORIES].clone();
            let key = happen(&watch, number, &name);
            waiting.insert(key, watch.now.as_second());
        }
        for event in watch.events().await {
            let repository = event.subject.repository.clone();
            for key in keys(std::slice::from_ref(&event)) {
                let key = format!("{repository} {key}");
                if let Some(since) = waiting.remove(&key) {
                    slowest = slowest.max(watch.now.as_second() - since);
                }
            }
        }
        if minute < 60 {
            asked += watch.forge.take_log().len();
        }
    }
    assert!(waiting.is_empty(), "never seen: {waiting:#?}");
    assert!(slowest <= 600, "one was seen after {slowest} s");
    assert!(asked < 1_000, "{asked} requests in an hour");
    println!("forty happenings: {asked} requests in an hour, the slowest seen after {slowest} s");
}

/// Something happens in `name`; returns repository and key of the event it is.
fn happen(watch: &Watch, number: usize, name: &str) -> String {
    let key = watch.forge.with(|world| {
        let main = world.repo(name).head("main").expect("a commit");
        match number % 8 {
            0 => {
                let sha = world.push(name, "main", &[("n", &number.to_string())], "Step");
                format!("repo.push branch/main/{sha}")
            }
            1 => {
                let issue = world.open_issue(name, "New", "", "grace");
                format!("issue.created issue/{issue}/opened")
            }
            2 => {
                let id = world.comment(name, 1, "grace", "Why?");
                format!("issue.comment.created pull/1/comment/{id}")
            }
            3 => {
                let run = world.run(name, None, &main, "main", &[("test", "failure", "no\n")]);
                format!("repo.build.failed pipeline/{run}/failed")
            }
            4 => {
                let branch = format!("b{number}");
                world.push(name, &branch, &[("b", &branch)], "Branch");
                let pull = world.open_pull(name, &branch, "Branch", "grace");
                format!("repo.pr.opened pull/{pull}/opened")
            }
            5 => {
                let id = world.comment(name, 2, "grace", "Me too");
                format!("issue.comment.created issue/2/comment/{id}")
            }
            6 => {
                let sha = world.push(name, "feature", &[("f", &number.to_string())], "More");
                world.status(name, &sha, "ci/build", "failure");
                format!("repo.build.failed status/{sha}/ci/build/failed")
            }
            _ => {
                let issue = world.open_issue(name, "Short", "", "grace");
                world.later(1);
                world.set_state(name, issue, "closed");
                let second = world.now.as_second();
                format!("issue.closed issue/{issue}/closed/{second}")
            }
        }
    });
    assert!(name == REPO || name.starts_with("acme/r"));
    format!("{name} {key}")
}
