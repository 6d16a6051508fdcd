//! The finding as a whole, from event and facts.

use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{
    ChangeStatus, Commit, Facts, FileChange, Log, Missing, PastRun, Want, parse_hunks,
};
use perch_core::finding::{Finding, Offer, Remedy};
use perch_core::subject::Subject;
use perch_core::suggestion::Level;

use super::ANALYSER;
use crate::analyser::{Analyser, Look};

const MAIN: &str = "fn main() {\n    let mut x = 5;\n    println!(\"{x}\");\n}\n";

const LOG: &str = "   Compiling demo v0.1.0\nerror: variable does not need to be mutable\n --> src/main.rs:2:9\n  |\n2 |     let mut x = 5;\n  |         ----^\n  |         |\n  |         help: remove this `mut`\n  |\n  = note: `-D unused-mut` implied by `-D warnings`\n\nerror: could not compile `demo` (bin \"demo\") due to 1 previous error\n##[error]Process completed with exit code 101.\n";

fn event() -> Event {
    Event {
        event_type: EventType::BUILD_FAILED,
        dedup_key: "github/github.com/1/run/9/1/failed".into(),
        subject: Subject {
            repository: "acme/demo".into(),
            repository_key: "1".into(),
            key: "run/9".into(),
            number: Some(7),
            branch: Some("tidy".into()),
            commit: Some("c0ffee".into()),
            ..Subject::default()
        },
        at: Timestamp::UNIX_EPOCH,
        actor: Some("ada".into()),
        involves: Vec::new(),
        data: serde_json::json!({"build": {"job": "test", "workflow": "CI", "attempt": 1}}),
    }
}

fn log(text: &str) -> Log {
    Log {
        name: "test".into(),
        bytes: text.into(),
        first_line: 1,
        url: Some("https://example.org/run/9".into()),
    }
}

fn facts() -> Facts {
    Facts {
        failing_log: Some(log(LOG)),
        tree: vec!["Cargo.lock".into(), "src/main.rs".into()],
        files: [("src/main.rs".to_owned(), MAIN.to_owned())].into(),
        ..Facts::default()
    }
}

fn changed(path: &str, hunks: &str) -> FileChange {
    FileChange {
        path: path.into(),
        status: ChangeStatus::Modified,
        hunks: parse_hunks(hunks),
        ..FileChange::default()
    }
}

fn commit(sha: &str, message: &str) -> Commit {
    Commit {
        sha: sha.into(),
        message: message.into(),
        author: "ada".into(),
        at: Timestamp::UNIX_EPOCH,
    }
}

fn run(commit: &str, passed: bool, rule: Option<&str>) -> PastRun {
    PastRun {
        commit: Some(commit.into()),
        branch: Some("tidy".into()),
        passed,
        finished_at: Timestamp::UNIX_EPOCH,
        rule: rule.map(str::to_owned),
        ..PastRun::default()
    }
}

fn found(event: &Event, facts: &Facts) -> Finding {
    match ANALYSER.look(event, facts) {
        Look::Found(finding) => *finding,
        Look::Nothing(reason) => panic!("nothing found: {reason}"),
    }
}

fn texts(finding: &Finding) -> Vec<&str> {
    finding
        .points
        .iter()
        .map(|point| point.text.as_str())
        .collect()
}

#[test]
fn a_denied_lint_becomes_a_finding_with_a_patch() {
    let mut facts = facts();
    facts.diff = vec![changed(
        "src/main.rs",
        "@@ -1,3 +1,4 @@\n fn main() {\n+    let mut x = 5;\n     println!(\"{x}\");\n }\n",
    )];
    facts.commits = vec![commit("c0ffee", "Tidy up\n\nMore.")];
    insta::assert_json_snapshot!(found(&event(), &facts));
}

#[test]
fn files_are_asked_for_once_the_log_names_them() {
    let nothing = ANALYSER.wants(&event(), &Facts::default());
    assert_eq!(
        nothing,
        [
            Want::FailingLog,
            Want::PassingLogs,
            Want::History,
            Want::Diff,
            Want::Commits
        ]
    );
    let mut facts = facts();
    assert_eq!(ANALYSER.wants(&event(), &facts).last(), Some(&Want::Tree));
    facts.answered.insert(Want::Tree);
    assert_eq!(
        ANALYSER.wants(&event(), &facts).last(),
        Some(&Want::File("src/main.rs".into()))
    );
}

#[test]
fn history_and_changes_say_whose_fault_it_is() {
    let line = "@@ -1,3 +1,4 @@\n fn main() {\n+    let mut x = 5;\n     println!(\"{x}\");\n }\n";
    let elsewhere = "@@ -3,1 +3,1 @@\n-a\n+b\n";
    let one = vec![commit("c0ffee", "Tidy up")];
    let cases: [(Facts, &str); 7] = [
        (
            Facts {
                diff: vec![changed("src/main.rs", line)],
                commits: one.clone(),
                ..facts()
            },
            "`src/main.rs` line 2 is new since the last passing run, by the only commit since: “Tidy up”",
        ),
        (
            Facts {
                diff: vec![changed("src/main.rs", elsewhere)],
                commits: vec![one[0].clone(), commit("b", "B")],
                ..facts()
            },
            "`src/main.rs` changed since the last passing run, in one of 2 commits",
        ),
        (
            Facts {
                diff: vec![changed("Cargo.lock", elsewhere)],
                ..facts()
            },
            "Of the changes since the last passing run `Cargo.lock` is the likeliest cause",
        ),
        (
            Facts {
                diff: vec![changed("README.md", elsewhere)],
                ..facts()
            },
            "No file the reports name changed since the last passing run",
        ),
        (
            Facts {
                history: vec![run("c0ffee", true, None)],
                ..facts()
            },
            "The same commit passed before, so this is likely flaky: run it again",
        ),
        (
            Facts {
                history: vec![
                    run("b", false, Some("rust/unused_mut")),
                    run("a", true, None),
                ],
                ..facts()
            },
            "The run before failed by `rust/unused_mut` as well",
        ),
        (
            Facts {
                history: vec![run("c0ffee", false, Some("rust/unused_mut"))],
                ..facts()
            },
            "An earlier run of this commit failed by `rust/unused_mut` as well",
        ),
    ];
    for (facts, expected) in cases {
        let finding = found(&event(), &facts);
        assert!(
            texts(&finding).contains(&expected),
            "{expected}: {:#?}",
            texts(&finding)
        );
    }
}

#[test]
fn running_it_again_is_offered_only_where_that_may_help() {
    let passed = Facts {
        history: vec![run("c0ffee", true, None)],
        ..facts()
    };
    let local = |local: bool| {
        let mut event = event();
        event.data["build"]["local"] = local.into();
        event
    };
    for (event, facts, expected) in [
        (local(false), passed.clone(), vec![Offer::Rerun]),
        (local(true), passed, vec![]),
        (local(false), facts(), vec![]),
    ] {
        assert_eq!(found(&event, &facts).offers, expected);
    }
}

#[test]
fn only_a_remote_default_branch_is_urgent() {
    for (on_default_branch, local, level) in [
        (true, false, Level::Urgent),
        (true, true, Level::Normal),
        (false, false, Level::Normal),
    ] {
        let mut event = event();
        event.subject.on_default_branch = on_default_branch;
        event.data["build"]["local"] = local.into();
        assert_eq!(found(&event, &facts()).level, level);
    }
}

#[test]
fn missing_facts_make_it_say_less() {
    let mut facts = Facts::default();
    facts.missing.push(Missing {
        want: Want::FailingLog,
        reason: "the log has expired".into(),
    });
    let finding = found(&event(), &facts);
    assert_eq!(finding.title, "test failed");
    assert_eq!(finding.why, "`test` failed on #7.");
    assert_eq!(
        texts(&finding),
        ["The log could not be read: the log has expired"]
    );
    assert!(finding.log.is_none() && finding.fixes.is_empty());

    let mut unreadable = self::facts();
    unreadable.files.clear();
    let finding = found(&event(), &unreadable);
    assert!(finding.fixes.is_empty());
    assert!(
        texts(&finding).contains(
            &"rustc prints a change, which is not offered: `src/main.rs` could not be read"
        )
    );

    let mut odd = event();
    odd.data = serde_json::json!("not an object");
    assert_eq!(
        found(&odd, &self::facts()).title,
        "unused `mut` denied in src/main.rs"
    );
}

#[test]
fn the_fingerprint_outlives_numbers_and_the_run() {
    let with = |text: &str| {
        let mut facts = facts();
        facts.failing_log = Some(log(text));
        found(&event(), &facts).fingerprint
    };
    let first = "--- FAIL: TestAdd (0.00s)\n    add_test.go:9: got 17, want 2\n";
    let again = "noise\n--- FAIL: TestAdd (1.73s)\n    add_test.go:9: got 3, want 2\n";
    assert_eq!(with(first), with(again));
    assert_ne!(with(first), with(&first.replace("TestAdd", "TestSub")));
}

#[test]
fn titles_stay_within_sixty_characters_whatever_the_message() {
    let long = "x".repeat(300);
    for log_text in [
        format!("{long}\n"),
        format!("fatal: {long} {long}\n"),
        format!("src/{long}.c:1:2: error: {long}\n"),
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: a long story about a value that is not what it was thought to be\n".to_owned(),
    ] {
        let mut facts = facts();
        facts.failing_log = Some(log(&log_text));
        let finding = found(&event(), &facts);
        assert!(finding.title.chars().count() <= 60, "{}", finding.title);
        for fix in &finding.fixes {
            assert!(fix.title.chars().count() <= 60, "{}", fix.title);
        }
    }
}

#[test]
fn a_stale_lock_file_is_mended_by_a_command() {
    let mut facts = facts();
    facts.failing_log = Some(log(
        "error: cannot update the lock file /w/Cargo.lock because --locked was passed to prevent this\n",
    ));
    let finding = found(&event(), &facts);
    assert_eq!(finding.rule, "cargo/lockfile");
    assert!(
        matches!(&finding.fixes[0].remedy, Remedy::Command { command } if command == "cargo update --workspace")
    );
}
