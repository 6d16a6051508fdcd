//! One poll of one project.

use http::StatusCode;
use perch_core::seam::provider::ProviderError;
use serde_json::Value;

use super::cursor::Place;
use super::look::Work;
use crate::providers::gitlab::api::{Api, read, unwatchable};
use crate::rounds::{Brought, Purse};

/// Looks at the project `name`, going on from `place`.
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
    work.pulls().await?;
    work.issues().await?;
    work.deeds().await?;
    if work.baseline {
        work.pipelines().await?;
        work.branches().await?;
        work.releases().await?;
    } else {
        match turn % 10 {
            4 if turn % 20 == 14 => work.itself().await?,
            4 => work.releases().await?,
            9 => work.branches().await?,
            _ => work.pipelines().await?,
        }
        if work.place.many_moved {
            work.branches().await?;
        }
    }
    work.kept().await?;
    Ok(Brought {
        place: work.place,
        deliveries: work.deliveries,
        validators: work.validators,
        wait: None,
    })
}

impl Work<'_> {
    /// Learns the project's number, its path as GitLab writes it, and its default branch.
    async fn identify(&mut self) -> Result<(), ProviderError> {
        let answer = self.api.get(&self.url("")).await?;
        if answer.status != StatusCode::OK {
            return Err(unwatchable(&answer, self.name));
        }
        self.take(&read(&answer)?);
        // From here on the project is asked for by its number.
        self.remember(&self.url(""), &answer);
        self.place.pulls_until.seen = self.highest("/merge_requests?scope=all&state=all").await?;
        self.place.issues_until.seen = self.highest("/issues?scope=all&state=all").await?;
        Ok(())
    }

    fn take(&mut self, details: &Value) {
        let text = |name: &str| details[name].as_str().unwrap_or_default().to_owned();
        self.place.id = details["id"].as_u64().unwrap_or_default();
        self.place.full_name = text("path_with_namespace");
        self.place.archived = details["archived"] == true;
        self.place.default_branch = text("default_branch");
        self.place.web_url = text("web_url");
    }

    /// Looks whether the project moved, was archived, or is gone.
    async fn itself(&mut self) -> Result<(), ProviderError> {
        let url = self.url("");
        let Some(answer) = self.api.get_if_changed(&url).await? else {
            return Ok(());
        };
        if answer.status != StatusCode::OK {
            return Err(unwatchable(&answer, self.name));
        }
        self.take(&read(&answer)?);
        self.remember(&url, &answer);
        Ok(())
    }

    /// The number of the newest member of a list.
    async fn highest(&self, rest: &str) -> Result<u64, ProviderError> {
        let newest = format!("{rest}&order_by=created_at&sort=desc&per_page=1");
        let answer = self.api.get(&self.url(&newest)).await?;
        if !answer.status.is_success() {
            return Ok(0);
        }
        let newest: Vec<Value> = read(&answer)?;
        Ok(newest
            .first()
            .and_then(|one| one["iid"].as_u64())
            .unwrap_or(0))
    }
}
