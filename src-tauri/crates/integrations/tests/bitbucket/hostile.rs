//! Names that are made to mislead lead nowhere.

use perch_integrations::providers::bitbucket::Bitbucket;
use perch_testkit::scenario::hostile as scenario;

use crate::support::REPO;

#[tokio::test]
async fn no_hostile_name_leads_out_of_the_repository_or_has_no_bounds() {
    let roots = [
        "/2.0/repositories/acme/api",
        "/2.0/repositories/a/b%3Fc",
        "/storage/acme/api/",
    ];
    scenario::no_name_leads_anywhere::<Bitbucket>(&roots, |world, number| {
        (
            "pullrequest:created",
            world.bitbucket_pull_hook(REPO, number, "grace"),
        )
    })
    .await;
}
