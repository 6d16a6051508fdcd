//! Publishing: branches made beside the working tree, changes made in it, and both taken back.

use std::path::Path;

use perch_core::action::Step;
use perch_core::outcome::{RestoredFile, StepResult, Undo};
use perch_core::patch::{Base, Change, Edit, FilePatch, Patch};
use perch_core::seam::publisher::PublishError;
use perch_integrations::providers::local::snapshot::{Limits, take};
use perch_testkit::repository::{EMAIL, NAME, Repository};

use crate::support::{Watch, listing};

const BRANCH: &str = "perch/build/fix-1a2b";

fn edit(path: &str, search: &str, replace: &str) -> FilePatch {
    FilePatch {
        path: path.into(),
        change: Change::Edit {
            edits: vec![Edit {
                search: search.into(),
                replace: replace.into(),
                line: None,
            }],
        },
    }
}

fn create(path: &str, content: &str) -> FilePatch {
    FilePatch {
        path: path.into(),
        change: Change::Create {
            content: content.into(),
        },
    }
}

fn base(repository: &Repository) -> Base {
    Base {
        commit: repository.head(),
        branch: Some("main".into()),
        ..Base::default()
    }
}

fn snapshot(repository: &Repository) -> Base {
    take(
        repository.path(),
        &repository.beside("snapshots"),
        Limits::default(),
    )
    .expect("it is a repository")
}

fn branch(base: Base, files: Vec<FilePatch>) -> Step {
    Step::CreateBranch {
        branch: BRANCH.into(),
        base,
        message: "Fix the title\n\nIt was wrong.".into(),
        patch: Patch { files },
    }
}

fn tree(base: Base, files: Vec<FilePatch>) -> Step {
    Step::ApplyToTree {
        base,
        patch: Patch { files },
    }
}

fn title() -> Vec<FilePatch> {
    vec![edit("README.md", "# Project", "# Perch")]
}

async fn perform(repository: &Repository, step: &Step) -> Result<StepResult, PublishError> {
    Watch::on(&[]).perform(repository, step).await
}

async fn undo(repository: &Repository, undo: &Undo) -> Result<String, PublishError> {
    Watch::on(&[]).undo(repository, undo).await
}

fn reason(result: Result<StepResult, PublishError>) -> String {
    match result {
        Err(PublishError::Refused { reason, .. }) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// What the user has in the folder: everything but objects, references and their logs.
fn users_own(repository: &Repository) -> Vec<String> {
    let git = repository.path().join(".git");
    let perchs = |path: &str| {
        let path = Path::new(path);
        path == git
            || ["objects", "refs", "logs"]
                .iter()
                .any(|part| path.starts_with(git.join(part)))
    };
    listing(repository.path())
        .into_iter()
        .filter(|(path, _)| !perchs(path))
        .map(|(path, state)| format!("{path} {state:?}"))
        .collect()
}

#[tokio::test]
async fn a_branch_is_one_commit_that_touches_nothing_checked_out() {
    let repository = Repository::with_readme();
    repository.write("run.sh", "#!/bin/sh\nold\n");
    repository.git(&["add", "--all"]);
    repository.git(&["update-index", "--chmod=+x", "run.sh"]);
    repository.git(&["commit", "--quiet", "-m", "Add run"]);
    repository.write("staged", "1");
    repository.git(&["add", "--all"]);
    repository.write("untracked", "1");
    repository.write("run.sh", "changed meanwhile");
    let before = users_own(&repository);
    let step = branch(
        base(&repository),
        vec![
            edit("README.md", "# Project", "# Perch"),
            create("docs/new.md", "new\n"),
            edit("run.sh", "old", "new"),
        ],
    );
    let result = perform(&repository, &step).await.expect("it can be made");
    assert_eq!(users_own(&repository), before);
    let tip = repository.git(&["rev-parse", BRANCH]);
    assert_eq!(
        result,
        StepResult {
            summary: format!("created branch `{BRANCH}` with commit {}", &tip[..7]),
            links: Vec::new(),
            undo: Some(Undo::DeleteBranch {
                branch: BRANCH.into(),
                commit: tip.clone(),
            }),
        }
    );
    assert_eq!(
        repository.git(&["rev-parse", &format!("{BRANCH}^")]),
        repository.head()
    );
    assert_eq!(
        repository.git(&["show", "-s", "--format=%an|%ae|%cn|%ce|%ct|%B", BRANCH]),
        format!("{NAME}|{EMAIL}|{NAME}|{EMAIL}|1750003600|Fix the title\n\nIt was wrong.")
    );
    assert_eq!(
        repository.git(&[
            "diff-tree",
            "-r",
            "--no-commit-id",
            "--summary",
            "--name-status",
            BRANCH
        ]),
        "M\tREADME.md\nA\tdocs/new.md\nM\trun.sh"
    );
    assert!(
        repository
            .git(&["ls-tree", BRANCH, "run.sh"])
            .starts_with("100755")
    );
    repository.git(&["fsck", "--strict", "--no-dangling"]);

    // Once more finds it done; taking it back twice is fine too.
    assert_eq!(perform(&repository, &step).await, Ok(result.clone()));
    let take_back = result.undo.expect("it can be taken back");
    undo(&repository, &take_back).await.expect("it is ours");
    assert_eq!(
        undo(&repository, &take_back).await,
        Ok(format!("branch `{BRANCH}` is gone already"))
    );
    assert_eq!(users_own(&repository), before);
    let left: Vec<_> = listing(&repository.path().join(".git"))
        .into_iter()
        .filter(|(path, (_, hash))| path.contains("perch/build") && !hash.is_empty())
        .collect();
    assert_eq!(left, []);
}

#[tokio::test]
async fn a_branch_is_refused_where_it_would_not_fit() {
    let repository = Repository::with_readme();
    repository.write("bytes", [0xff, 0xfe]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("README.md", repository.path().join("link")).expect("links");
    repository.commit("Add more");
    let clean = base(&repository);
    let dirty = Base {
        dirty: vec!["README.md".into()],
        ..clean.clone()
    };
    let gone = Base {
        commit: "1".repeat(40),
        ..clean.clone()
    };
    let cases = [
        (
            branch(clean.clone(), Vec::new()),
            "every change was left out",
        ),
        (branch(Base::default(), title()), "had no commit"),
        (
            branch(clean.clone(), vec![edit("bytes", "a", "b")]),
            "is not UTF-8",
        ),
        #[cfg(unix)]
        (
            branch(clean.clone(), vec![edit("link", "a", "b")]),
            "a link",
        ),
        (
            branch(clean.clone(), vec![create("README.md/x", "")]),
            "not a folder",
        ),
        (
            branch(clean.clone(), vec![create("../x", "")]),
            "not a path inside",
        ),
    ];
    for (step, expected) in cases {
        let said = reason(perform(&repository, &step).await);
        assert!(said.contains(expected), "{said}");
    }
    match perform(&repository, &branch(dirty, title())).await {
        Err(PublishError::Refused { next_step, .. }) => {
            assert!(
                next_step.contains("Apply to the working tree"),
                "{next_step}"
            );
        }
        other => panic!("{other:?}"),
    }
    for step in [
        branch(gone, title()),
        branch(clean.clone(), vec![edit("README.md", "# Other", "")]),
        branch(clean.clone(), vec![create("README.md", "")]),
        branch(clean, vec![edit("absent", "a", "b")]),
    ] {
        let result = perform(&repository, &step).await;
        assert!(matches!(result, Err(PublishError::Moved(_))), "{result:?}");
    }
    assert_eq!(repository.git(&["branch", "--list", "perch/*"]), "");
}

#[tokio::test]
async fn a_branch_of_that_name_with_something_else_is_left_alone() {
    let repository = Repository::with_readme();
    let step = branch(base(&repository), title());
    repository.git(&["branch", BRANCH]);
    assert!(reason(perform(&repository, &step).await).contains("holds something else"));
    assert_eq!(repository.git(&["rev-parse", BRANCH]), repository.head());
    repository.git(&["branch", "-D", BRANCH]);
    repository.git(&["branch", "perch"]);
    assert!(reason(perform(&repository, &step).await).contains("cannot be made"));
}

#[tokio::test]
async fn a_branch_that_moved_matters_only_where_it_touched_the_same_files() {
    let repository = Repository::with_readme();
    let start = base(&repository);
    repository.write("other", "1");
    repository.commit("Elsewhere");
    perform(&repository, &branch(start.clone(), title()))
        .await
        .expect("nothing it touches changed");
    repository.git(&["branch", "-D", BRANCH]);
    repository.write("README.md", "# Project\n\nMore\n");
    repository.commit("Here");
    assert_eq!(
        perform(&repository, &branch(start, title())).await,
        Err(PublishError::Moved(
            "`main` has moved on and changed `README.md`".into()
        ))
    );
}

#[tokio::test]
async fn a_branch_someone_built_on_or_checked_out_is_not_deleted() {
    let repository = Repository::with_readme();
    let step = branch(base(&repository), title());
    let take_back = perform(&repository, &step)
        .await
        .expect("it can be made")
        .undo
        .expect("it can be taken back");
    let refused = |result: Result<String, PublishError>| match result {
        Err(PublishError::Refused { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    repository.checkout(BRANCH);
    assert!(refused(undo(&repository, &take_back).await).contains("is checked out"));
    repository.checkout("main");
    let linked = repository.beside("linked");
    repository.git(&[
        "worktree",
        "add",
        "--quiet",
        linked.to_str().expect("UTF-8"),
        BRANCH,
    ]);
    assert!(refused(undo(&repository, &take_back).await).contains("is checked out"));
    repository.git(&["worktree", "remove", linked.to_str().expect("UTF-8")]);
    repository.checkout(BRANCH);
    repository.write("a", "1");
    repository.commit("On top");
    repository.checkout("main");
    assert!(refused(undo(&repository, &take_back).await).contains("other commits"));
}

#[tokio::test]
async fn without_an_identity_there_is_no_commit() {
    let repository = Repository::with_readme();
    repository.git(&["config", "user.email", ""]);
    let step = branch(base(&repository), title());
    assert!(reason(perform(&repository, &step).await).contains("does not know who you are"));
}

#[tokio::test]
async fn commits_are_signed_off_as_the_user_does() {
    let line = format!("Signed-off-by: {NAME} <{EMAIL}>");
    let message = |repository: &Repository| repository.git(&["show", "-s", "--format=%B", BRANCH]);

    let asked = Repository::with_readme();
    asked.git(&["config", "format.signOff", "true"]);
    perform(&asked, &branch(base(&asked), title()))
        .await
        .expect("it can be made");
    assert_eq!(
        message(&asked),
        format!("Fix the title\n\nIt was wrong.\n\n{line}")
    );

    let always = Repository::new();
    always.write("README.md", "# Project\n");
    for number in 1..=3 {
        always.commit(&format!("Step {number}\n\n{line}"));
    }
    let mut step = branch(base(&always), title());
    if let Step::CreateBranch { message, .. } = &mut step {
        *message = "Fix the title\n\nRefs: 1".into();
    }
    perform(&always, &step).await.expect("it can be made");
    assert_eq!(
        message(&always),
        format!("Fix the title\n\nRefs: 1\n{line}")
    );

    always.commit("Without");
    always.git(&["branch", "-D", BRANCH]);
    perform(&always, &branch(base(&always), title()))
        .await
        .expect("it can be made");
    assert_eq!(message(&always), "Fix the title\n\nIt was wrong.");
}

#[cfg(unix)]
#[tokio::test]
async fn commits_are_signed_where_the_repository_signs() {
    let repository = Repository::with_readme();
    let key = repository.beside("key");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "ssh-keygen works"
    );
    let public = std::fs::read_to_string(key.with_extension("pub")).expect("just made");
    let allowed = repository.beside("allowed");
    std::fs::write(&allowed, format!("{EMAIL} {public}")).expect("writable");
    let key = key.to_str().expect("UTF-8");
    for (name, value) in [
        ("commit.gpgsign", "true"),
        ("gpg.format", "ssh"),
        ("user.signingkey", key),
        (
            "gpg.ssh.allowedSignersFile",
            allowed.to_str().expect("UTF-8"),
        ),
    ] {
        repository.git(&["config", name, value]);
    }
    let before = users_own(&repository);
    let step = branch(base(&repository), title());
    let result = perform(&repository, &step).await.expect("it can be signed");
    assert_eq!(users_own(&repository), before);
    assert_eq!(
        repository.git(&["show", "-s", "--format=%G?|%an|%ae|%ct|%s", BRANCH]),
        format!("G|{NAME}|{EMAIL}|1750003600|Fix the title")
    );
    assert_eq!(perform(&repository, &step).await, Ok(result));

    repository.git(&["branch", "-D", BRANCH]);
    repository.git(&["config", "user.signingkey", "/nowhere/key"]);
    assert!(reason(perform(&repository, &step).await).contains("could not be signed"));
    assert_eq!(repository.git(&["branch", "--list", "perch/*"]), "");
}

#[cfg(unix)]
#[tokio::test]
async fn a_change_to_the_tree_keeps_modes_and_the_index() {
    use std::os::unix::fs::PermissionsExt as _;
    let repository = Repository::with_readme();
    repository.write("run.sh", "old\n");
    let run = repository.path().join("run.sh");
    std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o750)).expect("ours");
    repository.commit("Add run");
    let index = std::fs::read(repository.path().join(".git/index")).expect("there is one");
    let step = tree(
        base(&repository),
        vec![
            create("docs/deep/new.md", "new\n"),
            edit("run.sh", "old", "new"),
        ],
    );
    let result = perform(&repository, &step).await.expect("it fits");
    assert_eq!(
        result.summary,
        "changed `docs/deep/new.md`, `run.sh` in the working tree"
    );
    assert_eq!(repository.read("run.sh"), "new\n");
    assert_eq!(repository.read("docs/deep/new.md"), "new\n");
    let mode = run.metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
    let index_after = std::fs::read(repository.path().join(".git/index")).expect("there is one");
    assert_eq!(index_after, index);
    assert_eq!(
        repository.git(&["status", "--porcelain", "--untracked-files=all"]),
        " M run.sh\n?? docs/deep/new.md"
    );

    assert_eq!(perform(&repository, &step).await, Ok(result.clone()));
    let take_back = result.undo.expect("it can be taken back");
    assert_eq!(
        undo(&repository, &take_back).await,
        Ok("restored 2 files".into())
    );
    assert_eq!(repository.read("run.sh"), "old\n");
    assert!(!repository.path().join("docs/deep/new.md").exists());
    assert_eq!(
        undo(&repository, &take_back).await,
        Ok("the files are as they were already".into())
    );
}

#[tokio::test]
async fn the_tree_a_run_failed_on_is_what_a_change_is_made_against() {
    let repository = Repository::with_readme();
    repository.write("README.md", "# Draft\n");
    repository.write("new", "one\n");
    let base = snapshot(&repository);
    let step = tree(
        base.clone(),
        vec![
            edit("README.md", "Draft", "Perch"),
            edit("new", "one", "two"),
        ],
    );
    // Half of it was done before a crash.
    repository.write("README.md", "# Perch\n");
    let result = perform(&repository, &step).await.expect("it goes on");
    assert_eq!(repository.read("new"), "two\n");
    assert_eq!(
        result.undo,
        Some(Undo::RestoreFiles {
            files: [
                ("README.md", "# Draft\n", "# Perch\n"),
                ("new", "one\n", "two\n")
            ]
            .map(|(path, before, after)| RestoredFile {
                path: path.into(),
                before: Some(before.into()),
                after: after.into(),
            })
            .into(),
        })
    );

    repository.write("README.md", "# Draft, continued\n");
    assert_eq!(
        perform(&repository, &step).await,
        Err(PublishError::Moved(
            "`README.md` has changed since this was suggested".into()
        ))
    );
    let snapshot = base.snapshot.expect("the tree differed");
    std::fs::remove_dir_all(snapshot).expect("it is there");
    assert!(matches!(
        perform(&repository, &step).await,
        Err(PublishError::Moved(said)) if said.contains("no longer kept")
    ));
}

#[tokio::test]
async fn all_files_change_or_none() {
    let repository = Repository::with_readme();
    repository.write("a", "old\n");
    repository.commit("Add a");
    let against = base(&repository);
    repository.write("a", "changed meanwhile\n");
    let step = tree(
        against,
        vec![
            edit("README.md", "# Project", "# Perch"),
            edit("a", "old", "new"),
            create("docs/new.md", "new\n"),
        ],
    );
    let before = listing(repository.path());
    assert!(matches!(
        perform(&repository, &step).await,
        Err(PublishError::Moved(_))
    ));
    assert_eq!(listing(repository.path()), before);
}

#[tokio::test]
async fn line_ends_stay_as_they_are_on_disk() {
    let repository = Repository::with_readme();
    repository.write("converted", "one\ntwo\n");
    repository.write("windows", "one\r\ntwo\r\n");
    repository.commit("Add both");
    let against = base(&repository);
    // As a checkout with `core.autocrlf` leaves it.
    repository.write("converted", "one\r\ntwo\r\n");
    let step = tree(
        against,
        vec![
            edit("converted", "one\n", "1\nand\n"),
            edit("windows", "one\r\n", "1\r\n"),
        ],
    );
    let result = perform(&repository, &step).await.expect("it fits");
    assert_eq!(repository.read("converted"), "1\r\nand\r\ntwo\r\n");
    assert_eq!(repository.read("windows"), "1\r\ntwo\r\n");
    assert_eq!(perform(&repository, &step).await, Ok(result.clone()));
    undo(&repository, &result.undo.expect("it can be taken back"))
        .await
        .expect("nothing changed");
    assert_eq!(repository.read("converted"), "one\r\ntwo\r\n");
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_places_outside_are_never_written() {
    use std::os::unix::fs::symlink;
    let repository = Repository::with_readme();
    let against = base(&repository);
    let outside = repository.beside("outside");
    std::fs::create_dir(&outside).expect("a folder can be made");
    std::fs::write(outside.join("file"), "# Project\n").expect("writable");
    symlink(&outside, repository.path().join("folder")).expect("links can be made");
    std::fs::remove_file(repository.path().join("README.md")).expect("it was there");
    symlink(outside.join("file"), repository.path().join("README.md")).expect("links can be made");
    repository.git(&["init", "--quiet", "inner"]);
    for files in [
        title(),
        vec![create("folder/new", "x")],
        vec![create("inner/new", "x")],
        vec![create("../new", "x")],
        vec![create(".git/hooks/pre-commit", "x")],
    ] {
        let result = perform(&repository, &tree(against.clone(), files.clone())).await;
        assert!(
            matches!(result, Err(PublishError::Refused { .. })),
            "{files:?}: {result:?}"
        );
    }
    let read = std::fs::read_to_string(outside.join("file")).expect("it is there");
    assert_eq!(read, "# Project\n");
    assert_eq!(std::fs::read_dir(&outside).expect("there").count(), 1);
}

#[tokio::test]
async fn files_changed_after_us_are_not_restored() {
    let repository = Repository::with_readme();
    let step = tree(base(&repository), title());
    let result = perform(&repository, &step).await.expect("it fits");
    repository.write("README.md", "# Perch\n\nMine\n");
    match undo(&repository, &result.undo.expect("it can be taken back")).await {
        Err(PublishError::Refused { reason, .. }) => {
            assert_eq!(reason, "`README.md` has been changed since");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(repository.read("README.md"), "# Perch\n\nMine\n");
}
