//! What the tests of the GitLab provider share: its watch of a stub.

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::delivery::NewDelivery;
use perch_core::event::Event;
use perch_integrations::providers::gitlab::GitLab;
pub(crate) use perch_testkit::scenario::publish::about;
use perch_testkit::watch;
pub(crate) use perch_testkit::watch::{REPO, keys};

pub(crate) type Watch = watch::Watch<GitLab>;

pub(crate) fn connection(base_url: &str, watched: &[&str]) -> Connection {
    watch::connection("gitlab", base_url, watched)
}

pub(crate) fn parse(connection: &Connection, message: NewDelivery, at: Timestamp) -> Vec<Event> {
    watch::parse(&GitLab::new(), connection, message, at)
}
