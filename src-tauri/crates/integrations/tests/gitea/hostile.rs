//! Names that are made to mislead lead nowhere.

use perch_integrations::providers::gitea::Gitea;
use perch_testkit::scenario::hostile as scenario;

use crate::support::REPO;

#[tokio::test]
async fn no_hostile_name_leads_out_of_the_repository_or_has_no_bounds() {
    let roots = ["/api/v1/repos/acme/api", "/api/v1/repos/a/b%3Fc"];
    scenario::no_name_leads_anywhere::<Gitea>(&roots, |world, number| {
        (
            "pull_request",
            world.gitea_pull_hook(REPO, "opened", number),
        )
    })
    .await;
}
