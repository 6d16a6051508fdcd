//! Facts about issues and pull requests: what they are, what was said, and what else there is.

use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::talk;

#[tokio::test]
async fn an_issue_brings_itself_what_was_said_the_others_and_the_newest_files() {
    insta::assert_snapshot!(talk::an_issue::<Gitea>().await);
}

#[tokio::test]
async fn a_pull_request_brings_itself_and_what_was_said() {
    insta::assert_snapshot!(talk::a_pull_request::<Gitea>().await);
}
