//! Names that are made to mislead lead nowhere.

use perch_integrations::providers::gitlab::GitLab;
use perch_testkit::scenario::hostile as scenario;

use crate::support::REPO;

#[tokio::test]
async fn no_hostile_name_leads_out_of_the_repository_or_has_no_bounds() {
    let roots = ["/api/v4/projects/"];
    scenario::no_name_leads_anywhere::<GitLab>(&roots, |world, number| {
        (
            "Merge Request Hook",
            world.gitlab_merge_hook(REPO, "open", number, "grace"),
        )
    })
    .await;
}
