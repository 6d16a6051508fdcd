//! What the tests of the Data Center provider share: its watch of a stub.

use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::watch;
pub(crate) use perch_testkit::watch::{REPO, keys};

pub(crate) type Watch = watch::Watch<BitbucketDc>;
