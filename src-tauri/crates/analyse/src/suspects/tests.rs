//! Suspects over made histories of twenty changes, of which one did it, or none. Each seed makes another.

use std::collections::BTreeMap;

use perch_core::facts::{Commit, parse_hunks};
use perch_core::id::ConnectionId;
use perch_core::subject::Subject;
use serde_json::json;

use super::*;
use crate::regression::Dice;

const SERVICES: &[&str] = &[
    "checkout", "catalog", "search", "mail", "billing", "login", "profile", "report",
];

const TITLES: &[&str] = &[
    "Rework how entries are kept",
    "Use one pass instead of two",
    "Handle empty lists",
    "Make retries configurable",
    "Rename a field",
    "Validate what comes in",
    "Move code into a file of its own",
    "Answer faster for large accounts",
];

/// A diff of `lines` lines in each of `paths`.
fn diff(paths: &[String], lines: usize) -> Vec<FileChange> {
    let change = |path: &String| {
        let added: String = (0..lines)
            .map(|line| format!("+    step_{line}();\n"))
            .collect();
        FileChange {
            path: path.clone(),
            hunks: parse_hunks(&format!("@@ -1,1 +1,{} @@\n a\n{added}", lines + 1)),
            ..FileChange::default()
        }
    };
    paths.iter().map(change).collect()
}

fn suspect(number: usize, at: Timestamp, title: &str, paths: &[String], lines: usize) -> Suspect {
    let sha = format!("{number:040x}");
    Suspect {
        connection: ConnectionId::new("forge"),
        event: Event {
            event_type: EventType::PUSH,
            dedup_key: sha.clone(),
            subject: Subject {
                repository: "acme/shop".into(),
                title: title.into(),
                commit: Some(sha.clone()),
                ..Subject::default()
            },
            at,
            actor: Some("ada".into()),
            involves: Vec::new(),
            data: json!({}),
        },
        at,
        commit: Some(Commit {
            sha,
            message: title.into(),
            author: "ada".into(),
            at,
        }),
        diff: Some(diff(paths, lines)),
        base: None,
        files: BTreeMap::new(),
    }
}

fn bad() -> Timestamp {
    "2026-11-20T15:00:00Z".parse().expect("a moment")
}

fn scene(service: &str) -> Scene {
    Scene {
        last_good: bad() - SignedDuration::from_mins(1),
        first_bad: bad(),
        words: words(&format!("http_request_duration_seconds:p99 {service}")),
    }
}

/// A change as they come: to some service, its tests, documents or pipelines, at some time of the day before.
fn ordinary(number: usize, dice: &mut Dice) -> Suspect {
    let service = SERVICES[dice.below(SERVICES.len())];
    let minutes = 1 + dice.below(24 * 60 - 2);
    let at = bad() - SignedDuration::from_mins(i64::try_from(minutes).expect("small"));
    let paths = match dice.below(6) {
        0 => vec![format!("docs/{service}.md")],
        1 => vec![format!("{service}/tests/it.rs")],
        2 => vec![".github/workflows/ci.yml".to_owned()],
        3 => vec![
            format!("{service}/src/list.rs"),
            format!("{service}/tests/list.rs"),
        ],
        4 => vec!["deploy/values.yaml".to_owned()],
        _ => vec![format!("{service}/src/handler.rs")],
    };
    let title = TITLES[dice.below(TITLES.len())];
    let lines = 1 + dice.below(80);
    suspect(number, at, title, &paths, lines)
}

#[test]
fn of_twenty_changes_the_one_that_did_it_is_blamed_first() {
    let mut first = 0;
    for seed in 0..50 {
        let mut dice = Dice(seed);
        let service = SERVICES[dice.below(SERVICES.len())];
        let mut suspects: Vec<Suspect> =
            (0..19).map(|number| ordinary(number, &mut dice)).collect();
        // It took a while to be rolled out; most say in their title what they are about, others only by their paths.
        let minutes = i64::try_from(1 + dice.below(45)).expect("small");
        let title = match dice.below(3) {
            0 => TITLES[dice.below(TITLES.len())].to_owned(),
            _ => format!("{} in {service}", TITLES[dice.below(TITLES.len())]),
        };
        let paths = [format!("{service}/src/handler.rs")];
        let culprit = suspect(
            99,
            bad() - SignedDuration::from_mins(minutes),
            &title,
            &paths,
            1 + dice.below(60),
        );
        let at = dice.below(20);
        suspects.insert(at, culprit);
        let ranked = ranked(&suspects, &scene(service));
        first += usize::from(
            ranked
                .first()
                .is_some_and(|one| one.at == at && one.explains()),
        );
    }
    assert!(first >= 40, "{first} of 50");
}

#[test]
fn where_no_change_did_it_none_is_blamed() {
    for seed in 0..50 {
        let mut dice = Dice(seed + 1_000);
        let service = SERVICES[dice.below(SERVICES.len())];
        let suspects: Vec<Suspect> = (0..20)
            .map(|number| {
                let mut one = ordinary(number, &mut dice);
                let about_it = one
                    .diff
                    .iter()
                    .flatten()
                    .any(|change| change.path.starts_with(service));
                let runs = one.diff.iter().flatten().any(|change| runs(&change.path));
                // What touches the service is long past or later; what touches another is hours away.
                if runs && (about_it || dice.below(2) == 0) {
                    let minutes = i64::try_from(5 + dice.below(300)).expect("small");
                    one.at = bad() + SignedDuration::from_mins(minutes);
                } else if runs {
                    let minutes = i64::try_from(180 + dice.below(1_200)).expect("small");
                    one.at = bad() - SignedDuration::from_mins(minutes);
                }
                one
            })
            .collect();
        let ranked = ranked(&suspects, &scene(service));
        let blamed = ranked.first().filter(|one| one.explains());
        assert_eq!(
            blamed,
            None,
            "seed {seed}: {:?}",
            blamed.map(|one| &suspects[one.at])
        );
    }
}

#[test]
fn each_reason_is_said_in_words() {
    let at = |minutes: i64| bad() - SignedDuration::from_mins(minutes);
    let suspects = [
        suspect(
            1,
            at(20),
            "Cache checkout totals",
            &["checkout/src/total.rs".into()],
            12,
        ),
        suspect(2, at(180), "Update left", &["Cargo.lock".into()], 2),
        suspect(
            3,
            at(2),
            "Say how checkout works",
            &["docs/checkout.md".into()],
            9,
        ),
        suspect(
            4,
            bad() + SignedDuration::from_secs(1),
            "Fix checkout",
            &["checkout/src/a.rs".into()],
            9,
        ),
    ];
    let said: Vec<String> = ranked(&suspects, &scene("checkout"))
        .into_iter()
        .map(|one| format!("{} {:.2} {}", one.at, one.score, one.reasons.join("; ")))
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn words_are_those_that_tell_things_apart() {
    let found = words("HttpRequestDuration checkoutTotals:p99 the http_request_duration_seconds");
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, ["checkout", "duration", "request"]);
}
