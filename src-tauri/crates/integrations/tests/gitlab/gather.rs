//! Facts: what is fetched for an event, what is said to be missing, and what that costs.

use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::seam::provider::Budget;
use perch_testkit::forge::Refusal;
use perch_testkit::watch::check_health;

use crate::support::{REPO, Watch};

fn all() -> Vec<Want> {
    vec![
        Want::FailingLog,
        Want::PassingLogs,
        Want::History,
        Want::Diff,
        Want::Commits,
        Want::Tree,
        Want::File("src/lib.rs".into()),
        Want::File("absent".into()),
        Want::File(".gitlab/CODEOWNERS".into()),
        Want::Reviews,
        Want::Checks,
    ]
}

/// Facts as text, hashes by the order in which they first appear.
fn shown(facts: &Facts) -> String {
    let mut text = format!("{facts:#?}");
    for log in facts.failing_log.iter().chain(&facts.passing_logs) {
        for indent in ["            ", "        "] {
            let bytes = format!("{:#?}", log.bytes).replace('\n', &format!("\n{indent}"));
            let words = format!("{:?}", String::from_utf8_lossy(&log.bytes));
            text = text.replace(&bytes, &words);
        }
    }
    let mut hashes: Vec<String> = Vec::new();
    let is_hash = |word: &&str| word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit());
    for word in text
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(is_hash)
    {
        if !hashes.iter().any(|hash| hash == word) {
            hashes.push(word.to_owned());
        }
    }
    for (number, hash) in hashes.iter().enumerate() {
        text = text.replace(hash, &format!("<commit {number}>"));
    }
    text
}

/// A pipeline on `main` that fails after one that passed.
async fn failed_pipeline() -> (Watch, Event) {
    let mut watch = Watch::begun(|world| {
        let files = [("src/lib.rs", "a\n"), (".gitlab/CODEOWNERS", "* @ada\n")];
        let green = world.push(REPO, "main", &files, "Pass");
        let jobs = [
            ("lint", "success", "fine, all\n"),
            ("test", "success", "ok\n"),
        ];
        world.run(REPO, None, &green, "main", &jobs);
    })
    .await;
    watch.later(60);
    watch.forge.with(|world| {
        let red = world.push(REPO, "main", &[("src/lib.rs", "b\n")], "Break");
        world.status(REPO, &red, "external", "failure");
        let jobs = [
            ("lint", "success", "fine, all\n"),
            ("test", "failure", "first\nsecond\nFAILED\n"),
        ];
        world.run(REPO, None, &red, "main", &jobs);
    });
    let events = watch.events().await;
    let event = events
        .into_iter()
        .find(|event| event.event_type.as_str() == "repo.build.failed")
        .expect("the pipeline failed");
    watch.forge.take_log();
    (watch, event)
}

#[tokio::test]
async fn a_failed_pipeline_brings_its_trace_what_passed_before_and_what_changed_since() {
    let (watch, event) = failed_pipeline().await;
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    assert_eq!(facts.answered.len(), all().len());
    insta::assert_snapshot!(shown(&facts));
    let log = watch.forge.take_log();
    let storage: Vec<bool> = log
        .iter()
        .filter(|asked| asked.storage)
        .map(|asked| asked.authorized)
        .collect();
    assert_eq!(storage, [false], "the token stays with the API");
    assert!(log.iter().all(|asked| asked.storage || asked.authorized));
}

#[tokio::test]
async fn of_a_long_trace_the_end_is_kept_with_its_line_numbers() {
    let (watch, event) = failed_pipeline().await;
    let budget = Budget {
        log_bytes: 15,
        ..Budget::default()
    };
    let facts = watch.gather(&event, &[Want::FailingLog], budget).await;
    let log = facts.failing_log.expect("there is a trace");
    assert_eq!(
        (String::from_utf8_lossy(&log.bytes).as_ref(), log.first_line),
        ("second\nFAILED\n", 2)
    );
}

#[tokio::test]
async fn a_budget_that_is_used_up_leaves_the_rest_missing() {
    let (watch, event) = failed_pipeline().await;
    for requests in 0..10 {
        let budget = Budget {
            requests,
            ..Budget::default()
        };
        let facts = watch.gather(&event, &all(), budget).await;
        let log = watch.forge.take_log();
        let asked = log.iter().filter(|asked| !asked.storage).count();
        assert!(asked <= requests as usize, "{asked} of {requests}");
        assert_eq!(facts.answered.len(), all().len());
        assert!(!facts.missing.is_empty());
    }
}

#[tokio::test]
async fn what_may_not_be_read_is_missing_and_the_rest_is_there() {
    let (watch, event) = failed_pipeline().await;
    watch.forge.with(|world| {
        for (path, status) in [("/trace", 404), ("/statuses", 403)] {
            world.refusals.push(Refusal {
                method: http::Method::GET,
                path: path.into(),
                status,
                message: "No".into(),
                headers: Vec::new(),
            });
        }
    });
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    let missing: Vec<(String, &str)> = facts
        .missing
        .iter()
        .map(|lack| (format!("{:?}", lack.want), lack.reason.as_str()))
        .collect();
    assert_eq!(
        missing,
        [
            ("FailingLog".into(), "the log is not there"),
            ("PassingLogs".into(), "the log is not there"),
            ("Reviews".into(), "the event names no merge request"),
            (
                "Checks".into(),
                "the token may not read the commit's statuses"
            ),
        ]
    );
    assert!(!facts.diff.is_empty());
}

#[tokio::test]
async fn a_merge_request_brings_its_diff_commits_approvals_and_statuses() {
    let mut watch = Watch::begun(|world| {
        let files = [("src/lib.rs", "a\n"), ("old.txt", "1\n2\n3\n4\n")];
        world.push(REPO, "main", &files, "Begin");
    })
    .await;
    watch.forge.with(|world| {
        let files = [("src/lib.rs", "a\nb\n"), ("new.rs", "fn f() {}\n")];
        let sha = world.push(REPO, "feature", &files, "Add f\n\nBecause.");
        world.push(REPO, "feature", &[("new.rs", "fn g() {}\n")], "Rename f");
        world.open_pull(REPO, "feature", "Add f", "ada");
        world.review(REPO, 1, "grace", "APPROVED");
        world.review(REPO, 1, "linus", "CHANGES_REQUESTED");
        world.status(REPO, &sha, "ci/build", "pending");
    });
    let event = watch
        .events()
        .await
        .into_iter()
        .find(|event| event.event_type.as_str() == "repo.pr.opened")
        .expect("a merge request was opened");
    let facts = watch.gather(&event, &all(), Budget::default()).await;
    insta::assert_snapshot!(shown(&facts));
}

#[tokio::test]
async fn a_tree_of_many_pages_is_read_as_far_as_the_budget_goes() {
    let mut watch = Watch::begun(|_| {}).await;
    watch.forge.with(|world| {
        let names: Vec<String> = (0..250).map(|number| format!("f{number:03}")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x\n")).collect();
        world.push(REPO, "main", &files, "Many");
    });
    let events = watch.events().await;
    let event = &events[0];
    let facts = watch.gather(event, &[Want::Tree], Budget::default()).await;
    assert_eq!((facts.tree.len(), facts.missing.len()), (251, 0));
    let small = Budget {
        requests: 2,
        ..Budget::default()
    };
    let facts = watch.gather(event, &[Want::Tree], small).await;
    assert_eq!((facts.tree.len(), facts.missing.len()), (200, 1));
}

#[tokio::test]
async fn a_run_that_passed_brings_its_longest_job_and_how_long_everything_took() {
    let jobs = [("lint", None, 60.0), ("test", None, 120.0)];
    check_health(&Watch::health().await, &jobs);
}
