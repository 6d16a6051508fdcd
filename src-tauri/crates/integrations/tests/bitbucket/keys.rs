//! One fact has one key, whichever door it came through and however often.

use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::forge::World;
use perch_testkit::scenario::keys::{self as scenario, Happening};
use serde_json::json;

use crate::support::{REPO, Watch, keys};

const HAPPENINGS: &[Happening] = &[
    ("a pull request is opened", |world| {
        world.push(REPO, "other", &[("o.txt", "1\n")], "Other");
        let number = world.open_pull(REPO, "other", "Other", "grace");
        let payload = world.bitbucket_pull_hook(REPO, number, "grace");
        ("pullrequest:created", payload)
    }),
    ("a fork's pull request is opened", |world| {
        let number = world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        let payload = world.bitbucket_pull_hook(REPO, number, "linus");
        ("pullrequest:created", payload)
    }),
    ("a pull request's head moves", |world| {
        world.push(REPO, "feature", &[("a.txt", "2\n")], "More");
        let payload = world.bitbucket_pull_hook(REPO, 1, "grace");
        ("pullrequest:updated", payload)
    }),
    ("a pull request is edited", |world| {
        world.retitle(REPO, 1, "Add a, really");
        let payload = world.bitbucket_pull_hook(REPO, 1, "grace");
        ("pullrequest:updated", payload)
    }),
    ("a pull request is merged", |world| {
        world.merge(REPO, 1);
        let payload = world.bitbucket_pull_hook(REPO, 1, "grace");
        ("pullrequest:fulfilled", payload)
    }),
    ("a pull request is declined", |world| {
        world.set_state(REPO, 1, "closed");
        let payload = world.bitbucket_pull_hook(REPO, 1, "grace");
        ("pullrequest:rejected", payload)
    }),
    ("a pull request is approved", |world| {
        world.review(REPO, 1, "grace", "APPROVED");
        let payload = world.bitbucket_review_hook(REPO, 1, "grace", "approval");
        ("pullrequest:approved", payload)
    }),
    ("changes are asked for", |world| {
        world.review(REPO, 1, "grace", "CHANGES_REQUESTED");
        let payload = world.bitbucket_review_hook(REPO, 1, "grace", "changes_request");
        ("pullrequest:changes_request_created", payload)
    }),
    ("a pull request is commented on", |world| {
        let id = world.comment(REPO, 1, "grace", "Why, @ada?");
        let payload = world.bitbucket_comment_hook(REPO, id);
        ("pullrequest:comment_created", payload)
    }),
    ("an issue is opened", |world| {
        let number = world.open_issue(REPO, "New", "@ada look", "grace");
        ("issue:created", world.bitbucket_issue_hook(REPO, number))
    }),
    ("an issue is closed", |world| {
        world.set_state(REPO, 2, "closed");
        let payload = world.bitbucket_state_hook(REPO, 2, "new");
        ("issue:updated", payload)
    }),
    ("an issue is reopened", |world| {
        world.set_state(REPO, 4, "open");
        let payload = world.bitbucket_state_hook(REPO, 4, "resolved");
        ("issue:updated", payload)
    }),
    ("an issue is commented on", |world| {
        let id = world.comment(REPO, 2, "grace", "Done, @ada");
        let payload = world.bitbucket_comment_hook(REPO, id);
        ("issue:comment_created", payload)
    }),
    ("somebody pushes to the default branch", |world| {
        let before = world.repo(REPO).head("main").expect("a commit");
        let after = world.push(REPO, "main", &[("m.txt", "1\n")], "Main");
        let payload = world.bitbucket_push_hook(REPO, "main", Some(&before), &after);
        ("repo:push", payload)
    }),
    ("somebody pushes a new branch", |world| {
        let after = world.push(REPO, "fresh", &[("m.txt", "1\n")], "Fresh");
        let payload = world.bitbucket_push_hook(REPO, "fresh", None, &after);
        ("repo:push", payload)
    }),
    ("a status fails", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let id = world.status(REPO, &sha, "ci/build", "failure");
        let payload = world.bitbucket_status_hook(REPO, id);
        ("repo:commit_status_created", payload)
    }),
    ("a pipeline fails", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [("test", "failure", "no\n"), ("lint", "success", "ok\n")];
        let id = world.run(REPO, None, &sha, "feature", &jobs);
        let payload = world.bitbucket_pipeline_hook(REPO, id);
        ("repo:commit_status_updated", payload)
    }),
    ("a pipeline passes", |world| {
        let sha = world.repo(REPO).head("main").expect("a commit");
        let id = world.run(REPO, None, &sha, "main", &[("test", "success", "ok\n")]);
        let payload = world.bitbucket_pipeline_hook(REPO, id);
        ("repo:commit_status_updated", payload)
    }),
];

fn arrange(world: &mut World) {
    let sha = world.push(REPO, "feature", &[("a.txt", "1\n")], "Add a");
    assert_eq!(world.open_pull(REPO, "feature", "Add a", "ada"), 1);
    assert_eq!(world.open_issue(REPO, "It breaks", "", "grace"), 2);
    world.push(REPO, "old", &[("o", "1\n")], "Old");
    assert_eq!(world.open_pull(REPO, "old", "Old", "grace"), 3);
    world.set_state(REPO, 3, "closed");
    assert_eq!(world.open_issue(REPO, "It broke", "", "grace"), 4);
    world.set_state(REPO, 4, "closed");
    world.comment(REPO, 1, "ada", "A thought");
    let jobs = [("test", "failure", "no\n")];
    world.run(REPO, Some(9), &sha, "feature", &jobs);
}

#[tokio::test]
async fn webhook_poll_and_redelivery_of_one_fact_have_one_key() {
    // The push behind a pull request or a merge has a webhook of its own.
    let beside = [
        "a pull request is opened",
        "a pull request's head moves",
        "a pull request is merged",
    ];
    scenario::webhook_poll_and_redelivery_of_one_fact_have_one_key::<Bitbucket>(
        HAPPENINGS, arrange, &beside, false,
    )
    .await;
}

#[tokio::test]
async fn a_push_of_several_branches_is_an_event_for_each() {
    let watch = Watch::begun(arrange).await;
    let mut payload = watch.forge.with(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        world.bitbucket_push_hook(REPO, "main", None, &main)
    });
    let mut changes = payload["push"]["changes"]
        .as_array()
        .expect("a list")
        .clone();
    let mut other = changes[0].clone();
    other["new"]["name"] = "other".into();
    let mut tag = changes[0].clone();
    tag["new"]["type"] = "tag".into();
    let gone = json!({"new": null, "old": changes[0]["new"], "closed": true});
    changes.extend([other, tag, gone]);
    payload["push"]["changes"] = changes.into();
    let found = watch.hook("repo:push", &payload);
    let branches: Vec<&str> = found
        .iter()
        .filter_map(|event| event.subject.branch.as_deref())
        .collect();
    assert_eq!(branches, ["main", "other"]);
    assert!(found[0].subject.on_default_branch && !found[1].subject.on_default_branch);
}

#[tokio::test]
async fn words_said_when_an_issue_is_closed_are_a_comment_too() {
    let watch = Watch::begun(arrange).await;
    let mut payload = watch.forge.with(|world| {
        world.set_state(REPO, 2, "closed");
        world.bitbucket_state_hook(REPO, 2, "open")
    });
    payload["comment"]["content"]["raw"] = "Fixed by 12, thanks @{557058:ada}".into();
    let found = watch.hook("issue:updated", &payload);
    let kinds: Vec<&str> = found.iter().map(|one| one.event_type.as_str()).collect();
    assert_eq!(kinds, ["issue.closed", "issue.comment.created"]);
    assert!(found[1].involves.contains(&"557058:ada".to_owned()));
}

#[tokio::test]
async fn an_issue_and_a_pull_request_of_one_number_are_two_things() {
    let watch = Watch::begun(|_| {}).await;
    let payload = |field: &str| {
        json!({
            "repository": {"uuid": "{7}", "full_name": REPO},
            "actor": {"nickname": "grace"},
            field: {"id": 3, "title": "Three"},
            "comment": {"id": 1, "content": {"raw": "Hm"}},
        })
    };
    let issue = watch.hook("issue:comment_created", &payload("issue"));
    let pull = watch.hook("pullrequest:comment_created", &payload("pullrequest"));
    assert_eq!(keys(&issue), ["issue.comment.created issue/3/comment/1"]);
    assert_eq!(keys(&pull), ["issue.comment.created pull/3/comment/1"]);
}

#[tokio::test]
async fn what_is_no_event_of_ours_is_none() {
    let watch = Watch::begun(arrange).await;
    let (pull, issue, mut status) = watch.forge.with(|world| {
        let sha = world.repo(REPO).head("main").expect("a commit");
        let id = world.status(REPO, &sha, "ci", "pending");
        (
            world.bitbucket_pull_hook(REPO, 1, "grace"),
            world.bitbucket_state_hook(REPO, 2, "open"),
            world.bitbucket_status_hook(REPO, id),
        )
    });
    for kind in [
        "pullrequest:comment_deleted",
        "pullrequest:comment_updated",
        "pullrequest:folded",
        "pullrequest",
        "repo:fork",
        "",
    ] {
        assert_eq!(watch.hook(kind, &pull), [], "{kind}");
    }
    // From one open state to another.
    assert_eq!(watch.hook("issue:updated", &issue), []);
    assert_eq!(watch.hook("repo:commit_status_created", &status), []);
    status["commit_status"]["state"] = "A state of next year".into();
    assert_eq!(watch.hook("repo:commit_status_updated", &status), []);
}
