//! The hardest case from one end to the other: a merge request's pipeline fails, its trace is read, a fix is
//! published, and taken back.

use perch_core::action::Step;
use perch_core::facts::Want;
use perch_core::patch::{Change, Edit, FilePatch, Patch};
use perch_core::seam::provider::Budget;

use crate::support::{REPO, Watch, keys};

const BRANCH: &str = "perch/build-failed/fix-1a2b";

#[tokio::test]
async fn a_failed_pipeline_of_a_merge_request_becomes_a_fix_that_can_be_taken_back() {
    let mut watch = Watch::begun(|world| {
        let green = world.push(REPO, "main", &[("src/lib.rs", "let a = 1;\n")], "Begin");
        let jobs = [
            ("lint", "success", "fine, all of it\n"),
            ("test", "success", "passed, all of it\n"),
        ];
        world.run(REPO, None, &green, "main", &jobs);
        world.push(
            REPO,
            "feature",
            &[("src/lib.rs", "let mut a = 1;\n")],
            "Add",
        );
        world.open_pull(REPO, "feature", "Add a", "ada");
    })
    .await;
    let (red, run) = watch.forge.with(|world| {
        let red = world.repo(REPO).head("feature").expect("a commit");
        let jobs = [
            ("lint", "success", "fine, all of it\n"),
            ("test", "failure", "first\nsecond\nerror: unused mut\n"),
        ];
        let run = world.run(REPO, None, &red, "feature", &jobs);
        (red, run)
    });
    let hook = watch
        .forge
        .with(|world| world.gitlab_pipeline_hook(REPO, run, Some(1)));
    let hooked = watch.hook("Pipeline Hook", &hook);
    let polled = watch.events().await;
    assert_eq!(keys(&polled), keys(&hooked), "both doors tell one event");
    let event = &polled[0];
    assert_eq!(event.event_type.as_str(), "repo.build.failed");
    assert_eq!(event.subject.number, Some(1));
    assert_eq!(event.subject.branch.as_deref(), Some("feature"));
    assert_eq!(event.subject.title, "test");
    assert!(event.involves.contains(&"ada".to_owned()));
    assert_eq!(event.subject, hooked[0].subject);

    let wants = [
        Want::FailingLog,
        Want::PassingLogs,
        Want::Diff,
        Want::File("src/lib.rs".into()),
    ];
    let facts = watch.gather(event, &wants, Budget::default()).await;
    assert_eq!(facts.missing, []);
    let log = facts.failing_log.expect("the trace");
    assert_eq!(log.name, "test");
    assert!(log.bytes.ends_with(b"error: unused mut\n"));
    assert_eq!(facts.passing_logs[0].bytes, b"passed, all of it\n");
    assert_eq!(facts.diff[0].path, "src/lib.rs");
    let base = facts.base.expect("the event names a commit");
    assert_eq!(base.commit, red);

    let create = Step::CreateBranch {
        branch: BRANCH.into(),
        base,
        message: "Remove the unused `mut`".into(),
        patch: Patch {
            files: vec![FilePatch {
                path: "src/lib.rs".into(),
                change: Change::Edit {
                    edits: vec![Edit {
                        search: "let mut a".into(),
                        replace: "let a".into(),
                        line: Some(1),
                    }],
                },
            }],
        },
    };
    let open = Step::OpenPullRequest {
        branch: BRANCH.into(),
        base_branch: "feature".into(),
        title: "Remove the unused `mut`".into(),
        body: "It is unused.".into(),
        draft: true,
    };
    let mut undos = Vec::new();
    for step in [create, open] {
        let done = watch.perform_about(&event.subject, &step).await;
        undos.extend(done.expect("it can be done").undo);
    }
    watch.forge.with(|world| {
        let repo = world.repo(REPO);
        let text = repo.text(BRANCH, "src/lib.rs");
        assert_eq!(text.as_deref(), Some("let a = 1;\n"));
        let merge = repo.gitlab_merge(2).expect("it was opened");
        assert_eq!(merge["title"], "Draft: Remove the unused `mut`");
        assert_eq!(merge["target_branch"], "feature");
        assert_eq!(merge["state"], "opened");
    });
    for undo in undos.iter().rev() {
        watch.undo(undo).await.expect("it can be taken back");
    }
    watch.forge.with(|world| {
        let repo = world.repo(REPO);
        assert_eq!(repo.head(BRANCH), None);
        assert_eq!(repo.gitlab_merge(2).expect("there")["state"], "closed");
    });
}
