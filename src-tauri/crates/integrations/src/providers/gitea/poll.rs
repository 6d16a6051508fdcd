//! Asking Gitea or Forgejo what is new.
//!
//! These servers answer no conditional requests, so a poll at rest is kept small instead: four requests for a
//! repository, of which the list of issues and pull requests, asked for with `since`, is empty. Whatever brings
//! something sets off a sweep over what depends on it within the same poll. Polling alone finds everything a
//! webhook tells.

mod branches;
mod comments;
mod cursor;
mod heads;
mod look;
mod pulls;
mod repository;
mod runs;
mod things;
mod turns;

use async_trait::async_trait;
use perch_core::connection::Hurdle;
use perch_core::seam::provider::{Batch, Cursor, ProviderError};

use self::cursor::Place;
use super::api::Api;
use crate::rounds::{self, Brought, Look, Purse};

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
        repository::look(self.0, name, place, turn, purse).await
    }

    fn hurdle(&self, name: &str, place: &Place) -> Option<Hurdle> {
        rounds::archived(name, place.archived).or_else(|| rounds::moved(name, &place.full_name))
    }
}
