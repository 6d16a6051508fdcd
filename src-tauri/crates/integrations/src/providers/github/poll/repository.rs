//! One poll of one repository: the four requests, and the sweep when one of them brings something.

use http::StatusCode;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::cursor::Place;
use super::look::Work;
use super::turns::{self, Look};
use crate::providers::github::api::{Api, read, unwatchable};
use crate::rounds::{Brought, Purse};

/// Looks at the repository `name`, going on from `place`.
pub(super) async fn look(
    api: Api<'_>,
    name: &str,
    place: Option<&Place>,
    turn: u64,
    purse: &Purse,
) -> Result<Brought<Place>, ProviderError> {
    let mut work = Work::new(api, name, place, purse);
    if work.baseline {
        work.identify().await?;
        work.open_pulls().await?;
    }
    let mut changed = work.things().await?;
    if work.comments().await? {
        // Edited comments change nothing else.
        changed |= work.baseline;
    }
    for look in turns::choose(&work.place, turn, work.now()) {
        changed |= work.take(&look).await?;
    }
    if changed {
        work.sweep().await?;
    }
    work.missed().await?;
    work.kept().await?;
    Ok(Brought {
        place: work.place,
        deliveries: work.deliveries,
        validators: work.validators,
        wait: work.wait,
    })
}

impl Work<'_> {
    /// Learns the repository's number, its name as GitHub writes it, and its default branch.
    async fn identify(&mut self) -> Result<(), ProviderError> {
        let url = self.url("");
        let Some(answer) = self.ask(&url).await? else {
            return Ok(());
        };
        if answer.status != StatusCode::OK {
            return Err(unwatchable(&answer, self.name));
        }
        let details: Value = read(&answer)?;
        let text = |name: &str| details[name].as_str().unwrap_or_default().to_owned();
        self.place.id = details["id"].as_u64().unwrap_or_default();
        self.place.full_name = text("full_name");
        self.place.archived = details["archived"] == true;
        self.place.default_branch = text("default_branch");
        self.place.html_url = text("html_url");
        self.remember(&url, &answer);
        Ok(())
    }

    /// Takes one look; true if it brought something.
    async fn take(&mut self, look: &Look) -> Result<bool, ProviderError> {
        match look {
            Look::Itself => self.identify().await.map(|()| false),
            Look::Default => self.default_branch().await,
            Look::Statuses(sha) => self.statuses(sha).await,
            Look::Checks(sha) => self.checks(sha).await,
            Look::Runs(sha) => self.runs(sha).await,
            Look::Branches => self.branches().await,
            Look::Releases => self.releases().await,
        }
    }

    /// Looks at everything that may have changed along with what did. Requests stay conditional.
    async fn sweep(&mut self) -> Result<(), ProviderError> {
        if !self.baseline && self.purse.spend() {
            self.identify().await?;
        }
        // Branches and the default head first: they decide which commits there are to look at.
        let first = [Look::Branches, Look::Default];
        for look in first {
            if self.purse.spend() {
                self.take(&look).await?;
            }
        }
        for look in turns::all(&self.place) {
            if self.purse.spend() {
                self.take(&look).await?;
            }
        }
        Ok(())
    }
}
