//! Acting: each step once, however often it is asked and wherever it breaks off.

use std::time::Duration;

use perch_core::action::Step;
use perch_core::outcome::{StepResult, Undo};
use perch_core::patch::{Base, Change, Edit, FilePatch, Patch};
use perch_core::seam::publisher::PublishError;
use perch_testkit::forge::{Refusal, Trouble, World};

use crate::support::{REPO, Watch};

const BRANCH: &str = "perch/build-failed/fix-1a2b";

async fn ready() -> Watch {
    let watch = Watch::new().await;
    watch.forge.with(|world| {
        let files = [
            ("src/lib.rs", "let mut a = 1;\n"),
            ("src/b.rs", "fn b() {}\n"),
        ];
        world.push(REPO, "main", &files, "Add code");
        world.open_issue(REPO, "It breaks", "", "grace");
    });
    watch
}

fn base(watch: &Watch, branch: &str) -> Base {
    let commit = watch
        .forge
        .with(|world| world.repo(REPO).head(branch).expect("a commit"));
    Base {
        commit,
        branch: Some(branch.into()),
        ..Base::default()
    }
}

fn create(base: Base) -> Step {
    let edit = Edit {
        search: "let mut a".into(),
        replace: "let a".into(),
        line: Some(1),
    };
    Step::CreateBranch {
        branch: BRANCH.into(),
        base,
        message: "Remove the unused `mut`".into(),
        patch: Patch {
            files: vec![
                FilePatch {
                    path: "docs/new.md".into(),
                    change: Change::Create {
                        content: "# New\n".into(),
                    },
                },
                FilePatch {
                    path: "src/lib.rs".into(),
                    change: Change::Edit { edits: vec![edit] },
                },
            ],
        },
    }
}

fn open() -> Step {
    Step::OpenPullRequest {
        branch: BRANCH.into(),
        base_branch: "main".into(),
        title: "Remove the unused `mut`".into(),
        body: "It is unused.".into(),
        draft: true,
    }
}

fn comment() -> Step {
    Step::Comment {
        number: 1,
        body: "Looked at it.".into(),
        marker: "<!-- perch:1a2b -->".into(),
    }
}

/// What stands on the far side: our branch's commit and text, pull requests, comments.
fn standing(world: &mut World) -> (Option<String>, Option<String>, usize, usize) {
    let repo = world.repo(REPO);
    (
        repo.head(BRANCH),
        repo.text(BRANCH, "src/lib.rs"),
        repo.pulls_opened(),
        repo.comments().len(),
    )
}

#[tokio::test]
async fn each_step_twice_is_done_once() {
    let watch = ready().await;
    for step in [create(base(&watch, "main")), open(), comment()] {
        let first = watch.perform(&step).await.expect("it can be done");
        let before = watch.forge.with(standing);
        let again = watch.perform(&step).await.expect("it is done");
        assert_eq!(first, again);
        assert_eq!(watch.forge.with(standing), before);
    }
    let (_, text, pulls, comments) = watch.forge.with(standing);
    assert_eq!(text.as_deref(), Some("let a = 1;\n"));
    assert_eq!((pulls, comments), (1, 1));
    let pull = watch.forge.with(|world| world.repo(REPO).pull(2));
    assert_eq!(pull["title"], "WIP: Remove the unused `mut`");
    assert_eq!(pull["base"]["ref"], "main");
    let comments = watch.forge.with(|world| world.repo(REPO).comments());
    assert_eq!(comments[0]["body"], "Looked at it.\n\n<!-- perch:1a2b -->");
}

#[tokio::test]
async fn steps_broken_off_at_any_request_and_resumed_are_done_once() {
    let plain = ready().await;
    let steps = |watch: &Watch| [create(base(watch, "main")), open(), comment()];
    for step in steps(&plain) {
        plain.perform(&step).await.expect("it can be done");
    }
    let requests = plain.forge.take_log().len();
    assert!(requests >= 8, "{requests}");
    for number in 0..requests {
        for trouble in [
            Trouble::Refuse(502),
            Trouble::DoneBut(502),
            Trouble::Hang,
            Trouble::DoneThenHang,
        ] {
            let watch = ready().await;
            let steps = steps(&watch);
            watch.forge.trouble(number, trouble);
            'attempts: for attempt in 0..2 {
                for step in &steps {
                    // An attempt that is cut off is what a crash leaves behind.
                    let done = if attempt == 0 {
                        let patience = Duration::from_millis(250);
                        tokio::time::timeout(patience, watch.perform(step)).await
                    } else {
                        Ok(watch.perform(step).await)
                    };
                    match done {
                        Ok(Ok(_)) => {}
                        Ok(Err(PublishError::Unavailable(_))) | Err(_) if attempt == 0 => {
                            watch.forge.calm();
                            continue 'attempts;
                        }
                        other => panic!("{trouble:?} at {number}: {other:?}"),
                    }
                }
            }
            let (_, text, pulls, comments) = watch.forge.with(standing);
            assert_eq!(
                text.as_deref(),
                Some("let a = 1;\n"),
                "{trouble:?} at {number}"
            );
            assert_eq!((pulls, comments), (1, 1), "{trouble:?} at {number}");
        }
    }
}

#[tokio::test]
async fn what_was_done_can_be_taken_back_and_taken_back_again() {
    let watch = ready().await;
    let mut undos = Vec::new();
    for step in [create(base(&watch, "main")), open(), comment()] {
        let done = watch.perform(&step).await.expect("it can be done");
        undos.push(done.undo.expect("it can be taken back"));
    }
    let mut said = Vec::new();
    for _ in 0..2 {
        for undo in undos.iter().rev() {
            said.push(watch.undo(undo).await.expect("it can be taken back"));
        }
    }
    assert_eq!(
        said,
        [
            "deleted the comment",
            "closed pull request #2",
            "deleted branch `perch/build-failed/fix-1a2b`",
            "the comment was gone already",
            "pull request #2 was closed already",
            "branch `perch/build-failed/fix-1a2b` was gone already",
        ]
    );
    let (head, _, _, comments) = watch.forge.with(standing);
    assert_eq!((head, comments), (None, 0));
    assert_eq!(
        watch.forge.with(|world| world.repo(REPO).pull(2))["state"],
        "closed"
    );
}

#[tokio::test]
async fn what_others_changed_since_is_not_taken_back() {
    let watch = ready().await;
    let step = create(base(&watch, "main"));
    let branch = watch.perform(&step).await.expect("it can be done").undo;
    let pull = watch.perform(&open()).await.expect("it can be done").undo;
    watch.forge.with(|world| {
        world.push(REPO, BRANCH, &[("more", "1\n")], "More");
        world.merge(REPO, 2)
    });
    for undo in [branch, pull].into_iter().flatten() {
        assert!(matches!(
            watch.undo(&undo).await,
            Err(PublishError::Refused { .. })
        ));
    }
    assert!(
        watch
            .forge
            .with(|world| world.repo(REPO).head(BRANCH))
            .is_some()
    );
}

#[tokio::test]
async fn a_head_that_moved_matters_only_where_it_touches() {
    let watch = ready().await;
    let step = create(base(&watch, "main"));
    watch
        .forge
        .with(|world| world.push(REPO, "main", &[("src/b.rs", "fn c() {}\n")], "Elsewhere"));
    watch.perform(&step).await.expect("other files moved");

    for (path, text) in [
        ("src/lib.rs", "let mut a = 2;\n"),
        ("docs/new.md", "Mine\n"),
    ] {
        let watch = ready().await;
        let step = create(base(&watch, "main"));
        watch
            .forge
            .with(|world| world.push(REPO, "main", &[(path, text)], "Here"));
        match watch.perform(&step).await {
            Err(PublishError::Moved(words)) => assert!(words.contains(path), "{words}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            watch.forge.with(|world| world.repo(REPO).head(BRANCH)),
            None
        );
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let refusal = |method: http::Method, path: &str, status: u16, message: &str| Refusal {
        method,
        path: path.into(),
        status,
        message: message.into(),
        headers: Vec::new(),
    };
    let post = || http::Method::POST;
    let get = || http::Method::GET;
    type Arrange = Box<dyn Fn(&mut World)>;
    let refuse =
        |one: Refusal| -> Arrange { Box::new(move |world| world.refusals.push(one.clone())) };
    let archive: Arrange = Box::new(|world| world.repo(REPO).archived = true);
    let taken: Arrange = Box::new(|world| {
        world.push(REPO, BRANCH, &[("other", "1\n")], "Somebody else's");
    });
    let cases: Vec<(&str, Arrange)> = vec![
        ("archived", archive),
        ("branch taken", taken),
        (
            "no such repository",
            refuse(refusal(get(), "/repos/", 404, "Not Found")),
        ),
        (
            "token unknown",
            refuse(refusal(get(), "/repos/", 401, "Bad credentials")),
        ),
        (
            "read only",
            refuse(refusal(
                post(),
                "/contents",
                403,
                "token does not have at least one of required scope(s): [write:repository]",
            )),
        ),
        (
            "protected",
            refuse(refusal(
                post(),
                "/contents",
                403,
                "branch is protected from push",
            )),
        ),
        (
            "locked",
            refuse(refusal(post(), "/comments", 403, "The issue is locked.")),
        ),
    ];
    let mut said = String::new();
    for (what, arrange) in cases {
        let watch = ready().await;
        let steps = [create(base(&watch, "main")), open(), comment()];
        watch.forge.with(|world| arrange(world));
        let mut refused = None;
        for step in &steps {
            match watch.perform(step).await {
                Ok(StepResult { .. }) => {}
                Err(error @ PublishError::Refused { .. }) => {
                    refused = Some(error.to_string());
                    break;
                }
                Err(other) => panic!("{what}: {other:?}"),
            }
        }
        said.push_str(&format!("{what}: {}\n", refused.expect("it is refused")));
    }
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn a_fork_is_not_pushed_to() {
    let watch = ready().await;
    let mut base = base(&watch, "main");
    base.branch = Some("linus:patch-1".into());
    assert!(matches!(
        watch.perform(&create(base)).await,
        Err(PublishError::Refused { .. })
    ));
    assert_eq!(watch.forge.take_log(), []);
}

#[tokio::test]
async fn limits_and_breakdowns_are_tried_again() {
    for status in [500, 502, 503, 429] {
        let watch = ready().await;
        watch.forge.trouble(0, Trouble::Refuse(status));
        assert!(matches!(
            watch.perform(&comment()).await,
            Err(PublishError::Unavailable(_))
        ));
    }
    let watch = ready().await;
    let undo = Undo::DeleteComment { id: "../1".into() };
    assert!(matches!(
        watch.undo(&undo).await,
        Err(PublishError::Refused { .. })
    ));
}
