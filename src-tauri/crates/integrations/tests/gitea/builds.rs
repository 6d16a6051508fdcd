//! Builds of a branch or commit as they stand.

use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::builds;

#[tokio::test]
async fn a_branch_and_its_commit_have_the_same_builds_and_one_nobody_knows_has_none() {
    insta::assert_snapshot!(builds::builds::<Gitea>().await);
}
