//! Names that are made to mislead lead nowhere.

use perch_integrations::providers::bitbucket_dc::BitbucketDc;
use perch_testkit::scenario::hostile as scenario;

use crate::support::REPO;

#[tokio::test]
async fn no_hostile_name_leads_out_of_the_repository_or_has_no_bounds() {
    let roots = [
        "/rest/api/latest/projects/acme/repos/api",
        "/rest/api/latest/projects/a/repos/b%3Fc",
        "/rest/build-status/latest/commits/",
        // Asked of the server as a whole, with no name in it.
        "/rest/api/latest/application-properties",
    ];
    scenario::no_name_leads_anywhere::<BitbucketDc>(&roots, |world, number| {
        (
            "pr:opened",
            world.datacenter_pull_hook(REPO, number, "grace"),
        )
    })
    .await;
}
