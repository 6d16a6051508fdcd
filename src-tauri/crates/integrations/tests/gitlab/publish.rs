//! Acting: each step once, however often it is asked and wherever it breaks off.

use perch_core::action::Step;
use perch_core::outcome::{StepResult, Undo};
use perch_core::patch::{Base, Change, Edit, FilePatch, Patch};
use perch_core::seam::publisher::PublishError;
use perch_core::subject::Subject;
use perch_testkit::forge::{Refusal, Trouble, World};

use crate::support::{REPO, Watch, about};

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

fn base(watch: &Watch) -> Base {
    let commit = watch
        .forge
        .with(|world| world.repo(REPO).head("main").expect("a commit"));
    Base {
        commit,
        branch: Some("main".into()),
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

/// Steps with what each is about.
fn steps(watch: &Watch) -> [(Subject, Step); 3] {
    [
        (about("pipeline/7"), create(base(watch))),
        (about("pipeline/7"), open()),
        (about("issue/1"), comment()),
    ]
}

/// What stands on the far side: our branch's commit and text, merge requests, comments.
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
    for (subject, step) in steps(&watch) {
        let first = watch
            .perform_about(&subject, &step)
            .await
            .expect("it can be done");
        let before = watch.forge.with(standing);
        let again = watch
            .perform_about(&subject, &step)
            .await
            .expect("it is done");
        assert_eq!(first, again);
        assert_eq!(watch.forge.with(standing), before);
    }
    let (_, text, pulls, comments) = watch.forge.with(standing);
    assert_eq!(text.as_deref(), Some("let a = 1;\n"));
    assert_eq!((pulls, comments), (1, 1));
    watch.forge.with(|world| {
        let repo = world.repo(REPO);
        assert_eq!(repo.commits_on(BRANCH), repo.commits_on("main") + 1);
        assert_eq!(repo.text(BRANCH, "docs/new.md").as_deref(), Some("# New\n"));
        let merge = repo.gitlab_merge(2).expect("it was opened");
        assert_eq!(merge["draft"], true);
        assert_eq!(
            repo.comments()[0]["body"],
            "Looked at it.\n\n<!-- perch:1a2b -->"
        );
    });
}

#[tokio::test]
async fn steps_broken_off_at_any_request_and_resumed_are_done_once() {
    let plain = ready().await;
    for (number, (subject, step)) in steps(&plain).into_iter().enumerate() {
        plain.forge.take_log();
        plain
            .perform_about(&subject, &step)
            .await
            .expect("it can be done");
        let requests = plain.forge.take_log().len();
        let expected = plain.forge.with(standing);
        for at in 0..requests {
            for trouble in [Trouble::Refuse(502), Trouble::DoneBut(502)] {
                let watch = ready().await;
                let mut all = steps(&watch);
                for (subject, step) in &all[..number] {
                    watch
                        .perform_about(subject, step)
                        .await
                        .expect("it can be done");
                }
                let (subject, step) = &mut all[number];
                watch.forge.trouble(at, trouble);
                let broken = watch.perform_about(subject, step).await;
                assert!(
                    matches!(broken, Err(PublishError::Unavailable(_))),
                    "{trouble:?} at {at}: {broken:?}"
                );
                watch
                    .perform_about(subject, step)
                    .await
                    .expect("it goes on");
                let (_, text, pulls, comments) = watch.forge.with(standing);
                let (_, expected_text, expected_pulls, expected_comments) = &expected;
                assert_eq!(
                    (&text, &pulls, &comments),
                    (expected_text, expected_pulls, expected_comments),
                    "{trouble:?} at {at}"
                );
            }
        }
    }
}

#[tokio::test]
async fn each_step_is_taken_back_once_and_not_over_others_work() {
    let watch = ready().await;
    let mut undos = Vec::new();
    for (subject, step) in steps(&watch) {
        let done = watch
            .perform_about(&subject, &step)
            .await
            .expect("it can be done");
        undos.push(done.undo.expect("it can be taken back"));
    }
    assert_eq!(
        undos[2],
        Undo::DeleteComment {
            id: format!("issues/1/notes/{}", id(&watch))
        }
    );
    for undo in undos.iter().rev() {
        watch.undo(undo).await.expect("taken back");
        watch.undo(undo).await.expect("taken back already");
    }
    let (head, _, _, comments) = watch.forge.with(standing);
    assert_eq!((head, comments), (None, 0));
    let state = watch.forge.with(|world| {
        let merge = world.repo(REPO).gitlab_merge(2).expect("there");
        merge["state"].clone()
    });
    assert_eq!(state, "closed");

    let watch = ready().await;
    let mut undos = Vec::new();
    for (subject, step) in &steps(&watch)[..2] {
        let done = watch
            .perform_about(subject, step)
            .await
            .expect("it can be done");
        undos.push(done.undo.expect("it can be taken back"));
    }
    watch.forge.with(|world| {
        world.push(REPO, BRANCH, &[("more", "1\n")], "More");
        world.merge(REPO, 2);
    });
    for undo in &undos {
        let error = watch.undo(undo).await;
        assert!(
            matches!(error, Err(PublishError::Refused { .. })),
            "{error:?}"
        );
    }
}

fn id(watch: &Watch) -> u64 {
    watch.forge.with(|world| {
        let comments = world.repo(REPO).comments();
        comments[0]["id"].as_u64().expect("an id")
    })
}

#[tokio::test]
async fn a_moved_head_is_refused_only_where_it_touches_the_patch() {
    let watch = ready().await;
    let base = base(&watch);
    watch
        .forge
        .with(|world| world.push(REPO, "main", &[("src/b.rs", "fn c() {}\n")], "Elsewhere"));
    watch
        .perform(&create(base))
        .await
        .expect("another file moved");

    let watch = ready().await;
    let base = self::base(&watch);
    watch
        .forge
        .with(|world| world.push(REPO, "main", &[("src/lib.rs", "let b = 1;\n")], "Here"));
    let before = watch.forge.with(standing);
    let error = watch.perform(&create(base)).await;
    assert!(matches!(error, Err(PublishError::Moved(_))), "{error:?}");
    assert_eq!(watch.forge.with(standing), before);

    let mut gone = self::base(&watch);
    gone.commit = "0123456789012345678901234567890123456789".into();
    let error = watch.perform(&create(gone)).await;
    assert!(matches!(error, Err(PublishError::Moved(_))), "{error:?}");
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
    type Arrange = Box<dyn Fn(&mut World)>;
    let refuse =
        |one: Refusal| -> Arrange { Box::new(move |world| world.refusals.push(one.clone())) };
    let archive: Arrange = Box::new(|world| world.repo(REPO).archived = true);
    let reads: Arrange = Box::new(|world| world.scopes = vec!["read_api"]);
    let taken: Arrange = Box::new(|world| {
        world.push(REPO, BRANCH, &[("other", "1\n")], "Somebody else's");
    });
    let protected = "You are not allowed to push into this branch";
    let pattern = "Branch name 'perch/x' does not follow the pattern '^(feature|fix)/'";
    let cases: Vec<(&str, Arrange)> = vec![
        ("archived", archive),
        ("only reading", reads),
        ("branch taken", taken),
        (
            "no such project",
            refuse(refusal(
                http::Method::GET,
                "/projects/",
                404,
                "404 Project Not Found",
            )),
        ),
        (
            "token unknown",
            refuse(refusal(
                http::Method::GET,
                "/projects/",
                401,
                "401 Unauthorized",
            )),
        ),
        (
            "no Developer",
            refuse(refusal(post(), "/commits", 403, "403 Forbidden")),
        ),
        (
            "protected",
            refuse(refusal(post(), "/commits", 403, protected)),
        ),
        (
            "push rule",
            refuse(refusal(post(), "/commits", 400, pattern)),
        ),
        (
            "invalid",
            refuse(refusal(
                post(),
                "/merge_requests",
                422,
                "Target branch is missing",
            )),
        ),
        (
            "locked",
            refuse(refusal(post(), "/notes", 403, "The discussion is locked")),
        ),
    ];
    let mut said = String::new();
    for (what, arrange) in cases {
        let watch = ready().await;
        let steps = steps(&watch);
        watch.forge.with(|world| arrange(world));
        let mut refused = None;
        for (subject, step) in &steps {
            match watch.perform_about(subject, step).await {
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
    let mut base = base(&watch);
    base.branch = Some("linus:patch-1".into());
    watch.forge.take_log();
    let error = watch.perform(&create(base)).await;
    assert!(matches!(error, Err(PublishError::Refused { .. })));
    assert_eq!(watch.forge.take_log(), []);
}

#[tokio::test]
async fn a_comment_goes_to_the_thing_it_is_about_and_no_other_of_that_number() {
    let watch = ready().await;
    let error = watch.perform_about(&about("pull/1"), &comment()).await;
    assert!(
        matches!(error, Err(PublishError::Refused { .. })),
        "{error:?}"
    );
    let done = watch.perform_about(&about("issue/1"), &comment()).await;
    assert_eq!(done.expect("an issue").summary, "commented on #1");
}

#[tokio::test]
async fn limits_and_breakdowns_are_tried_again_and_strange_ids_refused() {
    for status in [500, 502, 503, 429] {
        let watch = ready().await;
        watch.forge.trouble(0, Trouble::Refuse(status));
        assert!(matches!(
            watch.perform_about(&about("issue/1"), &comment()).await,
            Err(PublishError::Unavailable(_))
        ));
    }
    let watch = ready().await;
    for id in ["../1", "issues/1/notes/x", "issues/1/../notes/1", "1"] {
        let undo = Undo::DeleteComment { id: id.into() };
        assert!(matches!(
            watch.undo(&undo).await,
            Err(PublishError::Refused { .. })
        ));
    }
}
