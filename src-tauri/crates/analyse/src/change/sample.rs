//! For tests: facts and events from diffs as git writes them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::event::Event;
use perch_core::event_type::EventType;
use perch_core::facts::{Facts, Want};
use perch_core::subject::Subject;
pub(crate) use perch_testkit::diff::diff;
use serde_json::{Value, json};

/// Facts with the diff, the tree and the files given; every file of the tree counts as asked for.
pub(crate) fn facts(text: &str, tree: &[&str], files: &[(&str, &str)]) -> Facts {
    let mut tree: Vec<String> = tree.iter().map(|path| (*path).to_owned()).collect();
    tree.extend(files.iter().map(|(path, _)| (*path).to_owned()));
    tree.sort();
    tree.dedup();
    let mut answered: std::collections::BTreeSet<Want> =
        tree.iter().cloned().map(Want::File).collect();
    answered.extend([Want::Diff, Want::Tree, Want::Checks, Want::Commits]);
    Facts {
        answered,
        diff: diff(text),
        tree,
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        ..Facts::default()
    }
}

/// An event about pull request 42, with what `pull_request` says over the usual.
pub(crate) fn pull_request(event_type: EventType, pull_request: &Value) -> Event {
    let mut usual = json!({
        "title": "Parse ranges",
        "body": "Ranges are parsed now, as the header says.",
        "labels": [],
        "draft": false,
        "author": "ada",
        "head": "ranges",
        "base": "main",
        "number": 42
    });
    for (key, value) in pull_request.as_object().unwrap() {
        usual[key] = value.clone();
    }
    event(event_type, "pull/42", &json!({ "pull_request": usual }))
}

/// An event about `key` of the repository `acme/api`.
pub(crate) fn event(event_type: EventType, key: &str, data: &Value) -> Event {
    Event {
        event_type,
        dedup_key: format!("github/github.com/1/{key}"),
        subject: Subject {
            repository: "acme/api".into(),
            repository_key: "1".into(),
            key: key.into(),
            number: key
                .strip_prefix("pull/")
                .and_then(|number| number.parse().ok()),
            branch: Some("main".into()),
            on_default_branch: true,
            commit: Some("9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f".into()),
            url: Some(format!("https://forge.test/acme/api/{key}")),
            ..Subject::default()
        },
        at: Timestamp::UNIX_EPOCH,
        actor: Some("ada".into()),
        involves: vec!["ada".into()],
        data: data.clone(),
    }
}
