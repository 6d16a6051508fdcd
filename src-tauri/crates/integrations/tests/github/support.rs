//! What the tests of the GitHub provider share: its watch of a stub, and what other projects publish.

use std::path::PathBuf;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::NewDelivery;
use perch_core::event::Event;
use perch_integrations::providers::github::GitHub;
use perch_testkit::watch;
pub(crate) use perch_testkit::watch::{REPO, keys};

pub(crate) type Watch = watch::Watch<GitHub>;

pub(crate) fn connection(base_url: &str, watched: &[&str]) -> Connection {
    watch::connection("github", base_url, watched)
}

pub(crate) fn parse(connection: &Connection, message: NewDelivery, at: Timestamp) -> Vec<Event> {
    watch::parse(&GitHub::new(), connection, message, at)
}

/// A file of the packages other projects publish.
pub(crate) fn published(path: &str) -> PathBuf {
    let file = repository().join("tests/node/node_modules").join(path);
    assert!(
        file.exists(),
        "{} is not there; run `make test-setup`",
        file.display()
    );
    file
}

/// The root of Perch's own repository.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}
