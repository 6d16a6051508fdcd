//! One look at one repository.

use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::cursor::Place;
use super::look::Work;
use crate::http::address::part;
use crate::providers::bitbucket::api::{Api, read, unwatchable};
use crate::rounds::{Brought, Purse};

/// All states of a pull request; without them only open ones are listed.
pub(super) const ALL: &str = "state=OPEN&state=MERGED&state=DECLINED&state=SUPERSEDED";

/// Parts of a pull request that a list leaves out unless asked.
pub(super) fn parts() -> String {
    part("+values.reviewers,+values.participants")
}

/// Looks at the repository `name`, going on from `place`; true if nothing is left for the next look.
pub(super) async fn look(
    api: Api<'_>,
    name: &str,
    place: Option<&Place>,
    round: u64,
    purse: &Purse,
) -> Result<(Brought<Place>, bool), ProviderError> {
    let mut work = Work::new(api, name, place, round, purse);
    if work.baseline {
        work.identify().await?;
        work.open_pulls().await?;
    }
    work.activity().await?;
    work.branches().await?;
    work.issues().await?;
    work.builds().await?;
    let whole = work.whole || work.baseline;
    let mut brought = Brought::unchanged(work.place);
    brought.deliveries = work.deliveries;
    Ok((brought, whole))
}

impl Work<'_> {
    /// Learns the repository's UUID, its name as Bitbucket writes it, and its default branch.
    async fn identify(&mut self) -> Result<(), ProviderError> {
        let answer = self.api.get(&self.url("")).await?;
        if !answer.status.is_success() {
            return Err(unwatchable(&answer, self.name));
        }
        let date = answer.header("date").map(jiff::fmt::rfc2822::parse);
        let date = date.and_then(Result::ok).map(|date| date.timestamp());
        self.place.begun = date.or(Some(self.now()));
        let details: Value = read(&answer)?;
        let text = |pointer: &str| {
            let found = details.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        self.place.id = text("/uuid");
        self.place.full_name = text("/full_name");
        self.place.default_branch = text("/mainbranch/name");
        self.place.page = text("/links/html/href");
        Ok(())
    }

    /// The open pull requests there are when watching begins, and the number of the newest.
    async fn open_pulls(&mut self) -> Result<(), ProviderError> {
        let newest = self.url(&format!("/pullrequests?{ALL}&sort=-created_on&pagelen=1"));
        if let Some((newest, _)) = self.list(&newest).await? {
            let newest = newest.first().and_then(|pull| pull["id"].as_u64());
            self.place.activity.top = newest.unwrap_or(0);
        }
        let rest = format!("/pullrequests?state=OPEN&pagelen=50&fields={}", parts());
        let mut next = Some(self.url(&rest));
        while let Some(url) = next.take() {
            let Some((pulls, further)) = self.list(&url).await? else {
                break;
            };
            for pull in pulls {
                if let Some(number) = pull["id"].as_u64() {
                    self.opened(number, &pull);
                    self.keep(number, &pull);
                }
            }
            next = further.filter(|_| self.may());
        }
        Ok(())
    }
}
