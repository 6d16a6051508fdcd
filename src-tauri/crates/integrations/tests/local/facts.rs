//! Facts: diffs, commits, trees and files, from commits and from snapshots.

use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{ChangeStatus, Commit, Facts, FileChange, PastRun, Want};
use perch_core::patch::Base;
use perch_core::seam::provider::{Budget, Provider};
use perch_integrations::providers::local::snapshot::{Limits, take};
use perch_testkit::repository::{EMAIL, Repository};
use serde_json::json;

use crate::support::{Watch, subject};

async fn gathered(event: &Event, wants: &[Want], budget: Budget, mut facts: Facts) -> Facts {
    let watch = Watch::on(&[]);
    watch
        .provider
        .gather(&watch.context(), event, wants, budget, &mut facts)
        .await
        .expect("the folder can be read");
    facts
}

async fn facts(event: &Event, wants: &[Want]) -> Facts {
    gathered(event, wants, Budget::default(), Facts::default()).await
}

/// A failed run on `base`.
fn failed(repository: &Repository, base: Option<&Base>) -> Event {
    Event {
        event_type: EventType::BUILD_FAILED,
        dedup_key: "key".into(),
        subject: subject(repository),
        at: Timestamp::UNIX_EPOCH,
        actor: None,
        involves: Vec::new(),
        data: json!({ "build": { "local": true }, "base": base }),
    }
}

fn passed(commit: &str) -> Facts {
    Facts {
        history: vec![PastRun {
            commit: Some(commit.into()),
            branch: None,
            passed: true,
            finished_at: Timestamp::UNIX_EPOCH,
            rule: None,
            ..PastRun::default()
        }],
        ..Facts::default()
    }
}

/// Status, path and the changed lines of each file.
fn shown(diff: &[FileChange]) -> Vec<String> {
    diff.iter()
        .map(|change| {
            let old = change.old_path.as_deref().unwrap_or_default();
            let mut line = format!("{:?} {old}>{}", change.status, change.path);
            for (number, text) in change.removed() {
                line.push_str(&format!(" -{number}:{text}"));
            }
            for (number, text) in change.added() {
                line.push_str(&format!(" +{number}:{text}"));
            }
            line.push_str(if change.opaque { " opaque" } else { "" });
            line
        })
        .collect()
}

#[tokio::test]
async fn a_push_is_told_by_its_diff_commits_tree_and_files() {
    let repository = Repository::with_readme();
    repository.write("long", "one\ntwo\nthree\nfour\nfive\nsix\n");
    repository.write("gone", "x\n");
    repository.commit("Begin more");
    let mut watch = Watch::begun(&repository).await;
    repository.git(&["mv", "long", "moved"]);
    repository.write("moved", "one\ntwo\nthree\nfour\nfive\n6\n");
    std::fs::remove_file(repository.path().join("gone")).expect("it was there");
    repository.commit("Move");
    repository.write("image", [0xff, 0, 1, 2]);
    repository.write("new.rs", "fn main() {}\n");
    let after = repository.commit("Add new");
    let event = watch.events().await.remove(0);
    let wants = [
        Want::Diff,
        Want::Commits,
        Want::Tree,
        Want::File("new.rs".into()),
        Want::File("gone".into()),
        Want::File("image".into()),
        Want::Reviews,
        Want::FailingLog,
    ];
    let facts = facts(&event, &wants).await;
    assert_eq!(
        shown(&facts.diff),
        [
            "Removed >gone -1:x",
            "Added >image opaque",
            "Renamed long>moved -6:six +6:6",
            "Added >new.rs +1:fn main() {}",
        ]
    );
    let subjects: Vec<_> = facts.commits.iter().map(Commit::subject).collect();
    assert_eq!(subjects, ["Move", "Add new"]);
    assert_eq!(facts.commits[0].author, EMAIL);
    assert_eq!(facts.tree, ["README.md", "image", "moved", "new.rs"]);
    assert_eq!(facts.files.len(), 1);
    assert_eq!(facts.files["new.rs"], "fn main() {}\n");
    let base = facts.base.expect("it was read from somewhere");
    assert_eq!(base.commit, after);
    assert_eq!(base.branch.as_deref(), Some("main"));
    let missing: Vec<_> = facts
        .missing
        .iter()
        .map(|missing| (missing.want.clone(), missing.reason.as_str()))
        .collect();
    assert_eq!(
        missing,
        [
            (Want::File("image".into()), "it is not UTF-8 text"),
            (Want::Reviews, "a local folder keeps no reviews"),
        ]
    );
    assert!(!facts.answered.contains(&Want::FailingLog));
    assert_eq!(facts.answered.len(), wants.len() - 1);
}

#[tokio::test]
async fn a_merge_is_told_by_what_it_brought_in() {
    let repository = Repository::with_readme();
    repository.branch("feature");
    repository.write("a", "1\n");
    repository.commit("Add a");
    repository.checkout("main");
    repository.write("b", "1\n");
    repository.commit("Add b");
    let mut watch = Watch::begun(&repository).await;
    let merge = repository.merge("feature", "Merge branch 'feature'");
    let event = watch
        .events()
        .await
        .into_iter()
        .find(|event| event.event_type == EventType::PR_MERGED)
        .expect("it was merged");
    let facts = facts(&event, &[Want::Diff, Want::Commits]).await;
    assert_eq!(shown(&facts.diff), ["Added >a +1:1"]);
    assert_eq!(facts.commits[0].subject(), "Add a");
    let base = facts.base.expect("it was read from somewhere");
    assert_eq!((base.commit, base.branch), (merge, Some("main".into())));
}

#[tokio::test]
async fn a_new_branch_is_compared_with_where_it_left_the_default_branch() {
    let repository = Repository::with_readme();
    let mut watch = Watch::begun(&repository).await;
    repository.branch("feature");
    repository.write("a", "1\n");
    repository.commit("Add a");
    let event = watch.events().await.remove(0);
    let facts = facts(&event, &[Want::Diff, Want::Commits]).await;
    assert_eq!(shown(&facts.diff), ["Added >a +1:1"]);
    assert_eq!(facts.commits.len(), 1);
}

#[tokio::test]
async fn a_failed_run_is_told_by_what_changed_since_it_passed() {
    let repository = Repository::with_readme();
    repository.write("kept", "1\n");
    repository.write("gone", "1\n");
    let good = repository.commit("Good");
    repository.write("a", "committed\n");
    repository.commit("Add a");
    repository.write("a", "dirty\n");
    repository.write("new", "untracked\n");
    std::fs::remove_file(repository.path().join("gone")).expect("it was there");
    let base = take(
        repository.path(),
        &repository.beside("snapshots"),
        Limits::default(),
    )
    .expect("it is one");
    // What comes after the run is none of its business.
    repository.write("a", "later\n");
    repository.write("new", "later\n");
    let event = failed(&repository, Some(&base));
    let wants = [
        Want::Diff,
        Want::Commits,
        Want::Tree,
        Want::File("a".into()),
        Want::File("kept".into()),
        Want::File("gone".into()),
    ];
    let found = gathered(&event, &wants, Budget::default(), passed(&good)).await;
    assert_eq!(
        shown(&found.diff),
        [
            "Added >a +1:dirty",
            "Removed >gone -1:1",
            "Added >new +1:untracked"
        ]
    );
    let subjects: Vec<_> = found.commits.iter().map(Commit::subject).collect();
    assert_eq!(subjects, ["Add a"]);
    assert_eq!(found.tree, ["README.md", "a", "kept", "new"]);
    assert_eq!(found.files["a"], "dirty\n");
    assert_eq!(found.files["kept"], "1\n");
    assert_eq!(found.files.len(), 2);
    assert_eq!(found.missing, []);
    assert_eq!(found.base, Some(base));

    // Without a passing run only what is not committed is under suspicion.
    let found = facts(&event, &[Want::Diff, Want::Commits]).await;
    assert_eq!(
        shown(&found.diff),
        [
            "Modified >a -1:committed +1:dirty",
            "Removed >gone -1:1",
            "Added >new +1:untracked"
        ]
    );
    assert_eq!(found.commits, []);
}

#[tokio::test]
async fn what_cannot_be_had_is_missing_with_its_reason() {
    let repository = Repository::with_readme();
    repository.write("large", "x".repeat(100));
    repository.write("README.md", "x".repeat(100));
    let base = take(
        repository.path(),
        &repository.beside("snapshots"),
        Limits {
            file_bytes: 50,
            ..Limits::default()
        },
    )
    .expect("it is one");
    let wants = [
        Want::Diff,
        Want::File("large".into()),
        Want::File("../x".into()),
    ];
    let found = facts(&failed(&repository, Some(&base)), &wants).await;
    assert_eq!(
        shown(&found.diff),
        ["Modified >README.md opaque", "Modified >large opaque"]
    );
    let reasons: Vec<_> = found
        .missing
        .iter()
        .map(|missing| missing.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "its uncommitted content was not kept",
            "it is not a path inside the repository"
        ]
    );

    let small = Budget {
        file_bytes: 5,
        ..Budget::default()
    };
    let clean = Base {
        commit: repository.head(),
        ..Base::default()
    };
    let event = failed(&repository, Some(&clean));
    let wants = [Want::File("README.md".into())];
    let found = gathered(&event, &wants, small, Facts::default()).await;
    assert_eq!(found.missing[0].reason, "it is too large");

    let found = facts(&failed(&repository, None), &[Want::Tree]).await;
    assert_eq!(
        found.missing[0].reason,
        "the command ran outside a git repository"
    );
    let gone = Base {
        commit: "1".repeat(40),
        ..Base::default()
    };
    let found = facts(&failed(&repository, Some(&gone)), &[Want::Tree]).await;
    assert_eq!(
        found.missing[0].reason,
        format!("commit {} is no longer there", gone.commit)
    );
}

#[tokio::test]
async fn a_run_before_the_first_commit_shows_everything_as_new() {
    let repository = Repository::new();
    repository.write("a", "1\n");
    let base = take(
        repository.path(),
        &repository.beside("snapshots"),
        Limits::default(),
    )
    .expect("it is one");
    let wants = [Want::Diff, Want::Tree, Want::File("a".into())];
    let found = facts(&failed(&repository, Some(&base)), &wants).await;
    assert_eq!(shown(&found.diff), ["Added >a +1:1"]);
    assert_eq!(found.tree, ["a"]);
    assert_eq!(found.files["a"], "1\n");
    assert_eq!(found.diff[0].status, ChangeStatus::Added);
}
