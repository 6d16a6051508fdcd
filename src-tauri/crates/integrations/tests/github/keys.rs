//! One fact has one key, whichever door it came through and however often.

use perch_integrations::providers::github::GitHub;
use perch_testkit::forge::World;
use perch_testkit::scenario::keys::{self as scenario, Happening};

use crate::support::{REPO, Watch};

const NOTHING: &str = "0000000000000000000000000000000000000000";

const HAPPENINGS: &[Happening] = &[
    ("a pull request is opened", |world| {
        world.push(REPO, "other", &[("o.txt", "1\n")], "Other");
        let number = world.open_pull(REPO, "other", "Other", "grace");
        ("pull_request", world.pull_payload(REPO, "opened", number))
    }),
    ("a fork's pull request is opened", |world| {
        let number = world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        ("pull_request", world.pull_payload(REPO, "opened", number))
    }),
    ("a pull request's head moves", |world| {
        let before = world.repo(REPO).head("feature");
        let after = world.push(REPO, "feature", &[("a.txt", "2\n")], "More");
        let mut payload = world.pull_payload(REPO, "synchronize", 1);
        payload["before"] = before.into();
        payload["after"] = after.into();
        ("pull_request", payload)
    }),
    ("a pull request is labelled", |world| {
        world.label(REPO, 1, "bug");
        ("pull_request", world.pull_payload(REPO, "labeled", 1))
    }),
    ("a pull request is merged", |world| {
        world.merge(REPO, 1);
        ("pull_request", world.pull_payload(REPO, "closed", 1))
    }),
    ("a pull request is closed", |world| {
        world.set_state(REPO, 1, "closed");
        ("pull_request", world.pull_payload(REPO, "closed", 1))
    }),
    ("a pull request is reopened", |world| {
        world.set_state(REPO, 3, "open");
        ("pull_request", world.pull_payload(REPO, "reopened", 3))
    }),
    ("a pull request is reviewed", |world| {
        let id = world.review(REPO, 1, "grace", "APPROVED");
        let payload = world.review_payload(REPO, "submitted", 1, id);
        ("pull_request_review", payload)
    }),
    ("an issue is opened", |world| {
        let number = world.open_issue(REPO, "New", "@ada look", "grace");
        ("issues", world.issue_payload(REPO, "opened", number))
    }),
    ("an issue is closed", |world| {
        world.set_state(REPO, 2, "closed");
        ("issues", world.issue_payload(REPO, "closed", 2))
    }),
    ("an issue is reopened", |world| {
        world.set_state(REPO, 4, "open");
        ("issues", world.issue_payload(REPO, "reopened", 4))
    }),
    ("an issue is commented on", |world| {
        let id = world.comment(REPO, 2, "grace", "Done, @ada");
        let payload = world.comment_payload(REPO, "created", 2, id);
        ("issue_comment", payload)
    }),
    ("a comment on a pull request is edited", |world| {
        let id = world.repo(REPO).comments()[0]["id"]
            .as_u64()
            .expect("an id");
        world.edit_comment(REPO, id, "Or not");
        let payload = world.comment_payload(REPO, "edited", 1, id);
        ("issue_comment", payload)
    }),
    ("somebody pushes to the default branch", |world| {
        let before = world.repo(REPO).head("main").expect("a commit");
        let after = world.push(REPO, "main", &[("m.txt", "1\n")], "Main");
        let payload = world.push_payload(REPO, "main", &before, &after);
        ("push", payload)
    }),
    ("a status fails", |world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        let id = world.status(REPO, &main, "ci/build: a/b", "error");
        ("status", world.status_payload(REPO, id))
    }),
    ("a check run passes", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let id = world.check(REPO, &sha, "lint", Some("success"));
        ("check_run", world.check_payload(REPO, id))
    }),
    ("a workflow run fails", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [("test", "failure", "no\n"), ("lint", "success", "ok\n")];
        let id = world.run(REPO, None, &sha, "feature", &jobs);
        ("workflow_run", world.run_payload(REPO, id))
    }),
    ("a workflow run passes on its second attempt", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [("test", "success", "ok\n")];
        world.run(REPO, Some(9), &sha, "feature", &jobs);
        ("workflow_run", world.run_payload(REPO, 9))
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
    world.run(
        REPO,
        Some(9),
        &sha,
        "feature",
        &[("test", "failure", "no\n")],
    );
}

#[tokio::test]
async fn webhook_poll_and_redelivery_of_one_fact_have_one_key() {
    // The push behind a pull request or a merge has a webhook of its own.
    let beside = [
        "a pull request is opened",
        "a pull request's head moves",
        "a pull request is merged",
    ];
    scenario::webhook_poll_and_redelivery_of_one_fact_have_one_key::<GitHub>(
        HAPPENINGS, arrange, &beside, false,
    )
    .await;
}

#[tokio::test]
async fn a_deleted_branch_and_a_tag_are_no_push() {
    let watch = Watch::begun(|_| {}).await;
    let main = watch
        .forge
        .with(|world| world.repo(REPO).head("main").expect("a commit"));
    let mut gone = watch
        .forge
        .with(|world| world.push_payload(REPO, "main", &main, NOTHING));
    gone["deleted"] = true.into();
    assert_eq!(watch.hook("push", &gone), []);
    let mut tag = watch
        .forge
        .with(|world| world.push_payload(REPO, "main", NOTHING, &main));
    tag["ref"] = "refs/tags/v1".into();
    assert_eq!(watch.hook("push", &tag), []);
}

#[tokio::test]
async fn a_job_of_actions_speaks_through_its_workflow_run() {
    let watch = Watch::begun(|_| {}).await;
    let (check, run) = watch.forge.with(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        let run = world.run(REPO, None, &main, "main", &[("test", "failure", "no\n")]);
        (
            world.check_payload(REPO, run + 1),
            world.run_payload(REPO, run),
        )
    });
    assert_eq!(check["check_run"]["name"], "test");
    assert_eq!(watch.hook("check_run", &check), []);
    assert_eq!(watch.hook("workflow_run", &run).len(), 1);
}
