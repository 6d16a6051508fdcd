//! Acting: each step once, however often it is asked and wherever it breaks off.

use std::time::Duration;

use futures_util::StreamExt as _;
use http::Method;
use perch_core::action::Step;
use perch_core::outcome::Undo;
use perch_core::patch::{Base, Change, Edit, FilePatch, Patch};
use perch_core::seam::provider::Provider;
use perch_core::seam::publisher::PublishError;
use perch_core::subject::Subject;

use crate::forge::{Refusal, Trouble, World};
use crate::watch::{REPO, Watch};

/// Attempts broken off at the same time.
const SIDE_BY_SIDE: usize = 8;

/// The branch that is made.
pub const BRANCH: &str = "perch/build-failed/fix-1a2b";

/// What is arranged before a step is refused.
pub type Arrange = Box<dyn Fn(&mut World)>;

/// A repository with two files, and something numbered 1 to comment on.
pub async fn ready<P: Provider + Default>() -> Watch<P> {
    let watch = Watch::new().await;
    let issues = watch.has_issues();
    watch.forge.with(|world| {
        let files = [
            ("src/lib.rs", "let mut a = 1;\n"),
            ("src/b.rs", "fn b() {}\n"),
        ];
        world.push(REPO, "main", &files, "Add code");
        if issues {
            world.open_issue(REPO, "It breaks", "", "grace");
        } else {
            world.push(REPO, "other", &[("o.txt", "1\n")], "Other");
            world.open_pull(REPO, "other", "It breaks", "grace");
        }
    });
    watch
}

/// The head of `branch`, to stand on.
pub fn base<P>(watch: &Watch<P>, branch: &str) -> Base {
    let commit = watch
        .forge
        .with(|world| world.repo(REPO).head(branch).expect("a commit"));
    Base {
        commit,
        branch: Some(branch.into()),
        ..Base::default()
    }
}

/// A branch whose commit changes one file and makes another.
pub fn create(base: Base) -> Step {
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

/// A draft from that branch.
pub fn open() -> Step {
    Step::OpenPullRequest {
        branch: BRANCH.into(),
        base_branch: "main".into(),
        title: "Remove the unused `mut`".into(),
        body: "It is unused.".into(),
        draft: true,
    }
}

/// A comment on what is numbered 1.
pub fn comment() -> Step {
    Step::Comment {
        number: 1,
        body: "Looked at it.".into(),
        marker: "<!-- perch:1a2b -->".into(),
    }
}

/// Something in the watched repository, such as `issue/7`.
pub fn about(key: &str) -> Subject {
    Subject {
        repository: REPO.into(),
        key: key.into(),
        ..Subject::default()
    }
}

/// What is commented on.
pub fn talked_about<P: Provider>(watch: &Watch<P>) -> Subject {
    about(if watch.has_issues() {
        "issue/1"
    } else {
        "pull/1"
    })
}

/// The three steps with what each is about.
pub fn steps<P: Provider>(watch: &Watch<P>) -> [(Subject, Step); 3] {
    [
        (about("run/7"), create(base(watch, "main"))),
        (about("run/7"), open()),
        (talked_about(watch), comment()),
    ]
}

/// What stands on the far side: our branch's commit and text, its pull requests, comments.
pub fn standing(world: &mut World) -> (Option<String>, Option<String>, usize, usize) {
    let repo = world.repo(REPO);
    (
        repo.head(BRANCH),
        repo.text(BRANCH, "src/lib.rs"),
        repo.pulls_from(BRANCH),
        repo.comments().len(),
    )
}

/// Each step is done twice and stands once. Returns the watch, to look at what stands.
///
/// # Panics
/// When it is otherwise.
pub async fn each_step_twice_is_done_once<P: Provider + Default>(commits: usize) -> Watch<P> {
    let watch: Watch<P> = ready().await;
    for (subject, step) in steps(&watch) {
        let first = watch.perform_about(&subject, &step).await;
        let first = first.expect("it can be done");
        let before = watch.forge.with(standing);
        let again = watch.perform_about(&subject, &step).await;
        assert_eq!(first, again.expect("it is done"));
        assert_eq!(watch.forge.with(standing), before);
    }
    let (_, text, pulls, comments) = watch.forge.with(standing);
    assert_eq!(text.as_deref(), Some("let a = 1;\n"));
    assert_eq!((pulls, comments), (1, 1));
    watch.forge.with(|world| {
        let repo = world.repo(REPO);
        assert_eq!(
            repo.messages_on(BRANCH).len(),
            repo.messages_on("main").len() + commits
        );
        assert_eq!(repo.text(BRANCH, "docs/new.md").as_deref(), Some("# New\n"));
        assert_eq!(repo.pull(2)["base"]["ref"], "main");
    });
    watch
}

/// Steps that break off at any request, before or after it took effect, are finished by doing them again.
///
/// # Panics
/// When something is done twice or not at all.
pub async fn steps_broken_off_anywhere_and_resumed_are_done_once<P: Provider + Default>() {
    let plain: Watch<P> = ready().await;
    for (subject, step) in steps(&plain) {
        let done = plain.perform_about(&subject, &step).await;
        done.expect("it can be done");
    }
    let requests = plain.forge.take_log().len();
    assert!(requests >= 8, "{requests}");
    let cases = (0..requests).flat_map(|number| {
        let troubles = [
            Trouble::Refuse(502),
            Trouble::DoneBut(502),
            Trouble::Hang,
            Trouble::DoneThenHang,
        ];
        troubles.map(|trouble| (number, trouble))
    });
    // Mostly it waits for what hangs.
    let cases = futures_util::stream::iter(cases);
    let at_once = cases.for_each_concurrent(SIDE_BY_SIDE, |(number, trouble)| async move {
        broken_off_and_resumed::<P>(number, trouble).await;
    });
    at_once.await;
}

/// The steps with trouble at this request, and then again without.
async fn broken_off_and_resumed<P: Provider + Default>(number: usize, trouble: Trouble) {
    let watch: Watch<P> = ready().await;
    let steps = steps(&watch);
    watch.forge.trouble(number, trouble);
    'attempts: for attempt in 0..2 {
        for (subject, step) in &steps {
            let doing = watch.perform_about(subject, step);
            // An attempt that is cut off is what a crash leaves behind.
            let done = if attempt == 0 {
                tokio::time::timeout(Duration::from_millis(250), doing).await
            } else {
                Ok(doing.await)
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
    let what = format!("{trouble:?} at {number}");
    assert_eq!(text.as_deref(), Some("let a = 1;\n"), "{what}");
    assert_eq!((pulls, comments), (1, 1), "{what}");
}

/// What was done is taken back, and then again. Returns what was said and the watch.
///
/// # Panics
/// When something is left.
pub async fn what_was_done_is_taken_back_and_again<P: Provider + Default>()
-> (Watch<P>, Vec<String>) {
    let watch: Watch<P> = ready().await;
    let mut undos = Vec::new();
    for (subject, step) in steps(&watch) {
        let done = watch.perform_about(&subject, &step).await;
        undos.push(
            done.expect("it can be done")
                .undo
                .expect("it can be taken back"),
        );
    }
    let mut said = Vec::new();
    for _ in 0..2 {
        for undo in undos.iter().rev() {
            said.push(watch.undo(undo).await.expect("it can be taken back"));
        }
    }
    let (head, _, _, comments) = watch.forge.with(standing);
    assert_eq!((head, comments), (None, 0));
    let pull = watch.forge.with(|world| world.repo(REPO).pull(2));
    assert_eq!(pull["state"], "closed");
    (watch, said)
}

/// A branch others pushed to and a pull request others merged stay.
///
/// # Panics
/// When they do not.
pub async fn what_others_changed_since_is_not_taken_back<P: Provider + Default>() {
    let watch: Watch<P> = ready().await;
    let mut undos = Vec::new();
    for (subject, step) in &steps(&watch)[..2] {
        let done = watch.perform_about(subject, step).await;
        undos.extend(done.expect("it can be done").undo);
    }
    assert_eq!(undos.len(), 2);
    watch.forge.with(|world| {
        world.push(REPO, BRANCH, &[("more", "1\n")], "More");
        world.merge(REPO, 2)
    });
    for undo in &undos {
        let error = watch.undo(undo).await;
        assert!(
            matches!(error, Err(PublishError::Refused { .. })),
            "{error:?}"
        );
    }
    let (head, ..) = watch.forge.with(standing);
    assert!(head.is_some());
}

/// A base that went on matters only where it touches what the patch touches, and a base that is gone always.
///
/// # Panics
/// When it is otherwise.
pub async fn a_head_that_moved_matters_only_where_it_touches<P: Provider + Default>() {
    let watch: Watch<P> = ready().await;
    let step = create(base(&watch, "main"));
    watch
        .forge
        .with(|world| world.push(REPO, "main", &[("src/b.rs", "fn c() {}\n")], "Elsewhere"));
    watch.perform(&step).await.expect("other files moved");

    for (path, text) in [
        ("src/lib.rs", "let mut a = 2;\n"),
        ("docs/new.md", "Mine\n"),
    ] {
        let watch: Watch<P> = ready().await;
        let step = create(base(&watch, "main"));
        watch
            .forge
            .with(|world| world.push(REPO, "main", &[(path, text)], "Here"));
        match watch.perform(&step).await {
            Err(PublishError::Moved(words)) => assert!(words.contains(path), "{words}"),
            other => panic!("{other:?}"),
        }
        let (head, ..) = watch.forge.with(standing);
        assert_eq!(head, None);
    }

    let mut gone = base(&watch, "main");
    gone.commit = "0123456789012345678901234567890123456789".into();
    let error = watch.perform(&create(gone)).await;
    assert!(matches!(error, Err(PublishError::Moved(_))), "{error:?}");
}

/// Requests of `method` whose path contains `path` are refused.
pub fn refusing(method: Method, path: &str, status: u16, message: &str) -> Arrange {
    let refusal = Refusal {
        method,
        path: path.into(),
        status,
        message: message.into(),
        headers: Vec::new(),
    };
    Box::new(move |world| world.refusals.push(refusal.clone()))
}

/// The repository can only be read.
pub fn archived() -> Arrange {
    Box::new(|world| world.repo(REPO).archived = true)
}

/// The branch's name is somebody else's.
pub fn taken() -> Arrange {
    Box::new(|world| {
        world.push(REPO, BRANCH, &[("other", "1\n")], "Somebody else's");
    })
}

/// Does the steps under each arrangement until one is refused; returns a line for each.
///
/// # Panics
/// When one is not refused, or fails in another way.
pub async fn refusals<P: Provider + Default>(cases: Vec<(&str, Arrange)>) -> String {
    let mut said = String::new();
    for (what, arrange) in cases {
        let watch: Watch<P> = ready().await;
        let steps = steps(&watch);
        watch.forge.with(|world| arrange(world));
        let mut refused = None;
        for (subject, step) in &steps {
            match watch.perform_about(subject, step).await {
                Ok(_) => {}
                Err(error @ PublishError::Refused { .. }) => {
                    refused = Some(error.to_string());
                    break;
                }
                Err(other) => panic!("{what}: {other:?}"),
            }
        }
        let refused = refused.unwrap_or_else(|| panic!("{what}: it was not refused"));
        said.push_str(&format!("{what}: {refused}\n"));
    }
    said
}

/// Somebody else's fork is refused without a request.
///
/// # Panics
/// When it is not.
pub async fn a_fork_is_not_pushed_to<P: Provider + Default>() {
    let watch: Watch<P> = ready().await;
    let mut base = base(&watch, "main");
    base.branch = Some("linus:patch-1".into());
    watch.forge.take_log();
    let error = watch.perform(&create(base)).await;
    assert!(matches!(error, Err(PublishError::Refused { .. })));
    assert_eq!(watch.forge.take_log(), []);
}

/// Limits and breakdowns are no refusal; an id that is none is.
///
/// # Panics
/// When it is otherwise.
pub async fn limits_are_tried_again_and_strange_ids_refused<P: Provider + Default>(
    strange: &[&str],
) {
    for status in [500, 502, 503, 429] {
        let watch: Watch<P> = ready().await;
        watch.forge.trouble(0, Trouble::Refuse(status));
        let about = talked_about(&watch);
        assert!(matches!(
            watch.perform_about(&about, &comment()).await,
            Err(PublishError::Unavailable(_))
        ));
    }
    let watch: Watch<P> = ready().await;
    watch.forge.take_log();
    for id in strange {
        let undo = Undo::DeleteComment { id: (*id).into() };
        let error = watch.undo(&undo).await;
        assert!(matches!(error, Err(PublishError::Refused { .. })), "{id}");
    }
    assert_eq!(watch.forge.take_log(), []);
}
