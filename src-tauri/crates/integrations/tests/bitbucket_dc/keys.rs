//! One fact has one key, whichever door it came through and however often.

use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::forge::World;
use perch_testkit::scenario::keys::{self as scenario, Happening};
use serde_json::json;

use crate::support::{REPO, Watch};

const HAPPENINGS: &[Happening] = &[
    ("a pull request is opened", |world| {
        world.push(REPO, "other", &[("o.txt", "1\n")], "Other");
        let number = world.open_pull(REPO, "other", "Other", "grace");
        let payload = world.datacenter_pull_hook(REPO, number, "grace");
        ("pr:opened", payload)
    }),
    ("a fork's pull request is opened", |world| {
        let number = world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        let payload = world.datacenter_pull_hook(REPO, number, "linus");
        ("pr:opened", payload)
    }),
    ("a pull request's head moves", |world| {
        let before = world.repo(REPO).head("feature").expect("a commit");
        world.push(REPO, "feature", &[("a.txt", "2\n")], "More");
        let mut payload = world.datacenter_pull_hook(REPO, 1, "grace");
        payload["previousFromHash"] = before.into();
        ("pr:from_ref_updated", payload)
    }),
    ("a pull request is edited", |world| {
        world.retitle(REPO, 1, "Add a, really");
        let payload = world.datacenter_pull_hook(REPO, 1, "grace");
        ("pr:modified", payload)
    }),
    ("a pull request is merged", |world| {
        world.merge(REPO, 1);
        let payload = world.datacenter_pull_hook(REPO, 1, "grace");
        ("pr:merged", payload)
    }),
    ("a pull request is declined", |world| {
        world.set_state(REPO, 1, "closed");
        let payload = world.datacenter_pull_hook(REPO, 1, "grace");
        ("pr:declined", payload)
    }),
    ("a pull request is reopened", |world| {
        world.set_state(REPO, 2, "open");
        let payload = world.datacenter_pull_hook(REPO, 2, "grace");
        ("pr:reopened", payload)
    }),
    ("a pull request is approved", |world| {
        world.review(REPO, 1, "grace", "APPROVED");
        let payload = world.datacenter_review_hook(REPO, 1, "grace");
        ("pr:reviewer:approved", payload)
    }),
    ("changes are asked for", |world| {
        world.review(REPO, 1, "grace", "CHANGES_REQUESTED");
        let payload = world.datacenter_review_hook(REPO, 1, "grace");
        ("pr:reviewer:needs_work", payload)
    }),
    ("a pull request is commented on", |world| {
        let id = world.comment(REPO, 1, "grace", "Why, @ada?");
        let payload = world.datacenter_comment_hook(REPO, id);
        ("pr:comment:added", payload)
    }),
    ("a declined pull request is commented on", |world| {
        let id = world.comment(REPO, 2, "grace", "Pity");
        let payload = world.datacenter_comment_hook(REPO, id);
        ("pr:comment:added", payload)
    }),
    ("somebody pushes to the default branch", |world| {
        let before = world.repo(REPO).head("main").expect("a commit");
        let after = world.push(REPO, "main", &[("m.txt", "1\n")], "Main");
        let payload = world.datacenter_push_hook(REPO, "main", Some(&before), &after);
        ("repo:refs_changed", payload)
    }),
    ("somebody pushes a new branch", |world| {
        let after = world.push(REPO, "fresh", &[("m.txt", "1\n")], "Fresh");
        let payload = world.datacenter_push_hook(REPO, "fresh", None, &after);
        ("repo:refs_changed", payload)
    }),
];

fn arrange(world: &mut World) {
    world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
    assert_eq!(world.open_pull(REPO, "feature", "Add a", "ada"), 1);
    world.push(REPO, "old", &[("o", "1\n")], "Old");
    assert_eq!(world.open_pull(REPO, "old", "Old", "grace"), 2);
    world.set_state(REPO, 2, "closed");
    world.comment(REPO, 1, "ada", "A thought");
}

#[tokio::test]
async fn webhook_poll_and_redelivery_of_one_fact_have_one_key() {
    // The push behind a pull request or a merge has a webhook of its own.
    let beside = [
        "a pull request is opened",
        "a pull request's head moves",
        "a pull request is merged",
    ];
    scenario::webhook_poll_and_redelivery_of_one_fact_have_one_key::<BitbucketDc>(
        HAPPENINGS, arrange, &beside, false,
    )
    .await;
}

#[tokio::test]
async fn a_push_of_several_branches_is_an_event_for_each() {
    let watch = Watch::begun(arrange).await;
    let mut payload = watch.forge.with(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        world.datacenter_push_hook(REPO, "main", None, &main)
    });
    let mut changes = payload["changes"].as_array().expect("a list").clone();
    let change = |reference: &str, hash: Option<&str>| {
        let mut change = changes[0].clone();
        change["ref"]["id"] = reference.into();
        if let Some(hash) = hash {
            change["toHash"] = hash.into();
        }
        change
    };
    let nothing = "0000000000000000000000000000000000000000";
    let more = [
        change("refs/heads/other", None),
        change("refs/tags/v1", None),
        change("refs/heads/gone", Some(nothing)),
    ];
    changes.extend(more);
    payload["changes"] = changes.into();
    let found = watch.hook("repo:refs_changed", &payload);
    let branches: Vec<&str> = found
        .iter()
        .filter_map(|event| event.subject.branch.as_deref())
        .collect();
    assert_eq!(branches, ["main", "other"]);
    assert!(found[0].subject.on_default_branch && !found[1].subject.on_default_branch);
}

#[tokio::test]
async fn what_is_no_event_of_ours_is_none() {
    let watch = Watch::begun(arrange).await;
    let pull = watch
        .forge
        .with(|world| world.datacenter_pull_hook(REPO, 1, "grace"));
    for kind in [
        "pr:comment:deleted",
        "pr:comment:edited",
        "pr:reviewer:of_next_year",
        "pr:",
        "repo:forked",
        "mirror:repo_synchronized",
        "",
    ] {
        assert_eq!(watch.hook(kind, &pull), [], "{kind}");
    }
    let mut build = json!({"commit": "c", "build": {"key": "ci", "state": "INPROGRESS"}});
    build["repository"] = pull["pullRequest"]["toRef"]["repository"].clone();
    assert_eq!(watch.hook("poll/build", &build), []);
    build["build"]["state"] = "A state of next year".into();
    assert_eq!(watch.hook("poll/build", &build), []);
    build["build"]["state"] = "FAILED".into();
    assert_eq!(watch.hook("poll/build", &build).len(), 1);
}
