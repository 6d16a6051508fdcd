//! Asking Data Center what is new.
//!
//! It answers no conditional requests and has no list of what happened in a repository, so a poll at rest is kept
//! small: the open pull requests, the newest of all, the branches, and the counts of builds on every head, four
//! requests. What their numbers give away is followed up at once: a pull request's activities when its count of
//! comments, its reviews or its state changed; a commit's builds when their counts did. Polling alone finds
//! everything a webhook tells.

mod activities;
mod branches;
mod builds;
mod cursor;
mod look;
mod pulls;

use async_trait::async_trait;
use perch_core::connection::Hurdle;
use perch_core::seam::provider::{Batch, Cursor, ProviderError};

use self::cursor::Place;
use self::look::Work;
use super::api::Api;
use crate::rounds::{self, Brought, Look, Purse};

/// Polls after which it is asked, instead of for builds, what the repository is called now and whether it is archived.
const ITSELF_EVERY: u64 = 15;

/// One poll of everything the connection watches. `turn` counts polls.
pub(super) async fn poll(
    api: Api<'_>,
    cursor: Option<&Cursor>,
    turn: u64,
) -> Result<Batch, ProviderError> {
    rounds::poll(&Looking(api), api.ctx, cursor, turn, None).await
}

struct Looking<'a>(Api<'a>);

#[async_trait]
impl Look for Looking<'_> {
    type Place = Place;

    async fn look(
        &self,
        name: &str,
        place: Option<&Place>,
        turn: u64,
        purse: &Purse,
    ) -> Result<Brought<Place>, ProviderError> {
        let mut work = Work::new(self.0, name, place, purse);
        let itself = turn.is_multiple_of(ITSELF_EVERY);
        if work.baseline || itself {
            work.identify().await?;
        }
        work.pulls().await?;
        work.branches(turn).await?;
        if work.baseline || !itself {
            work.builds().await?;
        }
        let mut brought = Brought::unchanged(work.place);
        brought.deliveries = work.deliveries;
        Ok(brought)
    }

    fn hurdle(&self, name: &str, place: &Place) -> Option<Hurdle> {
        let now = format!("{}/{}", place.project, place.slug);
        rounds::archived(name, place.archived).or_else(|| rounds::moved(name, &now))
    }
}
