//! What other projects publish and `make test-setup` brings: files of packages, and the webhooks among them.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The root of Perch's own repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// A file of the packages below `tests/node`.
///
/// # Panics
/// When it is not there.
pub fn file(path: &str) -> PathBuf {
    let file = root().join("tests/node/node_modules").join(path);
    assert!(
        file.exists(),
        "{} is not there; run `make test-setup`",
        file.display()
    );
    file
}

/// A file of what `scripts/test-tools.sh` reads from packages into `tests/python/venv/material`.
///
/// # Panics
/// When it is not there.
pub fn material(name: &str) -> String {
    let file = root().join("tests/python/venv/material").join(name);
    std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make test-setup`", file.display()))
}

/// A webhook of GitHub as `@octokit/webhooks-examples` shows it.
#[derive(Debug, Clone)]
pub struct Example {
    /// `event/number`.
    pub name: String,
    /// What `X-GitHub-Event` says.
    pub kind: String,
    /// Its body.
    pub payload: Value,
    /// The type of the event it means, by a table written from GitHub's documentation before there was a parser.
    pub expected: Option<String>,
}

/// Every example in its order there.
///
/// # Panics
/// When they are not there, or the table is not of the same.
pub fn webhooks() -> Vec<Example> {
    let index = file("@octokit/webhooks-examples/api.github.com/index.json");
    let text = std::fs::read(index).expect("readable");
    let all: Value = serde_json::from_slice(&text).expect("JSON");
    let table = root().join("tests/fixtures/github/events.tsv");
    let table = std::fs::read_to_string(table).expect("the table is there");
    let mut rows = table.lines().filter(|line| !line.starts_with('#'));
    let mut found = Vec::new();
    for event in all.as_array().expect("a list") {
        let kind = event["name"].as_str().expect("a name");
        let examples = event["examples"].as_array().expect("a list");
        for (number, payload) in examples.iter().enumerate() {
            let row = rows.next().expect("a row for each");
            let (name, expected) = row.split_once('\t').expect("two columns");
            assert_eq!(name, format!("{kind}/{number}"));
            found.push(Example {
                name: name.to_owned(),
                kind: kind.to_owned(),
                payload: payload.clone(),
                expected: (expected != "-").then(|| expected.to_owned()),
            });
        }
    }
    assert_eq!((found.len(), rows.next()), (329, None));
    found
}
