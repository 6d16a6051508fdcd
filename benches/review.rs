//! How long the review checklist of a pull request takes, of the usual size and of ten thousand files.
//!
//! It does not judge what is found.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use perch_analyse::analyser::Look;
use perch_analyse::analysers;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::subject::Subject;
use perch_testkit::diff::diff;
use serde_json::json;

/// Looks at each, of which the median counts.
const LOOKS: usize = 5;

/// A pull request that changes a function in each of so many files, beside tests that name none of them.
fn facts(files: usize) -> Facts {
    let mut text = String::new();
    let mut tree = Vec::new();
    for number in 0..files {
        let path = format!("src/part{}/file{number}.rs", number % 97);
        let _ = write!(
            text,
            "diff --git a/{path} b/{path}\n@@ -1,3 +1,5 @@ pub fn read{number}() {{\n-pub fn read{number}(a: u8) -> u8 {{\n\
             +pub fn read{number}(a: u8, b: u8) -> u8 {{\n+    if a > b {{\n+        return a - b;\n+    }}\n     a\n }}\n"
        );
        tree.push(path);
        tree.push(format!("tests/part{}/other{number}.rs", number % 97));
    }
    tree.sort();
    Facts {
        diff: diff(&text),
        tree,
        answered: [Want::Diff, Want::Tree].into(),
        ..Facts::default()
    }
}

fn opened() -> Event {
    Event {
        event_type: EventType::PR_OPENED,
        dedup_key: "github/github.com/1/pull/1/opened".into(),
        subject: Subject {
            repository: "acme/api".into(),
            repository_key: "github/github.com/1".into(),
            key: "pull/1".into(),
            title: "Change what is read".into(),
            number: Some(1),
            ..Subject::default()
        },
        at: Timestamp::UNIX_EPOCH,
        actor: Some("grace".into()),
        involves: Vec::new(),
        data: json!({"pull_request": {"title": "Change what is read"}}),
    }
}

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time and says what it measured"
)]
fn main() {
    let analyser = analysers::ALL
        .iter()
        .find(|analyser| analyser.id() == "pr_opened")
        .expect("it is registered");
    let event = opened();
    for files in [20, 1_000, 10_000] {
        let facts = facts(files);
        let mut times: Vec<Duration> = (0..LOOKS)
            .map(|_| {
                let began = Instant::now();
                let look = analyser.look(&event, &facts);
                assert!(matches!(look, Look::Found(_)), "nothing found");
                began.elapsed()
            })
            .collect();
        times.sort();
        println!(
            "review of {files} files: {:.1} ms",
            times[LOOKS / 2].as_secs_f64() * 1e3
        );
    }
}
