//! What the tests of the Gitea provider share: its watch of a stub.

use perch_integrations::providers::gitea::Gitea;
use perch_testkit::watch;
pub(crate) use perch_testkit::watch::{REPO, keys};

pub(crate) type Watch = watch::Watch<Gitea>;
