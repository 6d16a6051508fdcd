//! Regressions in words, with and without a change that explains them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::facts::FileChange;
use perch_core::facts::{Commit, Suspect, parse_hunks};
use perch_core::id::ConnectionId;
use perch_core::metric::{Sample, Series};
use perch_core::patch::Base;
use perch_core::subject::Subject;
use serde_json::json;

use super::*;
use crate::history::{page, said};

fn bad() -> Timestamp {
    "2026-11-20T15:00:00Z".parse().expect("a moment")
}

fn event() -> Event {
    let at = |minute: i64| bad() + SignedDuration::from_mins(minute);
    let level = |median: f64| Reach {
        median,
        low: median * 0.97,
        high: median * 1.04,
        samples: 60,
    };
    let regression = Regression {
        series: Series {
            key: "p99".into(),
            name: "p99 {service=\"checkout\"}".into(),
            query: "histogram_quantile(0.99, latency{service=\"checkout\"})".into(),
            labels: BTreeMap::from([("service".to_owned(), "checkout".to_owned())]),
            step: 60,
            better: Better::Lower,
            url: Some("http://127.0.0.1:9090/graph".into()),
            repository: Some("acme/shop".into()),
            ..Series::default()
        },
        last_good: at(-1),
        first_bad: bad(),
        before: level(0.21),
        after: Reach {
            samples: 3,
            ..level(0.52)
        },
        votes: ["spike", "shift", "drift"].map(Into::into).into(),
        confidence: 0.9,
        samples: (-57_i32..3)
            .map(|minute| Sample {
                at: at(minute.into()),
                value: if minute < 0 { 0.21 } else { 0.52 } + f64::from(minute % 3) / 100.0,
            })
            .collect(),
    };
    Event {
        event_type: EventType::METRIC_REGRESSION,
        dedup_key: "prometheus/series/1/2/regressed".into(),
        subject: Subject {
            repository: "acme/shop".into(),
            key: "series/1".into(),
            title: regression.series.name.clone(),
            url: regression.series.url.clone(),
            ..Subject::default()
        },
        at: bad(),
        actor: None,
        involves: Vec::new(),
        data: json!({ "regression": regression }),
    }
}

fn change() -> Suspect {
    let at = bad() - SignedDuration::from_mins(12);
    let sha = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d".to_owned();
    let told = Event {
        event_type: EventType::PUSH,
        dedup_key: "github/push".into(),
        subject: Subject {
            repository: "acme/shop".into(),
            repository_key: "7".into(),
            key: "branch/main".into(),
            title: "Sum checkout totals *each* time".into(),
            branch: Some("main".into()),
            commit: Some(sha.clone()),
            before: Some("0".repeat(40)),
            ..Subject::default()
        },
        at,
        actor: Some("grace".into()),
        involves: Vec::new(),
        data: json!({}),
    };
    Suspect {
        connection: ConnectionId::new("github-acme"),
        at,
        commit: Some(Commit {
            sha,
            message: told.subject.title.clone(),
            author: "grace".into(),
            at,
        }),
        event: told,
        diff: Some(vec![FileChange {
            path: "checkout/src/total.rs".into(),
            hunks: parse_hunks(
                "@@ -1,3 +1,3 @@\n fn total() -> u64 {\n-    cached()\n+    summed()\n }\n",
            ),
            ..FileChange::default()
        }]),
        base: Some(Base {
            commit: "c0ffee".into(),
            branch: Some("main".into()),
            ..Base::default()
        }),
        files: BTreeMap::from([(
            "checkout/src/total.rs".to_owned(),
            "fn total() -> u64 {\n    summed()\n}\n".to_owned(),
        )]),
    }
}

fn look(facts: &Facts) -> Finding {
    match ANALYSER.look(&event(), facts) {
        Look::Found(finding) => *finding,
        Look::Nothing(reason) => panic!("{reason}"),
    }
}

#[test]
fn a_change_that_explains_it_is_named_with_its_reasons_and_can_be_taken_back() {
    let facts = Facts {
        suspects: vec![change()],
        ..Facts::default()
    };
    let finding = look(&facts);
    insta::assert_snapshot!(page(&finding));
    let elsewhere = finding.elsewhere.expect("it is known where");
    assert_eq!(elsewhere.connection, ConnectionId::new("github-acme"));
    assert_eq!(elsewhere.base.expect("it is known").commit, "c0ffee");
}

#[test]
fn where_no_change_explains_it_that_is_said_and_nothing_is_taken_back() {
    let mut old = change();
    old.at -= SignedDuration::from_hours(20);
    let facts = Facts {
        suspects: vec![old],
        ..Facts::default()
    };
    let finding = look(&facts);
    assert_eq!(finding.fixes, []);
    insta::assert_snapshot!(page(&finding));
}

#[test]
fn it_asks_for_what_landed_before_and_for_the_files_of_the_likeliest() {
    let mut facts = Facts::default();
    let first = ANALYSER.wants(&event(), &facts);
    assert!(matches!(
        first.as_slice(),
        [Want::Suspects(..), Want::Around(..)]
    ));
    facts.answered = first.into_iter().collect();
    assert_eq!(ANALYSER.wants(&event(), &facts), []);
    facts.suspects = vec![change()];
    let second = ANALYSER.wants(&event(), &facts);
    let [Want::SuspectFiles(sha)] = second.as_slice() else {
        panic!("{second:?}");
    };
    assert!(sha.starts_with("1a2b3c4"));
}

#[test]
fn an_event_without_a_measurement_says_nothing() {
    let mut event = event();
    event.data = json!({});
    assert_eq!(
        said(&ANALYSER.look(&event, &Facts::default())),
        "nothing: it holds no measurement"
    );
}
