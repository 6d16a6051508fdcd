//! Polling: pages, clocks that differ, repositories that come and go.

use std::collections::BTreeSet;

use perch_testkit::scenario::poll as scenario;
use perch_testkit::watch::{REPO, Watch};

use crate::forges::{Conduct, for_every_forge};

for_every_forge! {
    a_repository_added_later_is_begun_silently
    a_repository_watched_again_is_begun_afresh
    without_a_token_polls_are_rare
    what_fills_several_pages_is_seen_once
    clocks_that_differ_lose_and_repeat_nothing
}

async fn a_repository_added_later_is_begun_silently<P: Conduct>() {
    scenario::a_repository_added_later_is_begun_silently::<P>(P::SECOND).await;
}

async fn a_repository_watched_again_is_begun_afresh<P: Conduct>() {
    let watch = Watch::<P>::begun(|world| {
        world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
        world.open_pull(REPO, "feature", "Add a", "ada");
        world.comment(REPO, 1, "ada", "I see");
    });
    scenario::watched_again_it_is_begun_afresh(watch.await).await;
}

async fn without_a_token_polls_are_rare<P: Conduct>() {
    if P::RARE_WITHOUT_TOKEN {
        scenario::without_a_token_polls_are_rare::<P>().await;
    }
}

async fn what_fills_several_pages_is_seen_once<P: Conduct>() {
    let mut watch: Watch<P> = Watch::begun(|_| {}).await;
    watch.later(600);
    let mut expected = BTreeSet::new();
    for number in 0..230 {
        watch.later(1);
        watch.forge.with(|world| {
            let branch = format!("b{number}");
            let sha = world.push(REPO, &branch, &[("b.txt", &branch)], "Step");
            let pull = world.open_pull(REPO, &branch, "Step", "grace");
            expected.insert(format!("repo.push branch/{branch}/{sha}"));
            expected.insert(format!("repo.pr.opened pull/{pull}/opened"));
        });
    }
    scenario::all_is_seen_once(&mut watch, &expected, 12).await;
}

async fn clocks_that_differ_lose_and_repeat_nothing<P: Conduct>() {
    for ahead in [-7_200, -90, 90, 7_200] {
        scenario::clocks_that_differ_lose_and_repeat_nothing::<P>(ahead).await;
    }
}
