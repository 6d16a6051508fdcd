//! What the tests of the GitHub provider share: its watch of a stub.

use perch_integrations::providers::github::GitHub;
use perch_testkit::watch;
pub(crate) use perch_testkit::watch::{REPO, keys};

pub(crate) type Watch = watch::Watch<GitHub>;
