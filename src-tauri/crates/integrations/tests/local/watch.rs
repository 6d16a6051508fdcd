//! Watching: what a poll finds, what it leaves alone, and what it says of folders it cannot use.

use jiff::{SignedDuration, Timestamp};
use perch_core::delivery::{Door, NewDelivery};
use perch_core::event_type::EventType;
use perch_core::patch::Base;
use perch_core::run::ExecRun;
use perch_core::seam::provider::{Provider, ProviderError};
use perch_testkit::repository::{EMAIL, Repository};
use serde_json::json;

use crate::support::{Watch, keys, listing};

#[tokio::test]
async fn a_move_of_a_branch_is_a_push_with_its_commits() {
    let repository = Repository::with_readme();
    let before = repository.head();
    let mut watch = Watch::begun(&repository).await;
    repository.write("a", "1");
    repository.commit("Add a");
    repository.write("b", "1");
    let after = repository.commit("Add b");
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [format!("repo.push push/main/{before}..{after}")]
    );
    let event = &events[0];
    assert_eq!(event.subject.repository, "project");
    assert_eq!(event.subject.repository_key, repository.key());
    assert_eq!(event.subject.key, "branch/main");
    assert_eq!(event.subject.title, "Add b");
    assert_eq!(event.subject.before.as_deref(), Some(before.as_str()));
    assert_eq!(event.subject.commit.as_deref(), Some(after.as_str()));
    assert!(event.subject.on_default_branch);
    assert_eq!(event.actor.as_deref(), Some(EMAIL));
    assert_eq!(event.involves, [EMAIL]);
    assert_eq!(event.data["me"], json!([EMAIL, "Ada Lovelace"]));
    assert_eq!(event.data["push"]["forced"], json!(false));
    let subjects: Vec<_> = event.data["push"]["commits"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|commit| &commit["subject"])
        .collect();
    assert_eq!(subjects, ["Add a", "Add b"]);
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);
}

#[tokio::test]
async fn only_moves_that_bring_commits_are_pushes() {
    let repository = Repository::with_readme();
    repository.write("a", "1");
    repository.commit("Add a");
    let mut watch = Watch::begun(&repository).await;
    repository.git(&["branch", "copy"]);
    repository.git(&["branch", "perch/1/fix"]);
    repository.git(&["reset", "--hard", "--quiet", "HEAD~1"]);
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);
    repository.checkout("perch/1/fix");
    repository.write("b", "1");
    repository.commit("Perch's own");
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);
}

#[tokio::test]
async fn a_rewritten_branch_is_a_forced_push() {
    let repository = Repository::with_readme();
    repository.branch("feature/a");
    repository.write("a", "1");
    let before = repository.commit("Add a");
    let mut watch = Watch::begun(&repository).await;
    repository.write("a", "2");
    repository.git(&[
        "commit",
        "--quiet",
        "--all",
        "--amend",
        "-m",
        "Add a better",
    ]);
    let after = repository.head();
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [format!("repo.push push/feature/a/{before}..{after}")]
    );
    assert_eq!(events[0].data["push"]["forced"], json!(true));
    assert!(!events[0].subject.on_default_branch);
    assert_eq!(events[0].subject.base_branch.as_deref(), Some("main"));
}

#[tokio::test]
async fn a_merge_commit_is_a_merged_pull_request() {
    let repository = Repository::with_readme();
    repository.branch("feature");
    repository.write("a", "1");
    repository.commit("Add a");
    repository.checkout("main");
    let before = repository.head();
    let mut watch = Watch::begun(&repository).await;
    let merge = repository.merge(
        "feature",
        "Merge pull request #12 from acme/feature\n\nMake a\n\nBecause.",
    );
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [
            format!("repo.push push/main/{before}..{merge}"),
            format!("repo.pr.merged merge/{merge}"),
        ]
    );
    let event = &events[1];
    assert_eq!(event.subject.key, format!("merge/{merge}"));
    assert_eq!(event.subject.title, "Make a");
    assert_eq!(event.subject.before.as_deref(), Some(before.as_str()));
    assert_eq!(
        event.data["pull_request"],
        json!({
            "title": "Make a", "body": "Because.", "labels": [], "draft": false,
            "author": EMAIL, "head": "feature", "base": "main", "number": null,
        })
    );
}

#[tokio::test]
async fn moving_forward_over_a_branch_merges_it() {
    let repository = Repository::with_readme();
    let start = repository.head();
    repository.branch("one");
    repository.write("a", "1");
    let one = repository.commit("Add a");
    repository.branch("two");
    repository.write("b", "1");
    repository.commit("Begin b");
    repository.write("b", "2");
    let two = repository.commit("End b");
    repository.checkout("main");
    let mut watch = Watch::begun(&repository).await;
    repository.git(&["merge", "--quiet", "--ff-only", "two"]);
    repository.git(&["branch", "-d", "one"]);
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [
            format!("repo.push push/main/{start}..{two}"),
            format!("repo.pr.merged merge/{one}"),
            format!("repo.pr.merged merge/{two}"),
        ]
    );
    assert_eq!(events[1].subject.title, "Add a");
    assert_eq!(events[2].subject.title, "Merge branch 'two'");
    assert_eq!(events[2].subject.before.as_deref(), Some(one.as_str()));
}

#[tokio::test]
async fn commits_straight_to_the_default_branch_merge_nothing() {
    let repository = Repository::with_readme();
    let mut watch = Watch::begun(&repository).await;
    repository.write("a", "1");
    repository.commit("Add a");
    repository.git(&["branch", "later"]);
    let events = watch.events().await;
    assert_eq!(
        events
            .iter()
            .map(|event| event.event_type)
            .collect::<Vec<_>>(),
        [EventType::PUSH]
    );
}

#[tokio::test]
async fn what_others_pushed_is_told_once_whichever_side_moves_first() {
    let origin = Repository::with_readme();
    let repository = Repository::clone_of(&origin, &[]);
    let start = repository.head();
    let mut watch = Watch::begun(&repository).await;
    origin.write("a", "1");
    let theirs = origin.commit("Theirs");
    repository.git(&["fetch", "--quiet"]);
    assert_eq!(
        keys(&watch.events().await),
        [format!("repo.push push/main/{start}..{theirs}")]
    );
    repository.git(&["merge", "--quiet", "--ff-only", "origin/main"]);
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);

    // Catching up with a merge commit brings nothing in that was not told.
    origin.write("b", "1");
    origin.commit("Theirs again");
    repository.write("c", "1");
    repository.commit("Mine");
    repository.git(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    let events = watch.events().await;
    assert!(
        events
            .iter()
            .all(|event| event.event_type == EventType::PUSH),
        "{:?}",
        keys(&events)
    );
}

#[tokio::test]
async fn a_branch_left_alone_is_stale_once_per_tip() {
    let repository = Repository::with_readme();
    repository.git(&["branch", "merged"]);
    repository.branch("idea");
    repository.write("a", "1");
    let tip = repository.commit("Think");
    repository.checkout("main");
    let mut watch = Watch::begun(&repository).await;
    watch.later(SignedDuration::from_hours(24 * 13));
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);
    watch.later(SignedDuration::from_hours(24 * 2));
    let events = watch.events().await;
    assert_eq!(
        keys(&events),
        [format!("repo.branch.stale branch/idea/stale/{tip}")]
    );
    assert_eq!(events[0].data["branch"]["ahead"], json!(1));
    assert_eq!(events[0].data["branch"]["age_days"], json!(15));
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);
}

#[tokio::test]
async fn what_was_stale_at_the_first_look_stays_silent() {
    let repository = Repository::with_readme();
    repository.branch("idea");
    repository.commit("Think");
    repository.checkout("main");
    let mut watch = Watch::on(&[repository.path()]);
    watch.later(SignedDuration::from_hours(24 * 400));
    watch.poll().await.expect("readable");
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);
}

#[tokio::test]
async fn looking_writes_nothing() {
    let origin = Repository::with_readme();
    let repository = Repository::clone_of(&origin, &[]);
    repository.branch("feature");
    repository.write("a", "1");
    repository.commit("Add a");
    repository.checkout("main");
    let mut watch = Watch::begun(&repository).await;
    repository.merge("feature", "Merge branch 'feature'");
    // A file whose date differs from the index: what tempts git to refresh it.
    repository.write("a", "1");
    repository.write("new", "1");
    let before = listing(repository.path());
    assert_eq!(watch.events().await.len(), 2);
    watch.later(SignedDuration::from_hours(24 * 30));
    watch.poll().await.expect("readable");
    watch
        .provider
        .probe(&watch.context())
        .await
        .expect("readable");
    assert_eq!(listing(repository.path()), before);
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the time the first look takes is what is promised"
)]
async fn a_long_history_is_not_read_to_begin_with() {
    let repository = Repository::with_commits(100_000);
    let begun = std::time::Instant::now();
    let mut watch = Watch::begun(&repository).await;
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    repository.write("a", "1");
    repository.commit("Add a");
    assert_eq!(watch.events().await.len(), 1);
}

#[tokio::test]
async fn unusual_repositories_are_watched_all_the_same() {
    let empty = Repository::new();
    let mut watch = Watch::begun(&empty).await;
    empty.write("a", "1");
    let first = empty.commit("Begin");
    assert_eq!(
        keys(&watch.events().await),
        [format!("repo.push push/main/new..{first}")]
    );

    let detached = Repository::with_readme();
    detached.git(&["checkout", "--quiet", "--detach"]);
    let mut watch = Watch::begun(&detached).await;
    detached.write("a", "1");
    detached.commit("Nowhere");
    assert_eq!(keys(&watch.events().await), [] as [&str; 0]);

    let shallow = Repository::clone_of(&Repository::with_commits(5), &["--depth=1"]);
    let mut watch = Watch::begun(&shallow).await;
    shallow.write("a", "1");
    shallow.commit("On top");
    let events = watch.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0].data["push"]["commits"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_watched_is_named_with_what_helps() {
    let bare = Repository::bare();
    let repository = Repository::with_readme();
    repository.write("inner/a", "1");
    let plain = repository.beside("plain");
    std::fs::create_dir(&plain).expect("a folder can be made");
    let cases = [
        (
            bare.path().to_path_buf(),
            "bare repository",
            "a clone of it",
        ),
        (
            repository.beside("gone"),
            "is not there",
            "put the folder back",
        ),
        (plain, "is not a git repository", "git init"),
        (
            repository.path().join("inner"),
            "inside a repository",
            "project",
        ),
        (repository.path().join("README.md"), "is a file", "root"),
    ];
    for (folder, problem, help) in cases {
        match Watch::on(&[&folder]).poll().await {
            Err(ProviderError::Misconfigured {
                problem: said,
                next_step,
            }) => {
                assert!(said.contains(problem), "{said}");
                assert!(next_step.contains(help), "{next_step}");
            }
            other => panic!("{folder:?}: {other:?}"),
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_of_someone_else_is_not_trusted() {
    let repository = Repository::with_readme();
    let given = std::process::Command::new("chown")
        .args(["-R", "65534"])
        .arg(repository.path())
        .status();
    if !given.is_ok_and(|status| status.success()) {
        eprintln!("skipped: only root can give a folder away");
        return;
    }
    match Watch::on(&[repository.path()]).poll().await {
        Err(ProviderError::Misconfigured { problem, next_step }) => {
            assert!(problem.contains("belongs to another user"), "{problem}");
            assert!(next_step.contains("safe.directory"), "{next_step}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_broken_folder_does_not_silence_the_others() {
    let repository = Repository::with_readme();
    let mut watch = Watch::on(&[&repository.beside("gone"), repository.path()]);
    watch.poll().await.expect("one folder can be read");
    assert!(matches!(
        watch.poll().await,
        Err(ProviderError::Misconfigured { .. })
    ));
    repository.write("a", "1");
    repository.commit("Add a");
    assert_eq!(watch.events().await.len(), 1);
}

#[test]
fn a_connection_is_checked_in_words() {
    let mut watch = Watch::on(&[]);
    let mut check = |key: &str, value: serde_json::Value| {
        watch.connection.settings.clear();
        watch.connection.settings.insert(key.into(), value);
        watch.provider.check(&watch.connection)
    };
    assert_eq!(check("stale_days", json!(30)), Ok(()));
    assert!(check("stale_days", json!(0)).is_err());
    assert!(check("stale_days", json!("soon")).is_err());
    assert_eq!(
        check("stale", json!(3)),
        Err("`stale` is no setting of a git folder; there is only `stale_days`".into())
    );
    watch.connection.settings.clear();
    watch.connection.watch = vec!["project".into()];
    assert_eq!(
        watch.provider.check(&watch.connection),
        Err("`project` in `watch` is not an absolute path; write it from the root on".into())
    );
}

fn run(exit_code: i32) -> ExecRun {
    ExecRun {
        id: "1750000000000-42".into(),
        command: vec!["cargo".into(), "test".into()],
        folder: "/src/project/crates/api".into(),
        repository: Some("/src/project".into()),
        base: Some(Base {
            commit: "c".repeat(40),
            branch: Some("main".into()),
            ..Base::default()
        }),
        exit_code,
        started_at: Timestamp::from_second(1_750_000_000).expect("in range"),
        finished_at: Timestamp::from_second(1_750_000_003).expect("in range"),
        log_bytes: 10,
        environment: perch_core::run::Environment::default(),
    }
}

#[test]
fn a_run_is_a_build_unless_its_user_broke_it_off() {
    let watch = Watch::on(&[]);
    let parse = |run: ExecRun| {
        watch.parse(NewDelivery {
            door: Door::Exec,
            kind: "exec".into(),
            external_id: Some(run.id.clone()),
            body: serde_json::to_vec(&run).expect("plain").into(),
        })
    };
    let failed = parse(run(101));
    assert_eq!(
        keys(&failed),
        ["repo.build.failed exec/1750000000000-42/1/failed"]
    );
    assert_eq!(failed[0].subject.title, "cargo test");
    assert_eq!(failed[0].subject.repository, "project");
    assert_eq!(
        failed[0].data["build"],
        json!({
            "job": "cargo test", "command": ["cargo", "test"], "exit_code": 101,
            "folder_prefix": "crates/api/", "local": true,
            "run_id": "1750000000000-42", "seconds": 3.0,
        })
    );
    assert_eq!(failed[0].data["base"]["branch"], json!("main"));
    let passed = parse(run(0));
    assert_eq!(
        keys(&passed),
        ["repo.build.completed exec/1750000000000-42/1/passed"]
    );
    assert_eq!(passed[0].subject.key, failed[0].subject.key);
    assert_eq!(parse(run(130)), []);
    assert_eq!(parse(run(137)).len(), 1);
    let outside = parse(ExecRun {
        repository: None,
        base: None,
        ..run(1)
    });
    assert_eq!(outside[0].subject.repository, "api");
    assert_eq!(outside[0].data["build"]["folder_prefix"], json!(""));
}
