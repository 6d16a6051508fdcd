//! What the tests of the GitLab provider share: its watch of a stub.

use perch_integrations::providers::gitlab::GitLab;
pub(crate) use perch_testkit::scenario::publish::about;
use perch_testkit::watch;
pub(crate) use perch_testkit::watch::{REPO, keys};

pub(crate) type Watch = watch::Watch<GitLab>;
