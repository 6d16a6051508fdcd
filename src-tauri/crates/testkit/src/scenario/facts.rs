//! Facts: what is fetched for an event, what is said to be missing, and what that costs.

use perch_core::event::Event;
use perch_core::facts::{Facts, Want};
use perch_core::seam::provider::{Budget, Provider};

use crate::forge::Refusal;
use crate::watch::{REPO, Watch};

/// Everything that can be wanted, with these `files` more.
pub fn all(files: &[&str]) -> Vec<Want> {
    let mut all = vec![
        Want::FailingLog,
        Want::PassingLogs,
        Want::History,
        Want::Diff,
        Want::Commits,
        Want::Tree,
        Want::File("src/lib.rs".into()),
        Want::File("absent".into()),
    ];
    all.extend(files.iter().map(|path| Want::File((*path).into())));
    all.extend([Want::Reviews, Want::Checks]);
    all
}

/// Facts as text: logs as text, hashes by the order in which they first appear.
pub fn shown(facts: &Facts) -> String {
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

/// A run on `main` that fails after one that passed. `files` are there before, `lint` says this, and `also` happens to
/// the commit that fails.
///
/// # Panics
/// When the failure is not seen.
pub async fn failed_run<P: Provider + Default>(
    files: &[(&str, &str)],
    lint: &str,
    also: impl FnOnce(&mut crate::forge::World, &str),
) -> (Watch<P>, Event) {
    let mut watch: Watch<P> = Watch::begun(|world| {
        let files: Vec<_> = [("src/lib.rs", "a\n")]
            .iter()
            .chain(files)
            .copied()
            .collect();
        let green = world.push(REPO, "main", &files, "Pass");
        let jobs = [("lint", "success", lint), ("test", "success", "ok\n")];
        world.run(REPO, None, &green, "main", &jobs);
    })
    .await;
    watch.later(60);
    watch.forge.with(|world| {
        let red = world.push(REPO, "main", &[("src/lib.rs", "b\n")], "Break");
        also(world, &red);
        let jobs = [
            ("lint", "success", lint),
            ("test", "failure", "first\nsecond\nFAILED\n"),
        ];
        world.run(REPO, None, &red, "main", &jobs);
    });
    let event = watch.event("repo.build.failed").await;
    watch.forge.take_log();
    (watch, event)
}

/// Of a long log the end is kept.
///
/// # Panics
/// When it is not.
pub async fn of_a_long_log_the_end_is_kept<P: Provider + Default>() {
    let (watch, event) = failed_run::<P>(&[], "fine, all\n", |_, _| {}).await;
    let budget = Budget {
        log_bytes: 15,
        ..Budget::default()
    };
    let facts = watch.gather(&event, &[Want::FailingLog], budget).await;
    let log = facts.failing_log.expect("there is a log");
    assert_eq!(
        (String::from_utf8_lossy(&log.bytes).as_ref(), log.first_line),
        ("second\nFAILED\n", 2)
    );
}

/// No more is asked than `budget` allows, and the rest is missing, for every budget below `enough`.
///
/// # Panics
/// When it is otherwise.
pub async fn a_budget_that_is_used_up_leaves_the_rest_missing<P: Provider + Default>(
    watch: &Watch<P>,
    event: &Event,
    enough: u32,
) {
    for requests in 0..enough {
        let budget = Budget {
            requests,
            ..Budget::default()
        };
        let facts = watch.gather(event, &all(&[]), budget).await;
        let log = watch.forge.take_log();
        let asked = log.iter().filter(|asked| !asked.storage).count();
        assert!(asked <= requests as usize, "{asked} of {requests}");
        assert_eq!(facts.answered.len(), all(&[]).len());
        assert!(!facts.missing.is_empty());
    }
}

/// What is missing when these paths are refused, as `want: reason`; the diff is there all the same.
///
/// # Panics
/// When it is not.
pub async fn missing_without<P: Provider + Default>(
    watch: &Watch<P>,
    event: &Event,
    refused: &[(&str, u16)],
) -> Vec<String> {
    watch.forge.with(|world| {
        for (path, status) in refused {
            world.refusals.push(Refusal {
                method: http::Method::GET,
                path: (*path).into(),
                status: *status,
                message: "No".into(),
                headers: Vec::new(),
            });
        }
    });
    let facts = watch.gather(event, &all(&[]), Budget::default()).await;
    assert!(!facts.diff.is_empty());
    let missing = facts.missing.iter();
    missing
        .map(|lack| format!("{:?}: {}", lack.want, lack.reason))
        .collect()
}
