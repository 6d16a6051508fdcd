//! What the tests of the Bitbucket provider share: its watch of a stub.

use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::watch;
pub(crate) use perch_testkit::watch::{REPO, keys};

pub(crate) type Watch = watch::Watch<Bitbucket>;
