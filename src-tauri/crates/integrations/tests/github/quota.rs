//! The points that GitHub counts, with fifty repositories: as the stub counts them, of which unchanged answers are none.

use crate::support::{REPO, Watch, keys};

const REPOSITORIES: usize = 50;
const POINTS: u64 = 5_000;

/// Fifty repositories of different ages, each with a bit of everything, after their first looks.
async fn fifty() -> Watch {
    let mut watch = Watch::new().await;
    for number in 1..REPOSITORIES {
        let name = format!("acme/r{number}");
        watch.forge.with(|world| world.create(&name));
        watch.connection.watch.push(name);
    }
    for name in watch.connection.watch.clone() {
        watch.later(7);
        watch.forge.with(|world| {
            let main = world.repo(&name).head("main").expect("a commit");
            world.status(&name, &main, "ci/build", "success");
            world.run(&name, None, &main, "main", &[("test", "success", "ok\n")]);
            let sha = world.push(&name, "feature", &[("a.txt", "1\n")], "Add a");
            let pull = world.open_pull(&name, "feature", "Add a", "ada");
            world.check(&name, &sha, "lint", Some("failure"));
            world.review(&name, pull, "grace", "APPROVED");
            world.later(2);
            let issue = world.open_issue(&name, "It breaks", "Always", "grace");
            world.comment(&name, issue, "ada", "I see");
            world.release(&name, "v1");
        });
    }
    // The first looks take more than one poll.
    for _ in 0..5 {
        let batch = watch.poll().await.expect("the stub answers");
        assert!(batch.baseline);
        if batch.begun {
            return watch;
        }
    }
    panic!("fifty repositories take more than five polls to begin");
}

#[tokio::test]
async fn an_hour_at_rest_with_fifty_repositories_costs_no_point_after_the_first_sweep() {
    let mut watch = fifty().await;
    let first = watch.forge.take_log();
    let first = first.iter().filter(|asked| asked.status != 304).count();
    watch.forge.with(|world| world.quota = Some(POINTS));
    for minute in 0..60 {
        assert_eq!(watch.messages().await, [], "minute {minute}");
        let log = watch.forge.take_log();
        assert!(log.len() <= 4 * REPOSITORIES, "{} requests", log.len());
        let cost = log.iter().find(|asked| asked.status != 304);
        let cost = cost.map(|asked| format!("{} {}?{}", asked.method, asked.path, asked.query));
        assert_eq!(cost, None, "minute {minute}");
    }
    let left = watch.forge.with(|world| world.quota);
    assert_eq!(left, Some(POINTS));
    println!("the first looks: {first} points; an hour at rest: 0");
}

#[tokio::test]
async fn what_happens_in_one_of_fifty_costs_points_for_that_one_alone() {
    let mut watch = fifty().await;
    watch.forge.take_log();
    watch
        .forge
        .with(|world| world.open_issue("acme/r7", "New", "", "grace"));
    assert_eq!(
        keys(&watch.events().await),
        ["issue.created issue/3/opened"]
    );
    let counted: Vec<String> = watch
        .forge
        .take_log()
        .into_iter()
        .filter(|asked| asked.status != 304)
        .map(|asked| asked.path)
        .collect();
    assert!(!counted.is_empty());
    for path in &counted {
        assert!(path.starts_with("/repos/acme/r7/"), "{counted:?}");
    }
    assert!(
        REPO == watch.connection.watch[0] && counted.len() <= 4,
        "{counted:?}"
    );
}
