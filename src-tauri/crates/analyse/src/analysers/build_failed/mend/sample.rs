//! What the tests of the rules share: a report in a repository of a few files, and what a rule makes of it.

use std::cell::RefCell;

use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::Facts;
use perch_core::patch::{Change, FilePatch, Patch};
use perch_core::subject::Subject;

use super::super::{paths::Paths, replace};
use super::{Case, Rule};
use crate::explain::{self, Diagnostic, Options};

/// What is read from `log`.
fn diagnostics(log: &str) -> Vec<Diagnostic> {
    explain::explain(log.as_bytes(), Vec::<&[u8]>::new(), Options::default())
        .expect("a slice does not fail")
        .diagnostics
}

/// The text of `path` after `rule` mended what `log` reports about `files`; nothing if it has no answer.
///
/// A guess ends in a line `(a guess)`.
pub(super) fn mended(rule: &Rule, log: &str, files: &[(&str, &str)], path: &str) -> Option<String> {
    let event = Event {
        event_type: EventType::BUILD_FAILED,
        dedup_key: String::new(),
        subject: Subject::default(),
        at: jiff::Timestamp::UNIX_EPOCH,
        actor: None,
        involves: Vec::new(),
        data: serde_json::Value::Null,
    };
    let mut tree: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    tree.sort();
    let facts = Facts {
        tree,
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect(),
        ..Facts::default()
    };
    let paths = Paths::new(&event, &facts);
    let diagnostics = diagnostics(log);
    let errors: Vec<&Diagnostic> = diagnostics.iter().collect();
    let wanted = RefCell::default();
    let mends: Vec<_> = errors
        .iter()
        .filter_map(|error| {
            (rule.mend)(&Case {
                error,
                errors: &errors,
                paths: &paths,
                facts: &facts,
                wanted: &wanted,
            })
        })
        .collect();
    let text = &facts.files[path];
    let changes: Vec<_> = mends
        .iter()
        .flat_map(|mend| &mend.changes)
        .filter(|change| change.path == path)
        .collect();
    if changes.is_empty() {
        return None;
    }
    let patch = Patch {
        files: vec![FilePatch {
            path: path.to_owned(),
            change: Change::Edit {
                edits: replace::edits(text, changes).expect("the file reads as the rule saw it"),
            },
        }],
    };
    let mut after = patch
        .resolve(|_| Some(text.clone()))
        .expect("an edit made for this file applies")[0]
        .after
        .clone();
    if mends.iter().any(|mend| !mend.certain) {
        after.push_str("(a guess)");
    }
    Some(after)
}

/// Checks a table: log, files, the file looked at and its text afterwards (nothing where there is no answer).
pub(super) type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, Option<&'a str>);

/// Holds `rule` against `rows`.
pub(super) fn check(rule: &Rule, rows: &[Row<'_>]) {
    for (log, files, path, expected) in rows {
        assert_eq!(
            mended(rule, log, files, path).as_deref(),
            *expected,
            "{log}"
        );
    }
}
