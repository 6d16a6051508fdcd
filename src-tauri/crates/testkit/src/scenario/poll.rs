//! Watching: that everything is seen once, from the first look on.

use std::collections::BTreeSet;

use perch_core::seam::provider::Provider;

use crate::watch::{REPO, Watch, keys};

/// A repository added later is begun silently. `name` is its name; `number` the one its second issue gets.
///
/// # Panics
/// When it is not.
pub async fn a_repository_added_later_is_begun_silently<P: Provider + Default>(name: &str) {
    let mut watch: Watch<P> = Watch::begun(|_| {}).await;
    let issues = watch.has_issues();
    watch.forge.with(|world| {
        world.create(name);
        if issues {
            world.open_issue(name, "Old", "", "grace");
        }
    });
    watch.connection.watch.push(name.into());
    assert_eq!(watch.messages().await, []);
    let news = watch.news_of(name);
    assert_eq!(keys(&watch.events().await), [news]);
}

/// Watched again, it begins afresh whatever was remembered of it.
///
/// # Panics
/// When it does not.
pub async fn watched_again_it_is_begun_afresh<P: Provider + Default>(mut watch: Watch<P>) {
    watch.cursor = None;
    assert!(watch.poll().await.expect("the stub answers").baseline);
    assert_eq!(watch.messages().await, []);
    let news = watch.news();
    assert_eq!(keys(&watch.events().await), [news]);
}

/// What was there before is a baseline of what is open, and told no more. Returns the watch.
///
/// # Panics
/// When it is otherwise.
pub async fn what_was_there_before_is_a_baseline<P: Provider + Default>(
    arrange: impl FnOnce(&mut crate::forge::World),
    expected: &[&str],
    polls: usize,
) -> Watch<P> {
    let mut watch: Watch<P> = Watch::new().await;
    watch.forge.with(arrange);
    let batch = watch.poll().await.expect("the stub answers");
    assert!(batch.baseline);
    let events: Vec<_> = batch
        .deliveries
        .into_iter()
        .flat_map(|message| watch.parse(message))
        .collect();
    let mut there = keys(&events);
    there.sort();
    assert_eq!(there, expected);
    for _ in 0..polls {
        assert_eq!(watch.messages().await, []);
    }
    watch
}

/// Everything in `expected` is seen within `polls`, once, and nothing else. Returns how much each poll asked.
///
/// # Panics
/// When something is lost, invented or told twice.
pub async fn all_is_seen_once<P: Provider + Default>(
    watch: &mut Watch<P>,
    expected: &BTreeSet<String>,
    polls: usize,
) -> Vec<usize> {
    let (mut seen, mut asked) = (Vec::new(), Vec::new());
    for _ in 0..polls {
        seen.extend(keys(&watch.events().await));
        asked.push(watch.forge.take_log().len());
    }
    let distinct: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(seen.len(), distinct.len(), "nothing comes twice");
    let lost: Vec<&String> = expected.difference(&distinct).collect();
    let invented: Vec<&String> = distinct.difference(expected).collect();
    assert!(
        lost.is_empty() && invented.is_empty(),
        "lost {lost:#?} invented {invented:#?}"
    );
    asked
}

/// With the forge's clock so many seconds ahead of this machine's, or behind it, everything is seen once.
///
/// # Panics
/// When something is lost or told twice.
pub async fn clocks_that_differ_lose_and_repeat_nothing<P: Provider + Default>(ahead: i64) {
    let mut watch: Watch<P> = Watch::new().await;
    watch.ahead = jiff::SignedDuration::from_secs(ahead);
    watch.later(0);
    watch.forge.with(|world| {
        world.push(REPO, "old", &[("o.txt", "1\n")], "Old");
        world.open_pull(REPO, "old", "Old", "grace");
        world.comment(REPO, 1, "grace", "Before");
    });
    assert!(watch.poll().await.expect("the stub answers").baseline);
    let mut expected = BTreeSet::new();
    let mut seen = Vec::new();
    for number in 0..4 {
        watch.later(40);
        watch.forge.with(|world| {
            let branch = format!("b{number}");
            let sha = world.push(REPO, &branch, &[("b.txt", &branch)], "Step");
            let pull = world.open_pull(REPO, &branch, "Step", "grace");
            expected.insert(format!("repo.push branch/{branch}/{sha}"));
            expected.insert(format!("repo.pr.opened pull/{pull}/opened"));
        });
        watch.later(40);
        seen.extend(keys(&watch.events().await));
    }
    for _ in 0..6 {
        watch.later(60);
        seen.extend(keys(&watch.events().await));
    }
    seen.sort();
    let expected: Vec<String> = expected.into_iter().collect();
    assert_eq!(seen, expected, "{ahead} seconds");
}

/// Without a token polls are rare.
///
/// # Panics
/// When they are not.
pub async fn without_a_token_polls_are_rare<P: Provider + Default>() {
    let watch: Watch<P> = Watch::new().await;
    watch.forge.with(|world| world.token = None);
    let mut ctx = watch.context();
    ctx.token = None;
    let batch = watch.provider.poll(&ctx, None).await.expect("public");
    assert!(batch.wait.is_some_and(|wait| wait.as_mins() >= 5));
}

/// An issue opened, or a pull request where there are no issues; returns its number.
///
/// # Panics
/// When the repository was not made.
pub fn open_something(world: &mut crate::forge::World, issues: bool, title: &str) -> u64 {
    if issues {
        world.open_issue(REPO, title, "", "grace")
    } else {
        world.push(REPO, title, &[("late", title)], "Late");
        world.open_pull(REPO, title, title, "grace")
    }
}

/// A pull request that was opened and merged between two looks is told as both.
///
/// # Panics
/// When it is not.
pub async fn opened_and_merged_between_two_looks_is_both<P: Provider + Default>(
    mut watch: Watch<P>,
) {
    let merged = watch.forge.with(|world| {
        world.push(REPO, "quick", &[("q", "1\n")], "Quick");
        let number = world.open_pull(REPO, "quick", "Quick", "grace");
        world.merge(REPO, number);
        number
    });
    let mut found = keys(&watch.events().await);
    found.retain(|key| !key.starts_with("repo.push "));
    found.sort();
    assert_eq!(
        found,
        [
            format!("repo.pr.merged pull/{merged}/merged"),
            format!("repo.pr.opened pull/{merged}/opened"),
        ]
    );
}
