//! Names that are made to mislead lead nowhere.

use perch_integrations::providers::github::GitHub;
use perch_testkit::scenario::hostile as scenario;

use crate::support::REPO;

#[tokio::test]
async fn no_hostile_name_leads_out_of_the_repository_or_has_no_bounds() {
    let roots = ["/repos/acme/api", "/repos/a/b%3Fc", "/logs/acme/api/"];
    scenario::no_name_leads_anywhere::<GitHub>(&roots, |world, number| {
        ("pull_request", world.pull_payload(REPO, "opened", number))
    })
    .await;
}
