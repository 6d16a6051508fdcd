//! One fact has one key, whichever door it came through and however often.

use perch_integrations::providers::gitea::Gitea;
use perch_testkit::forge::World;
use perch_testkit::scenario::keys::{self as scenario, Happening};
use serde_json::json;

use crate::support::{REPO, Watch};

const NOTHING: &str = "0000000000000000000000000000000000000000";

const HAPPENINGS: &[Happening] = &[
    ("a pull request is opened", |world| {
        world.push(REPO, "other", &[("o.txt", "1\n")], "Other");
        let number = world.open_pull(REPO, "other", "Other", "grace");
        (
            "pull_request",
            world.gitea_pull_hook(REPO, "opened", number),
        )
    }),
    ("a fork's pull request is opened", |world| {
        let number = world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        (
            "pull_request",
            world.gitea_pull_hook(REPO, "opened", number),
        )
    }),
    ("a pull request's head moves", |world| {
        let before = world.repo(REPO).head("feature");
        let after = world.push(REPO, "feature", &[("a.txt", "2\n")], "More");
        let mut payload = world.gitea_pull_hook(REPO, "synchronized", 1);
        payload["before"] = before.into();
        payload["after"] = after.into();
        ("pull_request", payload)
    }),
    ("a pull request is labelled", |world| {
        world.label(REPO, 1, "bug");
        (
            "pull_request",
            world.gitea_pull_hook(REPO, "label_updated", 1),
        )
    }),
    ("a pull request is merged", |world| {
        world.merge(REPO, 1);
        ("pull_request", world.gitea_pull_hook(REPO, "closed", 1))
    }),
    ("a pull request is closed", |world| {
        world.set_state(REPO, 1, "closed");
        ("pull_request", world.gitea_pull_hook(REPO, "closed", 1))
    }),
    ("a pull request is reopened", |world| {
        world.set_state(REPO, 3, "open");
        ("pull_request", world.gitea_pull_hook(REPO, "reopened", 3))
    }),
    ("a pull request is reviewed", |world| {
        world.review(REPO, 1, "grace", "APPROVED");
        ("pull_request_approved", world.gitea_approved_hook(REPO, 1))
    }),
    ("an issue is opened", |world| {
        let number = world.open_issue(REPO, "New", "@ada look", "grace");
        ("issues", world.gitea_issue_hook(REPO, "opened", number))
    }),
    ("an issue is closed", |world| {
        world.set_state(REPO, 2, "closed");
        ("issues", world.gitea_issue_hook(REPO, "closed", 2))
    }),
    ("an issue is reopened", |world| {
        world.set_state(REPO, 4, "open");
        ("issues", world.gitea_issue_hook(REPO, "reopened", 4))
    }),
    ("an issue is commented on", |world| {
        let id = world.comment(REPO, 2, "grace", "Done, @ada");
        let payload = world.gitea_comment_hook(REPO, "created", 2, id);
        ("issue_comment", payload)
    }),
    ("a comment on a pull request is edited", |world| {
        let id = world.repo(REPO).comments()[0]["id"]
            .as_u64()
            .expect("an id");
        world.edit_comment(REPO, id, "Or not");
        let payload = world.gitea_comment_hook(REPO, "edited", 1, id);
        ("issue_comment", payload)
    }),
    ("somebody pushes to the default branch", |world| {
        let before = world.repo(REPO).head("main").expect("a commit");
        let after = world.push(REPO, "main", &[("m.txt", "1\n")], "Main");
        ("push", world.gitea_push_hook(REPO, "main", &before, &after))
    }),
    ("a status fails", |world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        let id = world.status(REPO, &main, "ci/build: a/b", "error");
        let at = world.now.to_string();
        let payload = json!({
            "id": id,
            "sha": main,
            "context": "ci/build: a/b",
            "state": "error",
            "target_url": format!("https://ci.example.org/{id}"),
            "updated_at": at,
        });
        ("status", world.gitea_hook(REPO, payload))
    }),
    ("a workflow run fails", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [("test", "failure", "no\n"), ("lint", "success", "ok\n")];
        let id = world.run(REPO, None, &sha, "feature", &jobs);
        ("workflow_run", world.gitea_run_hook(REPO, id))
    }),
    ("a workflow run passes on its second attempt", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [("test", "success", "ok\n")];
        world.run(REPO, Some(9), &sha, "feature", &jobs);
        ("workflow_run", world.gitea_run_hook(REPO, 9))
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
    scenario::webhook_poll_and_redelivery_of_one_fact_have_one_key::<Gitea>(
        HAPPENINGS, arrange, &beside, false,
    )
    .await;
}

#[tokio::test]
async fn a_deleted_branch_a_new_reference_and_a_tag_are_no_push() {
    let watch = Watch::begun(|_| {}).await;
    let head = |world: &mut World| world.repo(REPO).head("main").expect("a commit");
    let main = watch.forge.with(head);
    let gone = watch
        .forge
        .with(|world| world.gitea_push_hook(REPO, "main", &main, NOTHING));
    assert_eq!(watch.hook("push", &gone), []);
    let mut tag = watch
        .forge
        .with(|world| world.gitea_push_hook(REPO, "main", NOTHING, &main));
    tag["ref"] = "refs/tags/v1".into();
    assert_eq!(watch.hook("push", &tag), []);
    for kind in ["create", "delete"] {
        let reference = json!({"ref": "feature", "ref_type": "branch", "sha": main});
        let payload = watch.forge.with(|world| world.gitea_hook(REPO, reference));
        assert_eq!(watch.hook(kind, &payload), []);
    }
}

#[tokio::test]
async fn a_job_of_actions_speaks_through_its_run() {
    let watch = Watch::begun(|_| {}).await;
    let (status, run) = watch.forge.with(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        let id = world.run(REPO, None, &main, "main", &[("test", "failure", "no\n")]);
        let status = json!({
            "sha": main,
            "context": "ci.yaml / test (push)",
            "state": "failure",
            "target_url": format!("/acme/api/actions/runs/{id}/jobs/0"),
        });
        (
            world.gitea_hook(REPO, status),
            world.gitea_run_hook(REPO, id),
        )
    });
    assert_eq!(watch.hook("status", &status), []);
    assert_eq!(watch.hook("workflow_run", &run).len(), 1);
    let job = json!({"action": "completed", "workflow_job": {"id": 1, "conclusion": "failure"}});
    let job = watch.forge.with(|world| world.gitea_hook(REPO, job));
    assert_eq!(watch.hook("workflow_job", &job), []);
}

#[tokio::test]
async fn a_run_is_known_by_one_key_as_gitea_and_as_forgejo_write_it() {
    let watch = Watch::begun(|_| {}).await;
    let (gitea, forgejo) = watch.forge.with(|world| {
        let main = world.repo(REPO).head("main").expect("a commit");
        let id = world.run(REPO, None, &main, "main", &[("test", "failure", "no\n")]);
        let repository = world.repo(REPO).gitea_json();
        let forgejo = json!({
            "action": "failure",
            "prior_status": "running",
            "run": {
                "id": 77,
                "index_in_repo": id,
                "title": "Step",
                "workflow_id": "ci.yaml",
                "status": "failure",
                "event": "push",
                "commit_sha": main,
                "prettyref": "main",
                "started": world.now.to_string(),
                "stopped": world.now.to_string(),
                "repository": repository,
                "trigger_user": {"login": "grace"},
                "html_url": format!("https://git.example.org/acme/api/actions/runs/{id}"),
            },
        });
        (world.gitea_run_hook(REPO, id), forgejo)
    });
    let gitea = &watch.hook("workflow_run", &gitea)[0];
    let forgejo = &watch.hook("action_run_failure", &forgejo)[0];
    assert_eq!(gitea.dedup_key, forgejo.dedup_key);
    for event in [gitea, forgejo] {
        assert_eq!(event.event_type.as_str(), "repo.build.failed");
        assert_eq!(event.subject.branch.as_deref(), Some("main"));
        assert!(event.subject.on_default_branch);
        assert_eq!(event.data["build"]["job"], "ci.yaml");
        assert_eq!(event.actor.as_deref(), Some("grace"));
    }
}
