//! One fact has one key, whichever door it came through and however often.

use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::forge::World;
use perch_testkit::scenario::keys::{self as scenario, Happening};
use serde_json::{Value, json};

use crate::support::{REPO, Watch, keys};

const NOTHING: &str = "0000000000000000000000000000000000000000";

const HAPPENINGS: &[Happening] = &[
    ("a merge request is opened", |world| {
        world.push(REPO, "other", &[("o.txt", "1\n")], "Other");
        let number = world.open_pull(REPO, "other", "Other", "grace");
        (
            "Hook",
            world.gitlab_merge_hook(REPO, "open", number, "grace"),
        )
    }),
    ("a fork's merge request is opened", |world| {
        let number = world.open_fork_pull(REPO, "linus", "patch-1", &[("b.txt", "1\n")]);
        (
            "Hook",
            world.gitlab_merge_hook(REPO, "open", number, "linus"),
        )
    }),
    ("a merge request's head moves", |world| {
        let before = world.repo(REPO).head("feature");
        world.push(REPO, "feature", &[("a.txt", "2\n")], "More");
        let mut payload = world.gitlab_merge_hook(REPO, "update", 1, "grace");
        payload["object_attributes"]["oldrev"] = before.into();
        ("Hook", payload)
    }),
    ("a merge request is labelled", |world| {
        world.label(REPO, 1, "bug");
        ("Hook", world.gitlab_merge_hook(REPO, "update", 1, "grace"))
    }),
    ("a merge request is merged", |world| {
        world.merge(REPO, 1);
        ("Hook", world.gitlab_merge_hook(REPO, "merge", 1, "grace"))
    }),
    ("a merge request is closed", |world| {
        world.set_state(REPO, 1, "closed");
        ("Hook", world.gitlab_merge_hook(REPO, "close", 1, "grace"))
    }),
    ("a merge request is reopened", |world| {
        world.set_state(REPO, 3, "open");
        ("Hook", world.gitlab_merge_hook(REPO, "reopen", 3, "grace"))
    }),
    ("a merge request is approved", |world| {
        world.review(REPO, 1, "grace", "APPROVED");
        (
            "Hook",
            world.gitlab_merge_hook(REPO, "approved", 1, "grace"),
        )
    }),
    ("an issue is opened", |world| {
        let number = world.open_issue(REPO, "New", "@ada look", "grace");
        ("Hook", world.gitlab_issue_hook(REPO, "open", number))
    }),
    ("an issue is closed", |world| {
        world.set_state(REPO, 2, "closed");
        ("Hook", world.gitlab_issue_hook(REPO, "close", 2))
    }),
    ("an issue is reopened", |world| {
        world.set_state(REPO, 4, "open");
        ("Hook", world.gitlab_issue_hook(REPO, "reopen", 4))
    }),
    ("an issue is commented on", |world| {
        let id = world.comment(REPO, 2, "grace", "Done, @ada");
        ("Hook", world.gitlab_note_hook(REPO, id))
    }),
    ("a merge request is commented on", |world| {
        let id = world.comment(REPO, 1, "grace", "Why?");
        ("Hook", world.gitlab_note_hook(REPO, id))
    }),
    ("somebody pushes to the default branch", |world| {
        let before = world.repo(REPO).head("main").expect("a commit");
        let after = world.push(REPO, "main", &[("m.txt", "1\n")], "Main");
        (
            "Hook",
            world.gitlab_push_hook(REPO, "main", &before, &after),
        )
    }),
    ("somebody pushes a new branch", |world| {
        let after = world.push(REPO, "fresh", &[("m.txt", "1\n")], "Fresh");
        (
            "Hook",
            world.gitlab_push_hook(REPO, "fresh", NOTHING, &after),
        )
    }),
    ("a pipeline fails", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [("test", "failure", "no\n"), ("lint", "success", "ok\n")];
        let id = world.run(REPO, None, &sha, "feature", &jobs);
        ("Hook", world.gitlab_pipeline_hook(REPO, id, Some(1)))
    }),
    ("a retried pipeline passes", |world| {
        let sha = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [("test", "success", "ok\n")];
        world.run(REPO, Some(9), &sha, "feature", &jobs);
        ("Hook", world.gitlab_pipeline_hook(REPO, 9, Some(1)))
    }),
    ("a release is published", |world| {
        world.release(REPO, "v2");
        ("Hook", world.gitlab_release_hook(REPO, "v2"))
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
    world.release(REPO, "v1");
    let jobs = [("test", "failure", "no\n")];
    world.run(REPO, Some(9), &sha, "feature", &jobs);
}

#[tokio::test]
async fn webhook_poll_and_redelivery_of_one_fact_have_one_key() {
    // The push behind a pull request or a merge has a webhook of its own.
    let beside = [
        "a merge request is opened",
        "a merge request's head moves",
        "a merge request is merged",
    ];
    scenario::webhook_poll_and_redelivery_of_one_fact_have_one_key::<GitLab>(
        HAPPENINGS, arrange, &beside, true,
    )
    .await;
}

#[tokio::test]
async fn an_issue_and_a_merge_request_of_one_number_are_two_things() {
    let watch = Watch::begun(|_| {}).await;
    let payload = |kind: &str, field: &str| {
        json!({
            "object_kind": "note",
            "user": {"username": "grace"},
            "project": {"id": 7, "path_with_namespace": REPO},
            "object_attributes": {"id": 1, "note": "Hm", "noteable_type": kind},
            field: {"iid": 3, "title": "Three"},
        })
    };
    let issue = watch.hook("Note Hook", &payload("Issue", "issue"));
    let merge = watch.hook("Note Hook", &payload("MergeRequest", "merge_request"));
    assert_eq!(keys(&issue), ["issue.comment.created issue/3/comment/1"]);
    assert_eq!(keys(&merge), ["issue.comment.created pull/3/comment/1"]);
    assert_eq!(issue[0].subject.key, "issue/3");
    assert_eq!(merge[0].subject.key, "pull/3");
}

#[tokio::test]
async fn what_is_no_event_of_ours_is_none() {
    let watch = Watch::begun(arrange).await;
    let main = watch
        .forge
        .with(|world| world.repo(REPO).head("main").expect("a commit"));
    let mut cases: Vec<(&str, Value)> = Vec::new();
    watch.forge.with(|world| {
        let gone = world.gitlab_push_hook(REPO, "main", &main, NOTHING);
        cases.push(("a deleted branch", gone));
        let mut tag = world.gitlab_push_hook(REPO, "main", NOTHING, &main);
        tag["object_kind"] = "tag_push".into();
        tag["ref"] = "refs/tags/v1".into();
        cases.push(("a tag", tag));
        let mut running = world.gitlab_pipeline_hook(REPO, 9, None);
        running["object_attributes"]["status"] = "running".into();
        cases.push(("a running pipeline", running.clone()));
        running["object_attributes"]["status"] = "a state of next year".into();
        cases.push(("an unknown state", running.clone()));
        running["object_kind"] = "deployment".into();
        cases.push(("a deployment", running));
        let mut job = json!({"object_kind": "build", "build_status": "failed"});
        job["project"] = json!({"id": 7, "path_with_namespace": REPO});
        cases.push(("a job, which its pipeline speaks for", job));
        let unknown = world.gitlab_merge_hook(REPO, "folded", 1, "grace");
        cases.push(("an unknown action", unknown));
        let id = world.comment(REPO, 1, "grace", "Hm");
        let mut note = world.gitlab_note_hook(REPO, id);
        note["object_attributes"]["system"] = true.into();
        cases.push(("what GitLab itself notes", note.clone()));
        note["object_attributes"]["system"] = false.into();
        note["object_attributes"]["noteable_type"] = "Snippet".into();
        cases.push(("a comment on a snippet", note));
        let mut update = world.gitlab_release_hook(REPO, "v1");
        update["action"] = "update".into();
        cases.push(("an edited release", update));
    });
    for (what, payload) in cases {
        assert_eq!(watch.hook("Hook", &payload), [], "{what}");
    }
}
